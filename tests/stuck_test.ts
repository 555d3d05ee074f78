import { type ActorRef, ActorSystem } from "@dekka/actors";
import { Recorder } from "@dekka/actors/testing";
import { Gate } from "./actors.ts";
import { deno } from "./process.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertSpyCalls,
  assertThrows,
  delay,
  FakeTime,
  spy,
  test as testOnce,
  testUnless,
} from "./test.ts";

const SECOND = 1000;

function define(Base: ActorBase) {
  class Waiter extends Base {
    async wait(gate: ActorRef<Gate>): Promise<string> {
      await gate.proxy().pass();
      return "passed";
    }
    async waitForBoth(
      one: ActorRef<Gate>,
      other: ActorRef<Gate>,
    ): Promise<void> {
      await one.proxy().open();
      await Promise.all([other.proxy().pass(), other.proxy().pass()]);
    }
    async waitFor(
      waiter: ActorRef<Waiter>,
      gate: ActorRef<Gate>,
    ): Promise<void> {
      await waiter.proxy().wait(gate);
    }
    async wonder(gate: ActorRef<Gate>): Promise<never> {
      await gate.proxy().pass.defer();
      return await new Promise(() => {});
    }
    delegate(gate: ActorRef<Gate>): unknown {
      return gate.proxy().pass();
    }
    async quick(): Promise<string> {
      return await Promise.resolve("quick");
    }
    ping(): string {
      return "pong";
    }
  }
  class SlowToStart extends Base {
    constructor(readonly gate: ActorRef<Gate>) {
      super();
    }
    override async onStart(): Promise<void> {
      await this.gate.proxy().pass();
    }
  }
  /** Is over before its hook is. */
  class KilledInStart extends Base {
    constructor(readonly gate: ActorRef<Gate>) {
      super();
    }
    override async onStart(): Promise<void> {
      this.actorRef.kill();
      await this.gate.proxy().pass();
      throw new RangeError("after the end");
    }
  }
  class SlowToEnd extends Base {
    constructor(readonly gate: ActorRef<Gate>) {
      super();
    }
    override async onStop(): Promise<void> {
      await this.gate.proxy().pass();
    }
    override async onFailure(): Promise<void> {
      await this.gate.proxy().pass();
    }
    override onReceive(_message: "fail"): never {
      throw new RangeError("as told");
    }
  }
  return { Waiter, SlowToStart, SlowToEnd, KilledInStart };
}

/** A system that writes down what it reports, and kills what is left. */
class Watched extends ActorSystem {
  readonly recorder: Recorder;
  /** Whom it said to be stuck. */
  readonly stuck: (ActorRef | undefined)[] = [];
  readonly #refs: ActorRef[] = [];

  constructor(stuckAfter = SECOND) {
    const recorder = new Recorder();
    super({ logger: recorder, stuckAfter });
    this.recorder = recorder;
    this.addEventListener("stuck", (event) => this.stuck.push(event.actorRef));
    this.addEventListener("started", (event) => {
      this.#refs.push(event.actorRef!);
    });
  }

  /** What it warned of, without how long it took. */
  get warnings(): string[] {
    return this.recorder.texts("warn")
      .map((text) => text.replace(/ has run for [\d.]+ m?s/, " is stuck"));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    for (const ref of this.#refs) ref.kill();
    await super[Symbol.asyncDispose]();
  }
}

forEachRuntime(define, (actors, behaviour) => {
  const { Waiter, SlowToStart, SlowToEnd, KilledInStart } = actors;
  // A faked clock rules no other thread.
  const { unlessThread: test } = behaviour;

  /** A handler that has begun, and will end when its gate opens. */
  async function startWaiting(system: ActorSystem) {
    const gate = system.start(Gate);
    const waiter = system.start(Waiter);
    const reply = waiter.proxy().wait(gate);
    await gate.proxy().arrived();
    return { gate: gate.proxy(), waiter, reply };
  }

  // When.

  test("ActorSystem.stuckAfter is 10 seconds, after which a handler is reported", async () => {
    using time = new FakeTime();
    const { stuckAfter } = new ActorSystem();
    await using system = new Watched(stuckAfter);
    const { gate, waiter, reply } = await startWaiting(system);
    await time.tickAsync(10 * SECOND - 1);
    assertEquals(system.recorder.texts("warn"), []);
    assertEquals(system.stuck, []);
    await time.tickAsync(1);
    assertEquals(system.recorder.texts("warn"), [
      `wait of ${waiter} has run for 10 s and waits for reply of Gate.pass`,
    ]);
    assertEquals(system.stuck, [waiter]);
    gate.open.defer();
    assertEquals(await reply, "passed");
    assertEquals(system.recorder.texts("error"), []);
  });

  test("ActorSystem.stuckAfter reports a handler once, however long it runs", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const { gate, waiter, reply } = await startWaiting(system);
    await time.tickAsync(1000 * SECOND);
    gate.open.defer();
    await reply;
    await time.tickAsync(1000 * SECOND);
    assertEquals(system.warnings, [
      `wait of ${waiter} is stuck and waits for reply of Gate.pass`,
    ]);
    assertEquals(system.stuck, [waiter]);
  });

  test("ActorSystem.stuckAfter reports the next handler that takes too long, too", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const waiter = system.start(Waiter);
    for (let times = 1; times <= 3; times++) {
      const gate = system.start(Gate);
      const reply = waiter.proxy().wait(gate);
      await gate.proxy().arrived();
      await time.tickAsync(2 * SECOND);
      assertEquals(system.stuck.length, times);
      gate.proxy().open.defer();
      await reply;
    }
  });

  test("ActorSystem.stuckAfter reports a handler while others come and go", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const before = await startWaiting(system);
    const { waiter } = await startWaiting(system);
    const after = await startWaiting(system);
    before.gate.open.defer();
    after.gate.open.defer();
    await Promise.all([before.reply, after.reply]);
    await time.tickAsync(2 * SECOND);
    assertEquals(system.stuck, [waiter]);
  });

  test("ActorSystem.stuckAfter never reports handlers that end in time", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    let last = await startWaiting(system);
    // There is always one that runs, so that the timer goes on.
    for (let i = 0; i < 20; i++) {
      await time.tickAsync(0.4 * SECOND - 1);
      const next = await startWaiting(system);
      await time.tickAsync(0.3 * SECOND); // each runs through this twice
      last.gate.open.defer();
      await last.reply;
      last = next;
    }
    last.gate.open.defer();
    await last.reply;
    await time.tickAsync(10 * SECOND);
    assertEquals(system.stuck, []);
    assertEquals(system.warnings, []);
  });

  test("ActorSystem.stuckAfter does not count the pauses between handlers", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const waiter = system.start(Waiter).proxy();
    for (let i = 0; i < 10; i++) {
      assertEquals(await waiter.quick(), "quick");
      assertEquals(await waiter.ping(), "pong");
      await time.tickAsync(10 * SECOND);
    }
    assertEquals(system.stuck, []);
  });

  test("ActorSystem.stuckAfter does not count the time in the inbox", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const { gate, waiter } = await startWaiting(system);
    const next = system.start(Gate);
    const reply = waiter.proxy().wait(next);
    await time.tickAsync(5 * SECOND);
    gate.open.defer();
    await next.proxy().arrived();
    await time.tickAsync(SECOND - 1);
    assertEquals(system.stuck, [waiter]); // the first
    next.proxy().open.defer();
    await reply;
  });

  test("ActorSystem.stuckAfter does not count what a reply was delegated to", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const gate = system.start(Gate);
    const reply = system.start(Waiter).proxy().delegate(gate);
    await gate.proxy().arrived();
    await time.tickAsync(10 * SECOND);
    assertEquals(system.stuck, []);
    gate.proxy().open.defer();
    await reply;
  });

  test("ActorSystem.stuckAfter does not count a hook that has killed its actor", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const gate = system.start(Gate);
    const killed = system.start(KilledInStart, gate);
    await gate.proxy().arrived();
    await time.tickAsync(10 * SECOND);
    assertEquals(system.stuck, []);
    gate.proxy().open.defer();
    await time.tickAsync(1);
    const dropped = `onStart of ${killed} threw after the actor was killed`;
    assertEquals(system.recorder.texts("error"), [dropped]);
  });

  test("ActorSystem.stuckAfter counts on when the asker has given up", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const gate = system.start(Gate);
    const waiter = system.start(Waiter);
    const controller = new AbortController();
    const { signal } = controller;
    const reply = waiter.proxy().wait(gate).get({ signal });
    const asked = assertRejects(() => reply, RangeError);
    await gate.proxy().arrived();
    controller.abort(new RangeError("given up"));
    await asked;
    await time.tickAsync(2 * SECOND);
    assertEquals(system.stuck, [waiter]);
  });

  test("ActorSystem.stuckAfter reports all handlers that are stuck, with one timer", async () => {
    using time = new FakeTime();
    using timers = spy(globalThis, "setTimeout");
    await using system = new Watched();
    const refs: ActorRef[] = [];
    for (let i = 0; i < 20; i++) {
      refs.push((await startWaiting(system)).waiter);
    }
    assertSpyCalls(timers, 1);
    await time.tickAsync(2 * SECOND);
    assertEquals(new Set(system.stuck), new Set(refs));
    assertEquals(system.stuck.length, refs.length);
  });

  test("ActorSystem.stuckAfter reports all handlers that are stuck, though listeners kill their actors", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const refs: ActorRef[] = [];
    system.addEventListener("stuck", ({ actorRef }) => actorRef!.kill());
    for (let i = 0; i < 4; i++) refs.push((await startWaiting(system)).waiter);
    await time.tickAsync(SECOND / 2);
    const late = (await startWaiting(system)).waiter;
    await time.tickAsync(10 * SECOND);
    assertEquals(new Set(system.stuck), new Set([...refs, late]));
    assertEquals(system.registry.getByClass(late.actorClass), []);
  });

  test("ActorSystem.stuckAfter does not report handlers that a listener has just ended", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const refs: ActorRef[] = [];
    system.addEventListener("stuck", () => {
      for (const ref of refs) ref.kill();
    });
    for (let i = 0; i < 4; i++) refs.push((await startWaiting(system)).waiter);
    await time.tickAsync(10 * SECOND);
    assertEquals(system.stuck.length, 1);
  });

  test("ActorSystem.stuckAfter reports a handler that begins when another is stuck", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const first = await startWaiting(system);
    await time.tickAsync(100 * SECOND);
    const second = await startWaiting(system);
    await time.tickAsync(SECOND - 1);
    assertEquals(system.stuck, [first.waiter]);
    await time.tickAsync(SECOND);
    assertEquals(system.stuck, [first.waiter, second.waiter]);
  });

  test("ActorSystem.stuckAfter needs no timer when all were reported", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    await startWaiting(system);
    await time.tickAsync(2 * SECOND);
    using timers = spy(globalThis, "setTimeout");
    await time.tickAsync(100 * SECOND);
    assertSpyCalls(timers, 0);
  });

  // What it says.

  test("ActorSystem.stuckAfter names all that a handler still waits for", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const [one, other] = [system.start(Gate), system.start(Gate)];
    const waiter = system.start(Waiter);
    waiter.proxy().waitForBoth.defer(one, other);
    await other.proxy().arrived();
    await time.tickAsync(2 * SECOND);
    const both = "reply of Gate.pass, reply of Gate.pass";
    assertEquals(system.warnings, [
      `waitForBoth of ${waiter} is stuck and waits for ${both}`,
    ]);
  });

  test("ActorSystem.stuckAfter names nobody where a handler waits for no actor", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const gate = system.start(Gate);
    const waiter = system.start(Waiter);
    waiter.proxy().wonder.defer(gate);
    await gate.proxy().arrived();
    await time.tickAsync(2 * SECOND);
    assertEquals(system.warnings, [`wonder of ${waiter} is stuck`]);
    assertMatch(waiter.toString(), /^Waiter \(urn:uuid:[-\da-f]{36}\)$/);
  });

  test("ActorSystem.stuckAfter reports everybody in a chain of waits", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const gate = system.start(Gate);
    const [one, other] = [system.start(Waiter), system.start(Waiter)];
    one.proxy().waitFor.defer(other, gate);
    await gate.proxy().arrived();
    await time.tickAsync(2 * SECOND);
    assertEquals(system.warnings.toSorted(), [
      `wait of ${other} is stuck and waits for reply of Gate.pass`,
      `waitFor of ${one} is stuck and waits for reply of Waiter.wait`,
    ]);
  });

  test("ActorSystem.stuckAfter says how long a handler ran, not 0 s", async () => {
    using time = new FakeTime();
    await using system = new Watched(400);
    await startWaiting(system);
    await time.tickAsync(SECOND);
    const [text] = system.recorder.texts("warn");
    assertMatch(text!, / has run for (400 ms|0\.4 s) /);
  });

  // Hooks.

  test("ActorSystem.stuckAfter counts for onStart()", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const gate = system.start(Gate);
    const ref = system.start(SlowToStart, gate);
    await gate.proxy().arrived();
    await time.tickAsync(2 * SECOND);
    assertEquals(system.warnings, [
      `onStart of ${ref} is stuck and waits for reply of Gate.pass`,
    ]);
    assertEquals(system.stuck, [ref]);
  });

  test("ActorSystem.stuckAfter counts for onStop()", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const gate = system.start(Gate);
    const ref = system.start(SlowToEnd, gate);
    const stopped = ref.stop();
    await gate.proxy().arrived();
    await time.tickAsync(2 * SECOND);
    assertEquals(system.warnings, [
      `onStop of ${ref} is stuck and waits for reply of Gate.pass`,
    ]);
    assertEquals(system.stuck, [ref]);
    gate.proxy().open.defer();
    assertEquals(await stopped, true);
  });

  test("ActorSystem.stuckAfter counts for onFailure()", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const gate = system.start(Gate);
    const ref = system.start(SlowToEnd, gate);
    ref.tell("fail");
    await gate.proxy().arrived();
    await time.tickAsync(2 * SECOND);
    assertEquals(system.warnings, [
      `onFailure of ${ref} is stuck and waits for reply of Gate.pass`,
    ]);
    assertEquals(system.stuck, [ref]);
  });

  // Kills.

  test("ActorRef.kill() of a stuck actor: it is not reported again", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const { waiter } = await startWaiting(system);
    await time.tickAsync(2 * SECOND);
    waiter.kill();
    await waiter.stopped;
    await time.tickAsync(10 * SECOND);
    assertEquals(system.stuck, [waiter]);
    assertEquals(system.warnings.length, 1);
  });

  test("ActorRef.kill() in time: a handler that goes on is not reported", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const { waiter } = await startWaiting(system);
    await time.tickAsync(SECOND / 2);
    waiter.kill();
    await waiter.stopped;
    await time.tickAsync(10 * SECOND);
    assertEquals(system.stuck, []);
    assertEquals(system.warnings, []);
  });

  test("ActorRef.kill() of one: the others are reported as ever", async () => {
    using time = new FakeTime();
    await using system = new Watched();
    const before = await startWaiting(system);
    const killed = await startWaiting(system);
    const after = await startWaiting(system);
    killed.waiter.kill();
    killed.gate.open.defer(); // the handler ends after all
    await killed.gate.actorUrn;
    await time.tickAsync(2 * SECOND);
    assertEquals(new Set(system.stuck), new Set([before.waiter, after.waiter]));
  });

  // Several systems.

  for (const order of ["first", "last"]) {
    test(`ActorSystem.stuckAfter is kept by each system, when the short one is ${order}`, async () => {
      using time = new FakeTime();
      await using short = new Watched(SECOND);
      await using long = new Watched(8 * SECOND);
      if (order === "last") await startWaiting(long);
      await startWaiting(short);
      if (order === "first") await startWaiting(long);
      await time.tickAsync(SECOND - 1);
      assertEquals([short.stuck.length, long.stuck.length], [0, 0]);
      await time.tickAsync(SECOND);
      assertEquals([short.stuck.length, long.stuck.length], [1, 0]);
      await time.tickAsync(6 * SECOND);
      assertEquals([short.stuck.length, long.stuck.length], [1, 0]);
      await time.tickAsync(4 * SECOND);
      assertEquals([short.stuck.length, long.stuck.length], [1, 1]);
    });
  }

  test("ActorSystem.stuckAfter of a long one holds when the short one is over", async () => {
    using time = new FakeTime();
    await using long = new Watched(8 * SECOND);
    await startWaiting(long);
    {
      await using short = new Watched(SECOND);
      await startWaiting(short);
    }
    await time.tickAsync(8 * SECOND - 1);
    assertEquals(long.stuck.length, 0);
    await time.tickAsync(4 * SECOND);
    assertEquals(long.stuck.length, 1);
  });

  // Values.

  test("ActorSystem.stuckAfter of Infinity reports nothing", async () => {
    using time = new FakeTime();
    await using system = new Watched(Infinity);
    await startWaiting(system);
    await using other = new Watched();
    await startWaiting(other);
    await startWaiting(system);
    await time.tickAsync(10_000 * SECOND);
    assertEquals(system.stuck, []);
    assertEquals(system.warnings, []);
    assertEquals(other.stuck.length, 1);
  });

  test("ActorSystem.stuckAfter of Infinity needs no timer", async () => {
    using time = new FakeTime();
    await using system = new Watched(Infinity);
    await startWaiting(system);
    await using other = new Watched();
    const { gate, reply } = await startWaiting(other);
    gate.open.defer();
    await reply;
    await time.tickAsync(2 * SECOND);
    using timers = spy(globalThis, "setTimeout");
    await time.tickAsync(100 * SECOND);
    assertSpyCalls(timers, 0);
  });

  test("ActorSystem.stuckAfter may be longer than the platform's longest timer", async () => {
    using time = new FakeTime();
    const stuckAfter = 2 ** 34;
    await using system = new Watched(stuckAfter);
    await startWaiting(system);
    await time.tickAsync(stuckAfter - 1);
    assertEquals(system.stuck.length, 0);
    await time.tickAsync(stuckAfter);
    assertEquals(system.stuck.length, 1);
  });

  test("ActorSystem.stuckAfter goes on after a faked clock is gone", async () => {
    const ends: (() => void)[] = [];
    {
      using _time = new FakeTime();
      const system = new Watched();
      const { waiter } = await startWaiting(system);
      ends.push(() => waiter.kill());
    }
    using time = new FakeTime();
    await using system = new Watched();
    const { waiter } = await startWaiting(system);
    await time.tickAsync(2 * SECOND);
    assertEquals(system.stuck, [waiter]);
    for (const end of ends) end();
  });

  // The sanitizers are on: a timer that is left fails these tests.

  test("ActorSystem.stuckAfter leaves no timer when a test ends right after a handler has", async () => {
    const waiter = new Watched().start(Waiter);
    assertEquals(await waiter.proxy().quick(), "quick");
  });

  test("ActorSystem.stuckAfter leaves nothing open when a test goes on after a handler", async () => {
    const waiter = new Watched().start(Waiter);
    assertEquals(await waiter.proxy().quick(), "quick");
    for (let tasks = 0; tasks < 3; tasks++) await delay(0);
  });

  test("ActorSystem.stuckAfter leaves no timer when a stuck actor is killed at the end of a test", async () => {
    const { waiter } = await startWaiting(new Watched());
    waiter.kill();
  });

  test("ActorSystem.stuckAfter leaves no timer when hooks that hang are killed", async () => {
    const system = new Watched();
    const [one, other] = [system.start(Gate), system.start(Gate)];
    const starting = system.start(SlowToStart, one);
    const stopping = system.start(SlowToEnd, other);
    const stop = stopping.stop();
    await one.proxy().arrived();
    await other.proxy().arrived();
    starting.kill();
    stopping.kill();
    await stop;
  });
});

for (const stuckAfter of [0, -1, -Infinity, NaN]) {
  testOnce(`ActorSystem refuses a stuckAfter of ${stuckAfter}`, () => {
    assertThrows(
      () => new ActorSystem({ stuckAfter }),
      RangeError,
      `stuckAfter must be more than 0 ms, got ${stuckAfter}`,
    );
  });
}

// In a process of its own.

const noDeno = typeof Deno === "undefined" && "it runs programs with Deno";

const PROGRAM = `
  import { ActorSystem, EventedActor } from "@dekka/actors";
  class Idle extends EventedActor {
    async hang() { console.log("hangs"); await new Promise(() => {}); }
  }
  const system = new ActorSystem({ stuckAfter: 60_000 });
  const idle = system.start(Idle);
  await idle.proxy().actorUrn;
  idle.proxy().hang.defer();
`;

testUnless(
  noDeno,
  "ActorSystem.stuckAfter keeps no process alive",
  async () => {
    const outcome = await deno("eval", PROGRAM);
    assertEquals(outcome, { code: 0, stdout: "hangs\n", stderr: "" });
  },
);

testUnless(
  noDeno,
  "ActorSystem.stuckAfter reports to the console of a program that lives on",
  async () => {
    const program = PROGRAM.replace("60_000", "20") + `
      const alive = setInterval(() => {}, 1000);
      system.addEventListener("stuck", () => clearInterval(alive));
    `;
    const { code, stdout, stderr } = await deno("eval", program);
    assertMatch(
      stderr,
      /^hang of Idle \(urn:uuid:.{36}\) has run for .* m?s\n$/,
    );
    assertEquals({ code, stdout }, { code: 0, stdout: "hangs\n" });
  },
);

// In a program of its own, because one timer is for all handlers that run.
const QUICK = `
  import { EventedActor } from "@dekka/actors";
  class Quick extends EventedActor {
    async quick() { return await Promise.resolve("quick"); }
    async slow() { await new Promise((resolve) => setImmediate(resolve)); }
  }
  let timers = 0;
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (...args) => {
    timers++;
    return setTimeout(...args);
  };
  const quick = Quick.start();
  await quick.proxy().quick();
  await new Promise((resolve) => setImmediate(resolve));
  console.log(timers);
  await quick.proxy().slow();
  console.log(timers);
`;

testUnless(
  noDeno,
  "ActorSystem.stuckAfter needs no timer for a handler that ends at once",
  async () => {
    const outcome = await deno("eval", QUICK);
    assertEquals(outcome, { code: 0, stdout: "0\n1\n", stderr: "" });
  },
);
