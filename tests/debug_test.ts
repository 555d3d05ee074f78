import { type ActorRef, ActorSystem, EventedActor } from "@dekka/actors";
import {
  type ActorSnapshot,
  dumpActors,
  inspectActors,
} from "@dekka/actors/debug";
import { Recorder } from "@dekka/actors/testing";
import { Gate } from "./actors.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertSpyCalls,
  FakeTime,
  stub,
  test as testOnce,
} from "./test.ts";

function define(Base: ActorBase) {
  class Worker extends Base {
    add(a: number, b: number): number {
      return a + b;
    }
    fail(): never {
      throw new RangeError("as told");
    }
    override async onReceive(gate: ActorRef<Gate>): Promise<void> {
      await gate.proxy().pass();
    }
    async waitForBoth(
      one: ActorRef<Gate>,
      other: ActorRef<Worker>,
    ): Promise<void> {
      await Promise.all([
        other.proxy().wonder(one),
        other.proxy().add(1, 2),
        one.proxy().pass(),
      ]);
    }
    async wonder(gate: ActorRef<Gate>): Promise<void> {
      await gate.proxy().open();
      await new Promise(() => {});
    }
    delegate(gate: ActorRef<Gate>): unknown {
      return gate.proxy().pass();
    }
  }
  class SlowHooks extends Base {
    constructor(readonly hook: string, readonly gate: ActorRef<Gate>) {
      super();
    }
    override async onStart(): Promise<void> {
      if (this.hook === "onStart") await this.gate.proxy().pass();
    }
    override async onStop(): Promise<void> {
      if (this.hook === "onStop") await this.gate.proxy().pass();
    }
    override async onFailure(): Promise<void> {
      if (this.hook === "onFailure") await this.gate.proxy().pass();
    }
    fail(): never {
      throw new RangeError("as told");
    }
  }
  return { Worker, SlowHooks };
}

/** A system for actors to look at, and one for the gates that they wait for. */
class Scene implements AsyncDisposable {
  readonly recorder = new Recorder();
  readonly system: ActorSystem = new ActorSystem({ logger: this.recorder });
  readonly others: ActorSystem = new ActorSystem({ logger: new Recorder() });
  readonly gate: ActorRef<Gate> = this.others.start(Gate);

  /** Somebody has come to the gate. */
  arrived(): Promise<void> {
    return this.gate.proxy().arrived().get();
  }

  /** What each actor does. */
  look(): ActorSnapshot[] {
    return inspectActors(this.system);
  }

  /** What the only actor does, without what no test can know. */
  lookAtOne(): Partial<ActorSnapshot> {
    const [{ actorUrn: _, since: _since, handlesFor: _for, ...rest }, ...more] =
      this.look() as [ActorSnapshot];
    assertEquals(more, []);
    return rest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gate.proxy().open.defer();
    for (const { actorUrn } of this.look()) {
      this.system.registry.getByUrn(actorUrn)?.kill();
    }
    await this.system[Symbol.asyncDispose]();
    await this.others[Symbol.asyncDispose]();
  }
}

const IDLE = {
  state: "running",
  inbox: 0,
  asks: 0,
  handles: undefined,
  waitsFor: [],
  handled: 0,
  failures: 0,
} as const;

forEachRuntime(define, ({ Worker, SlowHooks }, behaviour) => {
  // A look inside is a look at the actors of this thread.
  const { unlessThread: test, unlessLater } = behaviour;
  const WORKER = { ...IDLE, className: "Worker" };
  const HOOKS = { ...IDLE, className: "SlowHooks" };

  // One actor.

  unlessLater(
    "inspectActors() shows an actor that has not begun to start",
    async () => {
      await using scene = new Scene();
      const ref = scene.system.start(Worker);
      const worker = ref.proxy();
      const sum = worker.add(1, 2);
      worker.add.defer(3, 4);
      assertEquals(scene.lookAtOne(), {
        ...WORKER,
        state: "starting",
        inbox: 2,
        asks: 1,
      });
      await sum;
    },
  );

  test("inspectActors() shows an actor that is idle", async () => {
    await using scene = new Scene();
    const ref = scene.system.start(Worker);
    await ref.proxy().add(1, 2);
    const [snapshot] = scene.look();
    assertEquals(snapshot, {
      ...WORKER,
      actorUrn: ref.actorUrn,
      since: undefined,
      handlesFor: undefined,
      handled: 1,
    });
  });

  test("inspectActors() counts what was handled and what threw", async () => {
    await using scene = new Scene();
    const worker = scene.system.start(Worker).proxy();
    await worker.add(1, 2);
    await assertRejects(() => worker.fail().get(), RangeError);
    worker.add.defer(3, 4);
    await assertRejects(() => worker.fail().get(), RangeError);
    await worker.add(5, 6);
    assertEquals(scene.lookAtOne(), { ...WORKER, handled: 5, failures: 2 });
  });

  test("inspectActors() shows what an actor handles and whom it waits for", async () => {
    await using scene = new Scene();
    const worker = scene.system.start(Worker);
    worker.tell(scene.gate);
    await scene.arrived();
    assertEquals(scene.lookAtOne(), {
      ...WORKER,
      handles: "onReceive",
      waitsFor: ["reply of Gate.pass"],
      handled: 1,
    });
    scene.gate.proxy().open.defer();
    await worker.proxy().add(1, 2);
    assertEquals(scene.lookAtOne(), { ...WORKER, handled: 2 });
  });

  test("inspectActors() shows all that an actor still waits for, in order", async () => {
    await using scene = new Scene();
    const other = scene.others.start(Worker);
    const worker = scene.system.start(Worker);
    worker.proxy().waitForBoth.defer(scene.gate, other);
    await scene.gate.proxy().pass();
    assertEquals(scene.lookAtOne(), {
      ...WORKER,
      handles: "waitForBoth",
      waitsFor: ["reply of Worker.wonder", "reply of Worker.add"],
      handled: 1,
    });
    other.kill();
  });

  test("inspectActors() shows a handler that waits for no actor", async () => {
    await using scene = new Scene();
    const worker = scene.system.start(Worker);
    worker.proxy().wonder.defer(scene.gate);
    await scene.gate.proxy().pass();
    await scene.gate.proxy().pass(); // its own wait for the gate is over, too
    assertEquals(scene.lookAtOne(), {
      ...WORKER,
      handles: "wonder",
      handled: 1,
    });
  });

  test("inspectActors() shows how long the inbox is, and how many asks are pending", async () => {
    await using scene = new Scene();
    const ref = scene.system.start(Worker);
    const worker = ref.proxy();
    const asks = [ref.ask(scene.gate), worker.add(1, 2)];
    worker.add.defer(3, 4);
    worker.add.defer(5, 6);
    await scene.arrived();
    const { inbox, asks: pending, handled } = scene.look()[0]!;
    assertEquals({ inbox, pending, handled }, {
      inbox: 3,
      pending: 2,
      handled: 1,
    });
    scene.gate.proxy().open.defer();
    await Promise.all(asks);
  });

  test("inspectActors() counts asks that were delegated, and are not answered", async () => {
    await using scene = new Scene();
    const worker = scene.system.start(Worker).proxy();
    const asks = [worker.delegate(scene.gate), worker.delegate(scene.gate)];
    await worker.add(1, 2);
    assertEquals(scene.lookAtOne(), { ...WORKER, asks: 2, handled: 3 });
    scene.gate.proxy().open.defer();
    await Promise.all(asks);
    assertEquals(scene.lookAtOne(), { ...WORKER, handled: 3 });
  });

  test("inspectActors() does not count asks that were given up", async () => {
    await using scene = new Scene();
    const worker = scene.system.start(Worker);
    worker.tell(scene.gate);
    const controller = new AbortController();
    const asked = worker.ask(scene.gate, { signal: controller.signal });
    await scene.arrived();
    assertEquals(scene.look()[0]!.asks, 1);
    controller.abort(new RangeError("given up"));
    await assertRejects(() => asked.get(), RangeError);
    assertEquals(scene.look()[0]!.asks, 0);
  });

  test("inspectActors() shows an actor whose onStart() takes its time", async () => {
    await using scene = new Scene();
    const ref = scene.system.start(SlowHooks, "onStart", scene.gate);
    ref.tell("waits");
    await scene.arrived();
    assertEquals(scene.lookAtOne(), {
      ...HOOKS,
      state: "starting",
      inbox: 1,
      handles: "onStart",
      waitsFor: ["reply of Gate.pass"],
    });
  });

  for (const hook of ["onStop", "onFailure"]) {
    test(`inspectActors() shows an actor whose ${hook}() takes its time`, async () => {
      await using scene = new Scene();
      const ref = scene.system.start(SlowHooks, hook, scene.gate);
      const failed = hook === "onFailure" ? 1 : 0;
      if (failed) ref.proxy().fail.defer();
      else ref.stop();
      await scene.arrived();
      assertEquals(scene.lookAtOne(), {
        ...HOOKS,
        state: "stopping",
        handles: hook,
        waitsFor: ["reply of Gate.pass"],
        handled: failed,
        failures: failed,
      });
      scene.gate.proxy().open.defer();
      await ref.stopped;
      assertEquals(scene.look(), []);
    });
  }

  // For how long.

  test("inspectActors() shows for how long an actor handles a message", async () => {
    using time = new FakeTime();
    await using scene = new Scene();
    const worker = scene.system.start(Worker);
    worker.tell(scene.gate);
    const begun = Date.now();
    await scene.arrived();
    assertEquals(scene.look()[0]!.handlesFor, 0);
    await time.tickAsync(7_000);
    const [first] = scene.look();
    assertEquals(first!.handlesFor, 7_000);
    assertEquals(first!.since, begun);
    await time.tickAsync(60_000);
    assertEquals(scene.look()[0]!.handlesFor, 67_000);
  });

  test("inspectActors() shows that time to some seconds where the clock is not read each time", async () => {
    using time = new FakeTime();
    await using scene = new Scene();
    scene.system.start(Worker).tell(scene.gate);
    await scene.arrived();
    await time.tickAsync(1_000);
    scene.system.start(Worker).proxy().wonder.defer(scene.gate);
    await scene.gate.proxy().pass();
    assertEquals(scene.look()[1]!.handlesFor, 0);
    await time.tickAsync(60_000);
    const { handlesFor } = scene.look()[1]!;
    assert(
      handlesFor! >= 57_500 && handlesFor! <= 60_000,
      `it says ${handlesFor} ms`,
    );
  });

  test("inspectActors() shows that time where stuckAfter is Infinity, too", async () => {
    using time = new FakeTime();
    await using scene = new Scene();
    const system = new ActorSystem({ stuckAfter: Infinity });
    const worker = system.start(Worker);
    worker.tell(scene.gate);
    await scene.arrived();
    await time.tickAsync(60_000);
    assertEquals(inspectActors(system)[0]!.handlesFor, 60_000);
    worker.kill();
  });

  test("inspectActors() shows the time of a stuck handler when it was reported", async () => {
    using time = new FakeTime();
    await using scene = new Scene();
    const { system } = scene;
    const shown: (number | undefined)[] = [];
    system.addEventListener("stuck", () => {
      shown.push(...inspectActors(system).map(({ handlesFor }) => handlesFor));
    });
    system.start(Worker).tell(scene.gate);
    await scene.arrived();
    await time.tickAsync(20_000);
    assertEquals(shown, [10_000]);
  });

  // Many.

  test("inspectActors() shows the actors in the order of their start, until they have ended", async () => {
    await using scene = new Scene();
    const refs: ActorRef[] = [
      scene.system.start(Worker),
      scene.system.start(SlowHooks, "onStop", scene.gate),
      scene.system.start(Worker),
      scene.system.start(Worker),
    ];
    refs[1]!.stop();
    await scene.arrived();
    await refs[2]!.stop();
    refs[3]!.kill();
    const last = scene.system.start(Worker);
    await last.proxy().add(1, 2);
    assertEquals(
      scene.look().map(({ actorUrn, state }) => [actorUrn, state]),
      [
        [refs[0]!.actorUrn, "running"],
        [refs[1]!.actorUrn, "stopping"],
        [last.actorUrn, "running"],
      ],
    );
  });

  test("inspectActors() looks into the default system, or another one", async () => {
    await using scene = new Scene();
    await using one = Worker.start();
    const other = scene.system.start(Worker);
    assertEquals(urns(inspectActors()), [one.actorUrn]);
    assertEquals(urns(inspectActors(ActorSystem.default)), [one.actorUrn]);
    assertEquals(urns(inspectActors(scene.system)), [other.actorUrn]);
  });

  test("inspectActors() changes nothing", async () => {
    await using scene = new Scene();
    const worker = scene.system.start(Worker);
    worker.tell(scene.gate);
    worker.proxy().fail();
    worker.proxy().add.defer(1, 2);
    await scene.arrived();
    const before = scene.lookAtOne();
    for (let i = 0; i < 100; i++) assertEquals(scene.lookAtOne(), before);
    scene.gate.proxy().open.defer();
    await worker.stop();
    await scene.system[Symbol.asyncDispose]();
    assertEquals(scene.recorder.texts("warn"), [
      `Failure of fail of ${worker} was never read`,
    ]);
  });

  // dumpActors()

  test("dumpActors() writes a line for each actor to the logger of its system", async () => {
    using time = new FakeTime();
    await using scene = new Scene();
    const idle = scene.system.start(Worker);
    await assertRejects(() => idle.proxy().fail().get(), RangeError);
    const busy = scene.system.start(Worker);
    const other = scene.others.start(Worker);
    busy.proxy().waitForBoth.defer(scene.gate, other);
    busy.proxy().add.defer(1, 2);
    await scene.gate.proxy().pass();
    await time.tickAsync(3_000);
    dumpActors(scene.system);
    assertEquals(scene.recorder.texts("warn"), [
      "Actors that have not ended: 2",
      `${idle} is running, inbox 0, handled 1, failed 1`,
      `${busy} is running, inbox 1, handled 1, failed 0, ` +
      "handles waitForBoth for 3000 ms, " +
      "waits for reply of Worker.wonder and reply of Worker.add",
    ]);
    assertEquals(scene.recorder.texts("error"), []);
    other.kill();
  });
});

function urns(snapshots: readonly ActorSnapshot[]): string[] {
  return snapshots.map(({ actorUrn }) => actorUrn);
}

testOnce("inspectActors() of a system without actors is empty", () => {
  assertEquals(inspectActors(new ActorSystem()), []);
});

class Looking extends EventedActor {
  look(): ActorSnapshot[] {
    return inspectActors(this.system);
  }
  async lookAsync(): Promise<ActorSnapshot[]> {
    return await Promise.resolve(inspectActors(this.system));
  }
  constructor(readonly system: ActorSystem) {
    super();
  }
}

testOnce(
  "inspectActors() can be called by an actor that is looked at",
  async () => {
    await using system = new ActorSystem();
    const looking = system.start(Looking, system).proxy();
    const [one, other] = [await looking.look(), await looking.lookAsync()];
    const { handles, since, handlesFor, handled, asks } = one[0]!;
    assertEquals({ handles, since, handlesFor, handled, asks }, {
      handles: undefined,
      since: undefined,
      handlesFor: undefined,
      handled: 1,
      asks: 1,
    });
    assertEquals(other[0]!.handles, "lookAsync");
    assert((other[0]!.handlesFor ?? 0) < 1_000_000, "it has only just begun");
  },
);

class DumpingAsync extends EventedActor {
  constructor(readonly system: ActorSystem) {
    super();
  }
  // deno-lint-ignore require-await -- it is about what has not awaited yet
  async dump(): Promise<void> {
    dumpActors(this.system);
  }
}

testOnce(
  "dumpActors() says no time for a handler that has only just begun",
  async () => {
    const logger = new Recorder();
    await using system = new ActorSystem({ logger });
    const dumping = system.start(DumpingAsync, system);
    await dumping.proxy().dump();
    assertEquals(logger.texts("warn"), [
      "Actors that have not ended: 1",
      `${dumping} is running, inbox 0, handled 1, failed 0, handles dump`,
    ]);
  },
);

/** An actor of a runtime that gives no snapshots. */
class Blind extends EventedActor {
  static override readonly runtime = {
    spawn(...args: Parameters<typeof EventedActor.runtime.spawn>) {
      const mailbox = EventedActor.runtime.spawn(...args);
      return Object.assign(mailbox, { local: {} });
    },
  };
}

testOnce(
  "inspectActors() shows that there is an actor where its runtime shows no more",
  async () => {
    await using system = new ActorSystem();
    const blind = system.start(Blind);
    assertEquals(inspectActors(system), [{
      ...IDLE,
      className: "Blind",
      actorUrn: blind.actorUrn,
      since: undefined,
      handlesFor: undefined,
    }]);
  },
);

testOnce("dumpActors() writes a title where there is no actor", () => {
  const logger = new Recorder();
  dumpActors(new ActorSystem({ logger }));
  assertEquals(logger.lines, [
    { level: "warn", data: ["Actors that have not ended: 0"] },
  ]);
});

testOnce("dumpActors() writes to the console by default", async () => {
  await using idle = Looking.start(ActorSystem.default);
  using warn = stub(console, "warn", () => {});
  dumpActors();
  assertSpyCalls(warn, 2);
  assertEquals(warn.calls.map(({ args }) => args[0]), [
    "Actors that have not ended: 1",
    `${idle} is starting, inbox 0, handled 0, failed 0`,
  ]);
});

testOnce("dumpActors() survives a logger that throws", () => {
  const logger = new Recorder();
  logger.warn = () => {
    throw new RangeError("in the logger");
  };
  using error = stub(console, "error", () => {});
  dumpActors(new ActorSystem({ logger }));
  assertSpyCalls(error, 1);
  assertEquals(String(error.calls[0]!.args[1]), "RangeError: in the logger");
});
