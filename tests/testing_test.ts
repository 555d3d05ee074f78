import {
  ActorDeadError,
  type ActorEventType,
  type ActorRef,
  ActorSystem,
  EventedFuture,
  type Future,
  type Logger,
} from "@dekka/actors";
import { Recorder, TestSystem, testSystem } from "@dekka/actors/testing";
import { Gate } from "./actors.ts";
import { deno } from "./process.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  test as testOnce,
  testUnless,
} from "./test.ts";

function define(Base: ActorBase) {
  class Worker extends Base {
    add(a: number, b: number): number {
      return a + b;
    }
    fail(message: string): never {
      throw new RangeError(message);
    }
    override async onReceive(gate: ActorRef<Gate>): Promise<never> {
      return await this.hang(gate);
    }
    async hang(gate: ActorRef<Gate>): Promise<never> {
      await gate.proxy().open();
      return await new Promise(() => {});
    }
    delegate(): Future<void> {
      return new EventedFuture();
    }
  }
  class HangingHooks extends Base {
    constructor(readonly hook: string, readonly gate?: ActorRef<Gate>) {
      super();
    }
    override async onStart(): Promise<void> {
      if (this.hook === "onStart") await new Promise(() => {});
    }
    override async onStop(): Promise<void> {
      await this.gate?.proxy().open();
      if (this.hook === "onStop") await new Promise(() => {});
    }
  }
  return { Worker, HangingHooks };
}

/** What a test system complains of at the end of a block, in its order. */
async function complaintsOf(
  block: (system: TestSystem) => Promise<void>,
): Promise<string[]> {
  async function run(): Promise<void> {
    await using system = testSystem({ logger: new Recorder() });
    await block(system);
  }
  const { message } = await assertRejects(run, Error);
  const [title, ...complaints] = message.split("\n");
  assertEquals(title, "Cannot close test system: something is left");
  return complaints;
}

/** Settles at the next event of a type. */
async function nextEvent(
  system: ActorSystem,
  type: ActorEventType,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  system.addEventListener(type, resolve, { once: true });
  await promise;
}

/** A gate that is there before the block, and not in the default system. */
function openGate(): AsyncDisposable & { ref: ActorRef<Gate> } {
  const system = new ActorSystem({ logger: new Recorder() });
  return {
    ref: system.start(Gate),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}

forEachRuntime(define, ({ Worker, HangingHooks }, behaviour) => {
  const test = behaviour;
  // What an actor does, it can say of the actors of this thread.
  const { unlessLater, unlessThread } = behaviour;

  // It passes.

  test("testSystem() passes when all actors have ended", async () => {
    const logger = new Recorder();
    {
      await using system = testSystem({ logger });
      await using worker = system.start(Worker);
      assertEquals(await worker.proxy().add(1, 2), 3);
      const stopped = system.start(Worker);
      await stopped.stop();
      const killed = system.start(Worker);
      killed.kill();
      const failed = system.start(Worker);
      failed.proxy().fail.defer("as told");
      await failed.stopped;
    }
    assertEquals(logger.texts("warn"), []);
  });

  test("testSystem() passes when every failure was read", async () => {
    await using system = testSystem({ logger: new Recorder() });
    await using worker = system.start(Worker);
    await assertRejects(
      () => worker.proxy().fail("as told").get(),
      RangeError,
      "as told",
    );
    const early = worker.proxy().fail("read later");
    await worker.proxy().add(1, 2);
    await assertRejects(() => early.get(), RangeError, "read later");
  });

  test("testSystem() leaves actors alone that are no business of its", async () => {
    await using before = Worker.start();
    await using foreign = new ActorSystem({ logger: new Recorder() });
    const other = foreign.start(Worker);
    {
      await using _system = testSystem();
      other.proxy().fail("unread");
      await other.proxy().add(1, 2);
    }
    assertEquals([before.isAlive(), other.isAlive()], [true, true]);
  });

  // It fails, and says why.

  test("testSystem() fails when an actor is left running, which it kills", async () => {
    let left: ActorRef | undefined;
    const complaints = await complaintsOf(async (system) => {
      const worker = left = system.start(Worker);
      await worker.proxy().add(1, 2);
    });
    assertEquals(complaints, [`${left} was left running`]);
    assertEquals(left!.isAlive(), false);
    await left!.stopped;
    const dead = await assertRejects(() => left!.ask(1).get(), ActorDeadError);
    assertEquals(dead.reason, "killed");
    assertEquals(dead.cause, "left behind by the test");
  });

  test("testSystem() kills what starts in the place of what it kills", async () => {
    const system = testSystem({ logger: new Recorder() });
    const refs: ActorRef[] = [];
    const replace = () => void refs.push(system.start(Worker));
    system.addEventListener("killed", () => refs.length < 4 && replace());
    replace();
    await assertRejects(
      async () => await system[Symbol.asyncDispose](),
      Error,
      "Cannot close test system",
    );
    assertEquals(refs.length, 4);
    assertEquals(system.registry.getAll(), []);
  });

  unlessThread(
    "testSystem() kills no end of actors that start each other",
    async () => {
      const system = testSystem({ logger: new Recorder() });
      const replace = () => void system.start(Worker);
      system.addEventListener("killed", replace);
      replace();
      await assertRejects(
        async () => await system[Symbol.asyncDispose](),
        Error,
      );
      system.removeEventListener("killed", replace);
      for (const ref of system.registry.getAll()) ref.kill();
    },
  );

  test("testSystem() names all that are left, in the order of their start", async () => {
    const left: ActorRef[] = [];
    const complaints = await complaintsOf(async (system) => {
      for (let i = 0; i < 3; i++) left.push(system.start(Worker));
      await left[2]!.proxy().actorUrn;
    });
    assertEquals(complaints, left.map((ref) => `${ref} was left running`));
  });

  unlessLater(
    "testSystem() fails when an actor has not begun to start",
    async () => {
      const system = testSystem({ logger: new Recorder() });
      const left = system.start(Worker);
      await assertRejects(
        () => system[Symbol.asyncDispose](),
        Error,
        `${left} was left starting`,
      );
      assertEquals(left.isAlive(), false);
    },
  );

  unlessThread(
    "testSystem() fails, and does not hang, when a handler does",
    async () => {
      await using gate = openGate();
      let left: ActorRef | undefined;
      let asks: Promise<unknown>[] = [];
      const complaints = await complaintsOf(async (system) => {
        const worker = left = system.start(Worker);
        const { hang, add } = worker.proxy();
        asks = [hang(gate.ref).get(), add(1, 2).get(), add(3, 4).get()];
        asks.forEach((asked) => asked.catch(() => {}));
        await gate.ref.proxy().pass();
      });
      assertEquals(complaints, [
        `${left} was left running, handling hang, asks left pending: 3`,
      ]);
      for (const asked of asks) {
        const dead = await assertRejects(() => asked, ActorDeadError);
        assertEquals(dead.reason, "killed");
      }
    },
  );

  unlessThread(
    "testSystem() names asks that were left pending, which nobody reads, once",
    async () => {
      await using gate = openGate();
      const left: ActorRef[] = [];
      const complaints = await complaintsOf(async (system) => {
        const [one, other] = [system.start(Worker), system.start(Worker)];
        left.push(one, other);
        one.proxy().hang(gate.ref);
        one.proxy().add(1, 2);
        other.proxy().delegate();
        await gate.ref.proxy().pass();
        await other.proxy().add(3, 4);
      });
      assertEquals(complaints, [
        `${left[0]} was left running, handling hang, asks left pending: 2`,
        `${left[1]} was left running, asks left pending: 1`,
      ]);
    },
  );

  unlessThread(
    "testSystem() does not call an ask pending that was given up",
    async () => {
      await using gate = openGate();
      let left: ActorRef | undefined;
      const complaints = await complaintsOf(async (system) => {
        const worker = left = system.start(Worker);
        const controller = new AbortController();
        const asked = worker.ask(gate.ref, { signal: controller.signal });
        await gate.ref.proxy().pass();
        controller.abort(new RangeError("given up"));
        await assertRejects(() => asked.get(), RangeError, "given up");
      });
      assertEquals(complaints, [
        `${left} was left running, handling onReceive`,
      ]);
    },
  );

  unlessThread(
    "testSystem() fails, and does not hang, when onStart() does",
    async () => {
      let left: ActorRef | undefined;
      const complaints = await complaintsOf(async (system) => {
        const started = nextEvent(system, "started");
        left = system.start(HangingHooks, "onStart");
        await started;
      });
      assertMatch(
        complaints.join(),
        /^HangingHooks \(.+\) was left (starting|running), handling onStart$/,
      );
      await left!.stopped;
    },
  );

  unlessThread(
    "testSystem() fails, and does not hang, when onStop() does",
    async () => {
      await using gate = openGate();
      let left: ActorRef | undefined;
      const complaints = await complaintsOf(async (system) => {
        left = system.start(HangingHooks, "onStop", gate.ref);
        left.stop();
        await gate.ref.proxy().pass();
      });
      assertEquals(complaints, [`${left} was left stopping, handling onStop`]);
      await left!.stopped;
    },
  );

  test("testSystem() fails when an actor is left running in the default system", async () => {
    await using _before = Worker.start();
    const left: ActorRef[] = [];
    const complaints = await complaintsOf(async (system) => {
      left.push(system.start(Worker), Worker.start());
      await using _stopped = Worker.start();
      for (const ref of left) await ref.proxy().actorUrn;
    });
    assertEquals(complaints, left.map((ref) => `${ref} was left running`));
    assertEquals(left.map((ref) => ref.isAlive()), [false, false]);
  });

  test("testSystem() fails when a failure was not read", async () => {
    let urn = "";
    const complaints = await complaintsOf(async (system) => {
      await using worker = system.start(Worker);
      urn = worker.actorUrn;
      worker.proxy().fail("unread");
      worker.proxy().fail("unread, too");
    });
    assertEquals(complaints, [
      `failure of fail of Worker (${urn}) was not read: RangeError: unread`,
      `failure of fail of Worker (${urn}) was not read: RangeError: unread, too`,
    ]);
  });

  test("testSystem() names a failure once, and does not log it besides", async () => {
    const system = testSystem({ logger: new Recorder() });
    const worker = system.start(Worker);
    worker.proxy().fail("unread");
    await worker.stop();
    await assertRejects(() => system[Symbol.asyncDispose](), Error, "unread");
    await system[Symbol.asyncDispose]();
    assertEquals((system.logger as Recorder).texts("warn"), []);
  });

  unlessThread(
    "testSystem() fails once, and does not log asks that it killed",
    async () => {
      await using gate = openGate();
      const logger = new Recorder();
      const system = testSystem({ logger });
      const worker = system.start(Worker);
      worker.proxy().hang(gate.ref);
      await gate.ref.proxy().pass();
      await assertRejects(
        () => system[Symbol.asyncDispose](),
        Error,
        "pending",
      );
      await system[Symbol.asyncDispose]();
      assertEquals(logger.texts("warn"), []);
    },
  );

  test("testSystem() complains of actors first, then of failures", async () => {
    const complaints = await complaintsOf(async (system) => {
      const worker = system.start(Worker);
      worker.proxy().fail("unread");
      await worker.proxy().add(1, 2);
    });
    assertEquals(complaints.length, 2);
    assertMatch(complaints[0]!, /was left running$/);
    assertMatch(complaints[1]!, /was not read: RangeError: unread$/);
  });

  test("testSystem() does not hide an error of the block", async () => {
    let left: ActorRef | undefined;
    async function run(): Promise<void> {
      await using system = testSystem({ logger: new Recorder() });
      left = system.start(Worker);
      await left.proxy().actorUrn;
      throw new TypeError("of the block");
    }
    const error = await assertRejects(run, Error) as SuppressedError;
    assertEquals(error.name, "SuppressedError");
    assertInstanceOf(error.suppressed, TypeError);
    assertEquals(error.suppressed.message, "of the block");
    assertStrictEquals(
      error.error.message,
      `Cannot close test system: something is left\n${left} was left running`,
    );
  });

  test("testSystem() leaves an error of the block alone when nothing else is left", async () => {
    async function run(): Promise<void> {
      await using system = testSystem();
      await using _worker = system.start(Worker);
      throw new TypeError("of the block");
    }
    await assertRejects(run, TypeError, "of the block");
  });

  // Recorder.

  test("Recorder keeps what an actor system writes", async () => {
    const logger = new Recorder();
    await using system = testSystem({ logger });
    const worker = system.start(Worker);
    await assertRejects(() => worker.proxy().fail("as told").get());
    const silent = system.start(HangingHooks, "none");
    silent.tell("hello?");
    await silent.stop();
    await worker.stop();
    assertEquals(
      logger.lines.map(({ level, data }) => [level, String(data[0])]),
      [
        ["debug", `Started ${worker}`],
        ["info", `fail of ${worker} threw`],
        ["debug", `Started ${silent}`],
        ["warn", `${silent} got an unexpected message`],
        ["debug", `Ended ${silent}: stopped`],
        ["debug", `Ended ${worker}: stopped`],
      ],
    );
    assertEquals(String(logger.lines[1]!.data[1]), "RangeError: as told");
    assertEquals(logger.lines[3]!.data[1], "hello?");
  });
});

testOnce("testSystem() opens an actor system of its own", async () => {
  const logger = new Recorder();
  await using system = testSystem({
    logger,
    stuckAfter: 5,
    detectDeadlocks: false,
  });
  assertInstanceOf(system, TestSystem);
  assertInstanceOf(system, ActorSystem);
  const { stuckAfter, detectDeadlocks } = system;
  assertEquals({ stuckAfter, detectDeadlocks }, {
    stuckAfter: 5,
    detectDeadlocks: false,
  });
  assertStrictEquals(system.logger, logger);
  assertThrows(() => testSystem({ stuckAfter: 0 }), RangeError);
});

testOnce(
  "Recorder keeps lines in their order, with all that belongs to them",
  () => {
    const recorder = new Recorder();
    const logger: Logger = recorder;
    const error = new RangeError("as told");
    logger.warn("first", error, 1);
    logger.debug("second");
    logger.info("third");
    logger.error("fourth");
    logger.warn("fifth");
    assertEquals(recorder.lines, [
      { level: "warn", data: ["first", error, 1] },
      { level: "debug", data: ["second"] },
      { level: "info", data: ["third"] },
      { level: "error", data: ["fourth"] },
      { level: "warn", data: ["fifth"] },
    ]);
  },
);

testOnce("Recorder.texts() gives the texts of one level", () => {
  const recorder = new Recorder();
  assertEquals(recorder.texts("warn"), []);
  recorder.warn("first", 1);
  recorder.error("second");
  recorder.warn(new RangeError("third"));
  recorder.warn();
  assertEquals(recorder.texts("warn"), [
    "first",
    "RangeError: third",
    "undefined",
  ]);
  assertEquals(recorder.texts("error"), ["second"]);
  assertEquals(recorder.texts("debug"), []);
});

// In a real run of tests.

const noDeno = typeof Deno === "undefined" && "it runs programs with Deno";

testUnless(
  noDeno,
  "testSystem() fails a test with a stuck handler, and the next one runs",
  async () => {
    const { code, stdout } = await deno(
      "test",
      "--quiet",
      "--no-check",
      "tests/programs/left_behind.ts",
    );
    assertEquals(code, 1);
    assertMatch(
      stdout,
      /\nStuck \(urn:uuid:.{36}\) was left running, handling hang, asks left pending: 1\n/,
    );
    assertMatch(stdout, /1 passed \| 1 failed/);
  },
);

testUnless(
  noDeno,
  "testSystem() fails where a failure was not read and is collected before the end",
  async () => {
    const outcome = await deno(
      "run",
      "--quiet",
      "--v8-flags=--expose-gc",
      "tests/programs/collected_failure.ts",
    );
    assertEquals({ ...outcome, stdout: "" }, {
      code: 0,
      stdout: "",
      stderr: "",
    });
    assertMatch(
      outcome.stdout,
      /^failure of Failing \(urn:uuid:.{36}\) was not read: RangeError: unread\n$/,
    );
  },
);
