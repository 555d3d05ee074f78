import { ActorSystem } from "@dekka/actors";
import { inspectActors } from "@dekka/actors/debug";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import { assertEquals, assertRejects } from "./test.ts";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

function define(Base: ActorBase) {
  class Worker extends Base {
    #running = 0;
    most = 0;
    seen: number[] = [];
    override async onReceive(n: number): Promise<number> {
      this.most = Math.max(this.most, ++this.#running);
      for (let i = 0; i < 3 - n % 3; i++) await Promise.resolve();
      this.seen.push(n);
      this.#running--;
      return n;
    }
    fail(): never {
      throw new RangeError("as told");
    }
    async failLater(): Promise<never> {
      await Promise.resolve();
      throw new RangeError("later");
    }
    ping(): string {
      return "pong";
    }
  }

  /** Has other members in the place of those of its class, as a stub does. */
  class Replaced extends Worker {
    constructor(member: "onReceive" | "failLater", how: string) {
      super();
      const make: Record<string, unknown> = {
        "a value": () => "stand-in",
        "an exception": () => {
          throw new RangeError("stand-in");
        },
        "a thenable": () => ({ then: (ok: (v: string) => void) => ok("late") }),
        "an exception of its proxy": new Proxy(async () => {}, {
          apply() {
            throw new RangeError("stand-in");
          },
        }),
      };
      Object.defineProperty(this, member, { value: make[how] });
    }
  }
  return { Worker, Replaced };
}

forEachRuntime(define, ({ Worker, Replaced }, test) => {
  test("Handling begins a message when the last has ended", async () => {
    await using worker = Worker.start();
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
    const replies = numbers.map((n) => worker.ask(n));
    assertEquals(await Promise.all(replies), numbers);
    assertEquals(await worker.proxy().seen, numbers);
    assertEquals(await worker.proxy().most, 1);
  });

  test("Handling goes on after a message that threw", async () => {
    await using worker = Worker.start();
    const proxy = worker.proxy();
    const failed = [proxy.fail(), proxy.failLater()];
    assertEquals(await proxy.ping(), "pong");
    for (const future of failed) {
      await assertRejects(() => future.get(), RangeError);
    }
  });

  for (
    const [how, outcome] of Object.entries({
      "a value": "stand-in",
      "an exception": "RangeError: stand-in",
      "a thenable": "late",
      "an exception of its proxy": "RangeError: stand-in",
    })
  ) {
    test(`Handling goes on after a stand-in for an asynchronous handler, with ${how}`, async () => {
      await using system = new ActorSystem({ logger: SILENT });
      // That the handlers of the class are asynchronous is known by now.
      const worker = system.start(Worker);
      await worker.ask(1);
      await worker.proxy().failLater().catch(() => {});
      for (const member of ["onReceive", "failLater"] as const) {
        const replaced = system.start(Replaced, member, how);
        const reply = member === "onReceive"
          ? replaced.ask(1)
          : replaced.proxy().failLater();
        assertEquals(String(await reply.catch((error) => error)), outcome);
        assertEquals(await replaced.proxy().ping(), "pong");
      }
    });
  }

  test.unlessThread("Handling counts messages and failures, and no hooks", async () => {
    await using system = new ActorSystem({ logger: SILENT });
    const worker = system.start(Worker);
    await worker.ask(1);
    await worker.proxy().fail().catch(() => {});
    const [snapshot] = inspectActors(system);
    assertEquals([snapshot?.handled, snapshot?.failures], [2, 1]);
  });

  test("Handling ends with a message that threw where nobody asked", async () => {
    await using system = new ActorSystem({ logger: SILENT });
    const worker = system.start(Worker);
    worker.proxy().failLater.defer();
    const behind = worker.proxy().ping();
    await assertRejects(() => behind.get(), Error, "actor has failed");
    assertEquals(worker.isAlive(), false);
  });
});
