/**
 * Ends actors, each in its own way, and says what is left of them;
 * `tests/runtimes/evented_test.ts` says which.
 */
import {
  type ActorRef,
  ActorSystem,
  EventedActor,
  EventedFuture,
  type Future,
} from "@dekka/actors";

declare const gc: () => void;
declare const Deno: { args: string[] };

/** What is watched: an actor, a message, … */
type Watched = WeakRef<object>;

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const system = new ActorSystem({ logger: SILENT });

// What handlers throw here is no error: the engine keeps the actor that threw
// with an error, in the frames of its stack.
const THROWN = "thrown";

// What a program keeps: references, futures, proxies.
const kept: unknown[] = [];
const watched: Watched[] = [];

class Ending extends EventedActor {
  readonly state = new Array(1000).fill(0);
  constructor(readonly how = "") {
    super();
    watched.push(new WeakRef(this));
    if (how === "constructor") throw THROWN;
  }
  override onStart(): void {
    if (this.how === "onStart") throw THROWN;
  }
  override onStop(): void | Promise<void> {
    if (this.how === "hangs in onStop") return new Promise(() => {});
  }
  override onReceive(message: object): unknown {
    return message;
  }
  throwing(): never {
    throw THROWN;
  }
  hang(): Promise<never> {
    return new Promise(() => {});
  }
  async readSignal(): Promise<boolean> {
    const { signal } = this;
    await Promise.resolve();
    return signal.aborted;
  }
  toNobody(): Future<never> {
    return new EventedFuture<never>();
  }
  async later(message: object): Promise<object> {
    await Promise.resolve();
    return message;
  }
}

/** Starts an actor, and keeps all that a program could keep of it. */
function start(how?: string): ActorRef<Ending> {
  const ref = system.start(Ending, how);
  kept.push(ref, ref.proxy(), ref.proxy().state, ref.stopped, ref.ask({}));
  return ref;
}

/** A message that is watched. */
function letter(): object {
  const message = { text: "a message" };
  watched.push(new WeakRef(message));
  return message;
}

const WAYS: Record<string, () => unknown> = {
  "lives": () => void start(),
  "is stopped": async () => {
    const ref = start();
    await ref.proxy().readSignal();
    kept.push(ref.stop());
    await ref.stopped;
  },
  "is killed": async () => {
    const ref = start();
    await ref.ask({});
    ref.kill();
  },
  "is killed before it starts": () => start().kill(new Error("reason")),
  "is killed in a handler that never ends": async () => {
    const ref = start();
    kept.push(ref.proxy().hang(), ref.ask({}));
    await turn();
    ref.kill();
  },
  "is killed in a hook that never ends": async () => {
    const ref = start("hangs in onStop");
    kept.push(ref.stop());
    await turn();
    ref.kill();
  },
  "is killed with replies that nobody will send": async () => {
    const ref = start();
    kept.push(ref.proxy().toNobody());
    await turn();
    ref.kill();
  },
  "fails": async () => {
    const ref = start();
    ref.proxy().throwing.defer();
    await ref.stopped;
  },
  "fails to start": async () => {
    const ref = start("onStart");
    await ref.stopped;
  },
  "fails in its constructor": () => {
    try {
      start("constructor");
    } catch (error) {
      kept.push(error);
    }
  },
  "is forgotten with its reference": async () => {
    const ref = system.start(Ending);
    watched.push(new WeakRef(ref));
    await ref.proxy().readSignal();
    await ref.stop();
  },
  "lives, as to its last message": async () => {
    const ref = system.start(Ending);
    watched.length = 0;
    kept.push(ref);
    ref.tell(letter());
    await ref.ask(letter());
    await ref.proxy().later(letter());
  },
  "is killed, as to the messages that waited": async () => {
    const ref = start();
    watched.length = 0;
    kept.push(ref.proxy().hang());
    for (let i = 0; i < 100; i++) ref.tell(letter());
    for (let i = 0; i < 100; i++) kept.push(ref.ask(letter()));
    await turn();
    ref.kill();
  },
};

await WAYS[Deno.args[0]!]!();
for (let i = 0; i < 20 && watched.some((weak) => weak.deref()); i++) {
  await turn();
  gc();
}
const held = watched.filter((weak) => weak.deref() !== undefined);
console.log(held.length === 0 ? "nothing is held" : "something is held");
void kept;

/** Lets the event loop have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
