/**
 * Starts, asks and ends actors, and prints how large the heap is after 10,000
 * rounds and after 100,000: `deno run --v8-flags=--expose-gc rounds.ts <way>`.
 */
import {
  ActorSystem,
  EventedActor,
  type Future,
  traversable,
} from "@dekka/actors";
import { mailboxOf } from "@dekka/actors/runtime";

declare const gc: () => void;

const FEW = 10_000;
const MANY = 100_000;

const failure = new Error("thrown");

class Plain extends EventedActor<string, unknown> {
  override onReceive(message: string): unknown {
    if (message === "throw") throw failure;
    return message === "peer" ? echo.ask("hello") : message;
  }
  async later(message: string): Promise<string> {
    await undefined;
    return message;
  }
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const system = new ActorSystem({ logger: quiet });
const echo = system.start(Plain);
const { signal } = new AbortController();

type Way = () => Future<unknown> | Promise<unknown>;

const ways: Record<string, Way> = {
  async stop() {
    const ref = system.start(Plain);
    await ref.ask("hello");
    await ref.stop();
  },
  async "stop with a deadline"() {
    const ref = system.start(Plain);
    await ref.ask("hello", { timeout: 600_000, signal });
    await ref.stop().get({ timeout: 600_000, signal });
  },
  async "stop after a call"() {
    const ref = system.start(Plain);
    await ref.proxy().later(ref.actorUrn);
    await ref.proxy().stop();
    await ref.stopped;
  },
  async "stop after a delegated reply"() {
    const ref = system.start(Plain);
    await ref.ask("peer");
    await ref.stop();
  },
  async kill() {
    const ref = system.start(Plain);
    await ref.ask("hello");
    ref.ask("waits").catch(() => {});
    ref.kill();
  },
  async fail() {
    const ref = system.start(Plain);
    await ref.ask("hello");
    ref.tell("throw");
    await ref.stopped;
  },
  async "dispose of the system"() {
    await using scope = new ActorSystem({ logger: quiet });
    await scope.start(Plain).ask("hello");
  },
};

/** Its members come and go. */
class Shelf extends EventedActor {
  readonly things = traversable<Record<string, number>>({});
  override onReceive(name: string): void {
    this.things[name] = 1;
  }
  remove(name: string): void {
    delete this.things[name];
  }
}

const shelf = system.start(Shelf);
let names = 0;

// Not through a proxy: V8 keeps each name that was looked for in one.
ways["a read of a name that is new"] = async () => {
  const name = `thing ${names++}`;
  shelf.tell(name);
  const mailbox = mailboxOf(shelf);
  const reply = mailbox.createFuture();
  mailbox.send({ kind: "read", path: ["things", name] }, reply);
  await reply;
  await shelf.proxy().remove(name);
};

async function rounds(way: Way, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await way();
}

/** What is used when all that can be collected is. */
async function heap(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
    gc();
  }
  return Deno.memoryUsage().heapUsed;
}

const [name] = Deno.args;
if (name === undefined) console.log(Object.keys(ways).join("\n"));
else {
  const way = ways[name]!;
  await rounds(way, FEW);
  const few = await heap();
  await rounds(way, MANY - FEW);
  console.log(JSON.stringify({ few, many: await heap() }));
}
