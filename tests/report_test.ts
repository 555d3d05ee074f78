import {
  ActorDeadError,
  ActorEvent,
  type ActorEventType,
  type ActorRef,
  ActorSystem,
  AsyncResult,
  EventedFuture,
  type Logger,
} from "@dekka/actors";
import { Gate } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertSpyCalls,
  assertStrictEquals,
  FakeTime,
  spy,
  stub,
  test as testOnce,
} from "./test.ts";

function define(Base: ActorBase) {
  class Silent extends Base {
    fail(message = "as told"): never {
      throw new RangeError(message);
    }
    ping(): string {
      return "pong";
    }
    async wait(gate: ActorRef<Gate>): Promise<void> {
      await gate.proxy().pass();
    }
  }
  class Failing extends Base {
    override async onReceive(gate: ActorRef<Gate>): Promise<never> {
      await gate.proxy().pass();
      throw new RangeError("late");
    }
  }
  class BadHooks extends Base {
    override onStart(): void {}
    override onStop(): void {
      throw new RangeError("in onStop");
    }
    override onFailure(): void {
      throw new RangeError("in onFailure");
    }
    fail(): never {
      throw new RangeError("as told");
    }
  }
  class BadStart extends Base {
    override onStart(): void {
      throw new RangeError("in onStart");
    }
  }
  return { Silent, Failing, BadHooks, BadStart };
}

const EVENTS: readonly ActorEventType[] = [
  "started",
  "stopped",
  "failed",
  "killed",
  "deadletter",
  "unreadfailure",
];

/** The events of a system from now on. */
function listen(system: ActorSystem): ActorEvent[] {
  const events: ActorEvent[] = [];
  for (const type of EVENTS) {
    system.addEventListener(type, (event) => events.push(event));
  }
  return events;
}

/** What is left when the system has ended. */
function summary(events: readonly ActorEvent[]): unknown[] {
  return events.map(({ type, actorRef, error, count }) => [
    type,
    actorRef?.actorUrn,
    error === undefined ? undefined : String(error),
    count,
  ]);
}

/** Sends messages to an actor that takes none, and waits until it has had them. */
async function annoy(ref: ActorRef, times: number): Promise<void> {
  for (let i = 0; i < times; i++) ref.tell(i);
  await ref.proxy().actorUrn;
}

forEachRuntime(define, ({ Silent, Failing, BadHooks, BadStart }, test) => {
  // Levels.

  test("ActorSystem.logger gets the life cycle at debug", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Silent);
    await ref.proxy().ping();
    await ref.stop();
    assertEquals(lines.at("debug").map(({ text }) => text), [
      `Started ${ref}`,
      `Ended ${ref}: stopped`,
    ]);
    assertEquals(lines.loud(), []);
    assertEquals(lines.at("info"), []);
  });

  test("ActorSystem.logger gets exceptions that were returned to an asker at info", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Silent);
    await assertRejects(() => ref.proxy().fail().get(), RangeError);
    const [line, ...rest] = lines.at("info");
    assertEquals(line?.text, `fail of ${ref} threw`);
    assertEquals(String(line?.data[0]), "RangeError: as told");
    assertEquals(rest, []);
    assertEquals(lines.loud(), []);
  });

  test("ActorSystem.logger gets exceptions that reached nobody at error", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Silent);
    ref.proxy().fail.defer();
    await ref.stopped;
    const bad = system.start(BadHooks);
    await bad.stop();
    const failing = system.start(BadHooks);
    failing.proxy().fail.defer();
    await failing.stopped;
    const starting = system.start(BadStart);
    await starting.stopped;
    assertEquals(
      lines.loud().map(({ level, text, data }) => [level, text, String(data)]),
      [
        [
          "error",
          `fail of ${ref} threw, and the actor ends`,
          "RangeError: as told",
        ],
        ["error", `onStop of ${bad} threw`, "RangeError: in onStop"],
        [
          "error",
          `fail of ${failing} threw, and the actor ends`,
          "RangeError: as told",
        ],
        ["error", `onFailure of ${failing} threw`, "RangeError: in onFailure"],
        [
          "error",
          `onStart of ${starting} threw, and the actor ends`,
          "RangeError: in onStart",
        ],
      ],
    );
  });

  test("ActorSystem.logger gets what a handler threw after its asker gave up at error", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const gate = system.start(Gate);
    const ref = system.start(Failing);
    const controller = new AbortController();
    const asking = ref.ask(gate, { signal: controller.signal });
    await gate.proxy().arrived();
    controller.abort(new RangeError("gave up"));
    await assertRejects(() => asking.get(), RangeError, "gave up");
    gate.proxy().open.defer();
    // The actor lives on.
    assertEquals(await ref.proxy().actorUrn, ref.actorUrn);
    assertEquals(
      lines.loud().map(({ level, text, data }) => [level, text, String(data)]),
      [[
        "error",
        `onReceive of ${ref} threw after its asker gave up`,
        "RangeError: late",
      ]],
    );
  });

  test("ActorSystem.logger gets no warning where only a wait was given up", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const gate = system.start(Gate);
    const ref = system.start(Failing);
    const asking = ref.ask(gate);
    const signal = AbortSignal.abort(new RangeError("gave up"));
    await assertRejects(() => asking.get({ signal }), RangeError, "gave up");
    gate.proxy().open.defer();
    await assertRejects(() => asking.get(), RangeError, "late");
    assertEquals(lines.loud(), []);
  });

  test("ActorSystem.logger gets unexpected messages at warn", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Silent);
    ref.tell({ odd: 1 });
    await ref.proxy().ping();
    assertEquals(lines.loud(), [{
      level: "warn",
      text: `${ref} got an unexpected message`,
      data: [{ odd: 1 }],
    }]);
  });

  test("ActorSystem.logger gets dead letters at warn, in one line with their count", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const gate = system.start(Gate);
    const ref = system.start(Silent);
    const waiting = ref.proxy().wait(gate);
    await gate.proxy().arrived();
    const stopped = ref.stop();
    ref.proxy().ping.defer();
    ref.tell("one");
    ref.tell("two");
    const asked = ref.proxy().ping();
    gate.proxy().open.defer();
    await waiting;
    assertEquals(await stopped, true);
    await assertRejects(() => asked.get());
    const [line, ...rest] = lines.loud();
    assertEquals(rest, []);
    assertEquals(line?.level, "warn");
    assert(line?.text.includes(String(ref)), line?.text);
    assertMatch(line?.text ?? "", /3.*ping/);
  });

  test("ActorSystem.logger can be assigned while actors run", async () => {
    const [first, second] = [new Lines(), new Lines()];
    await using system = new ActorSystem({ logger: first });
    const ref = system.start(Silent);
    await annoy(ref, 1);
    system.logger = second;
    await annoy(ref, 2);
    assertEquals([first.loud().length, second.loud().length], [1, 2]);
  });

  test("ActorSystem.logger that throws harms nobody", async () => {
    using printed = stub(console, "error", () => {});
    const refuse = () => {
      throw new Error("logger is full");
    };
    const logger = { debug: refuse, info: refuse, warn: refuse, error: refuse };
    await using system = new ActorSystem({ logger });
    const ref = system.start(Silent);
    await annoy(ref, 1);
    await assertRejects(() => ref.proxy().fail().get(), RangeError);
    assertEquals(await ref.proxy().ping(), "pong");
    ref.proxy().fail.defer();
    await ref.stopped;
    const next = system.start(Silent);
    assertEquals(await next.stop(), true);
    // Others may print: what they leave behind is collected at any time.
    const told = printed.calls.filter(({ args }) => args[0] === "Logger threw");
    assert(told.length > 0);
    for (const { args } of told) {
      assertEquals(String(args[1]), "Error: logger is full");
    }
  });

  const unfit: Record<string, unknown> = {
    "is null": null,
    "cannot be looked at": new Proxy({}, {
      get() {
        throw new Error("logger is gone");
      },
    }),
  };
  for (const [how, logger] of Object.entries(unfit)) {
    test(`ActorSystem.logger that ${how} harms nobody`, async () => {
      using _printed = stub(console, "error", () => {});
      await using system = new ActorSystem();
      system.logger = logger as Logger;
      const failed = system.start(Silent);
      const killed = system.start(Silent);
      const stopped = system.start(Silent);
      await assertRejects(() => failed.proxy().fail().get(), RangeError);
      failed.proxy().fail.defer();
      await failed.stopped;
      assertEquals(await killed.proxy().ping(), "pong");
      killed.tell("never handled");
      killed.kill();
      await killed.stopped;
      assertEquals(await stopped.stop(), true);
    });
  }

  test("ActorSystem reports loggers and listeners that reject", async () => {
    using printed = stub(console, "error", () => {});
    const refuse = () => Promise.reject(new Error("logger is full"));
    const logger = { debug: refuse, info: refuse, warn: refuse, error: refuse };
    const lines = new Lines();
    await using system = new ActorSystem({ logger });
    await using listened = new ActorSystem({ logger: lines });
    listened.addEventListener("failed", async () => {
      await undefined;
      throw new RangeError("no time");
    });
    for (const each of [system, listened]) {
      const ref = each.start(Silent);
      ref.proxy().fail.defer();
      await ref.stopped;
    }
    await new Promise((resolve) => setTimeout(resolve));
    assert(printed.calls.some(({ args }) => args[0] === "Logger threw"));
    assert(lines.at("error").some(({ text }) => text.startsWith("Listener")));
  });

  test("ActorSystem.dispatchEvent() of a subclass that throws harms nobody", async () => {
    class Refusing extends ActorSystem {
      override dispatchEvent(event: Event): boolean {
        throw new RangeError(`no ${event.type}`);
      }
    }
    const lines = new Lines();
    await using system = new Refusing({ logger: lines });
    system.addEventListener("failed", () => {});
    const ref = system.start(Silent);
    ref.proxy().fail.defer();
    await ref.stopped;
    const errors = lines.at("error").map(({ data }) => String(data[0]));
    assertEquals(errors, [
      "RangeError: no started",
      "RangeError: as told",
      "RangeError: no failed",
    ]);
  });

  for (const type of EVENTS) {
    test(`ActorSystem goes on when a listener for ${type} kills the actor`, async () => {
      using printed = stub(console, "error", () => {});
      await using gate = Gate.start();
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      system.addEventListener(type, ({ actorRef }) => actorRef!.kill());
      const stopped = system.start(BadHooks);
      const stops = [stopped.stop(), stopped.stop()];
      stopped.tell("a dead letter");
      const failed = system.start(BadHooks);
      failed.proxy().fail.defer();
      const waits = failed.ask("waits");
      const failing = system.start(Failing);
      void failing.ask(gate);
      for (const ref of [stopped, failed]) await ref.stopped;
      assertEquals(await stops[0], await stops[1]);
      await assertRejects(() => waits.get(), ActorDeadError);
      failing.kill();
      await failing.stopped;
      assertEquals(system.registry.getAll(), []);
      assertSpyCalls(printed, 0);
      // The hook of an actor that is gone is not even looked for.
      const errors = lines.at("error").map(({ data }) => String(data[0]));
      assertEquals(errors.filter((text) => text.startsWith("TypeError")), []);
    });
  }

  test("ActorSystem.logger gets lines that each name the class and the URN", async () => {
    const lines = new Lines();
    const refs: ActorRef[] = [];
    {
      await using system = new ActorSystem({ logger: lines });
      const [one, two] = [system.start(Silent), system.start(Silent)];
      refs.push(one, two, system.start(BadHooks), system.start(BadStart));
      await annoy(one, 2);
      void one.proxy().fail();
      await one.proxy().ping();
      two.proxy().fail.defer();
      two.tell("never handled");
      await two.stopped;
    }
    const all = (["debug", "info", "warn", "error"] as const)
      .flatMap((level) => lines.at(level));
    assert(all.length > 10, `${all.length} lines`);
    for (const { text } of all) {
      assert(refs.some((ref) => text.includes(String(ref))), text);
    }
  });

  // Limits.

  test.unlessThread("ActorSystem.logger gets a few lines of an actor at a time, and how many were held back", async () => {
    using time = new FakeTime();
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Silent);
    await annoy(ref, 12);
    const few = lines.loud().length;
    assert(few > 0 && few < 12, `${few} lines`);
    await annoy(ref, 1);
    assertEquals(lines.loud().length, few);
    time.tick(60_000);
    await annoy(ref, 1);
    const line = lines.loud().at(-1);
    assertEquals(lines.loud().length, few + 1);
    assert(line?.text.startsWith(`${ref} got an unexpected message`));
    assertMatch(line?.text ?? "", new RegExp(`\\b${13 - few}\\b`));
    // Nothing is counted twice.
    time.tick(60_000);
    await annoy(ref, 1);
    assertEquals(
      lines.loud().at(-1)?.text,
      `${ref} got an unexpected message`,
    );
  });

  test("ActorSystem.logger gets what was held back of an actor at its end", async () => {
    using _time = new FakeTime();
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Silent);
    await annoy(ref, 12);
    const few = lines.loud().length;
    await ref.stop();
    const last = lines.loud().at(-1);
    assertEquals(lines.loud().length, few + 1);
    assertEquals(last?.level, "warn");
    assert(last?.text.includes(String(ref)));
    assertMatch(last?.text ?? "", new RegExp(`\\b${12 - few}\\b`));
  });

  test("ActorSystem.logger gets what was held back of failures that were never read", async () => {
    using _time = new FakeTime();
    const lines = new Lines();
    const system = new ActorSystem({ logger: lines });
    const ref = system.start(Silent);
    for (let i = 0; i < 100; i++) void ref.proxy().fail();
    await ref.proxy().ping();
    await ref.stop();
    await system[Symbol.asyncDispose]();
    const last = lines.loud().at(-1);
    const few = lines.loud().length - 1;
    assert(few < 12, `${few} lines`);
    assert(last?.text.includes(String(ref)));
    assertMatch(last?.text ?? "", new RegExp(`\\b${100 - few}\\b`));
  });

  test("ActorSystem.logger gets the lines of each actor, however many others write", async () => {
    using _time = new FakeTime();
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const [loud, other] = [system.start(Silent), system.start(Silent)];
    await annoy(loud, 12);
    const few = lines.loud().length;
    await annoy(other, 1);
    assertEquals(lines.loud().length, few + 1);
    assertEquals(
      lines.loud().at(-1)?.text,
      `${other} got an unexpected message`,
    );
  });

  test("ActorSystem.logger gets every line at info and debug", async () => {
    using _time = new FakeTime();
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Silent);
    for (let i = 0; i < 20; i++) {
      await assertRejects(() => ref.proxy().fail().get(), RangeError);
    }
    assertEquals(lines.at("info").length, 20);
  });

  // Events.

  test("ActorSystem emits started and stopped", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const events = listen(system);
    const ref = system.start(Silent);
    assertEquals(events, []);
    await ref.proxy().ping();
    assertEquals(summary(events), [["started", ref.actorUrn, undefined, 0]]);
    await ref.stop();
    assertEquals(summary(events.slice(1)), [
      ["stopped", ref.actorUrn, undefined, 0],
    ]);
    assertInstanceOf(events[0], ActorEvent);
    assertStrictEquals<unknown>(events[0].actorRef, ref);
  });

  test("ActorSystem emits failed once, with the error", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const events = listen(system);
    const ref = system.start(BadHooks);
    ref.proxy().fail.defer();
    await ref.stopped;
    const starting = system.start(BadStart);
    await starting.stopped;
    assertEquals(summary(events), [
      ["started", ref.actorUrn, undefined, 0],
      ["failed", ref.actorUrn, "RangeError: as told", 0],
      ["started", starting.actorUrn, undefined, 0],
      ["failed", starting.actorUrn, "RangeError: in onStart", 0],
    ]);
  });

  test("ActorSystem emits no failed for an exception that was returned to an asker", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const ref = system.start(Silent);
    const events = listen(system);
    await assertRejects(() => ref.proxy().fail().get(), RangeError);
    assertEquals(await ref.proxy().ping(), "pong");
    assertEquals(events.map(({ type }) => type), ["started"]);
  });

  test("ActorSystem emits killed, with the reason", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const ref = system.start(Silent);
    await ref.proxy().ping();
    const events = listen(system);
    ref.kill(new RangeError("enough"));
    ref.kill();
    await ref.stopped;
    assertEquals(summary(events), [
      ["killed", ref.actorUrn, "RangeError: enough", 0],
    ]);
  });

  test("ActorSystem emits deadletter with how many there are", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const ref = system.start(Silent);
    await ref.proxy().ping();
    const events = listen(system);
    void ref.stop();
    ref.tell(1);
    ref.tell(2);
    await ref.stopped;
    assertEquals(summary(events), [
      ["deadletter", ref.actorUrn, undefined, 2],
      ["stopped", ref.actorUrn, undefined, 0],
    ]);
  });

  test("ActorSystem emits unreadfailure with the actor and the error", async () => {
    const system = new ActorSystem({ logger: new Lines() });
    const ref = system.start(Silent);
    await ref.proxy().ping();
    void ref.proxy().fail();
    await ref.stop();
    const events = listen(system);
    await system[Symbol.asyncDispose]();
    assertEquals(summary(events), [
      ["unreadfailure", ref.actorUrn, "RangeError: as told", 0],
    ]);
    // Once is enough.
    await system[Symbol.asyncDispose]();
    assertEquals(events.length, 1);
  });

  test("ActorSystem.addEventListener() takes objects and options", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const seen: string[] = [];
    const controller = new AbortController();
    const { signal } = controller;
    system.addEventListener("started", {
      handleEvent: ({ type }) => seen.push(`object ${type}`),
    });
    system.addEventListener("started", () => seen.push("once"), { once: true });
    system.addEventListener("started", () => seen.push("until"), { signal });
    system.addEventListener("started", null);
    await system.start(Silent).proxy().ping();
    controller.abort();
    await system.start(Silent).proxy().ping();
    assertEquals(seen, ["object started", "once", "until", "object started"]);
  });

  test("ActorSystem.removeEventListener() takes a listener back", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const listener = spy((_event: ActorEvent) => {});
    system.addEventListener("started", listener);
    await system.start(Silent).proxy().ping();
    system.removeEventListener("started", listener);
    await system.start(Silent).proxy().ping();
    assertSpyCalls(listener, 1);
  });

  test("ActorSystem writes what its listeners throw, and the others hear", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const throwing = () => {
      throw new RangeError("in a listener");
    };
    system.addEventListener("started", throwing);
    system.addEventListener("started", { handleEvent: throwing });
    const events = listen(system);
    const ref = system.start(Silent);
    assertEquals(await ref.proxy().ping(), "pong");
    assertEquals(events.map(({ type }) => type), ["started"]);
    assertEquals(lines.loud().map(({ text, data }) => [text, String(data)]), [
      ["Listener of an actor system threw", "RangeError: in a listener"],
      ["Listener of an actor system threw", "RangeError: in a listener"],
    ]);
  });

  test("ActorSystem emits the events of its own actors alone", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    await using other = new ActorSystem({ logger: new Lines() });
    const events = listen(system);
    const ref = other.start(Silent);
    ref.proxy().fail.defer();
    await ref.stopped;
    assertEquals(events, []);
  });

  test("ActorSystem makes no events when nobody listens", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    using dispatched = spy(system, "dispatchEvent");
    const ref = system.start(Silent);
    await ref.proxy().ping();
    await ref.stop();
    assertSpyCalls(dispatched, 0);
  });
});

testOnce("ActorEvent carries what is known of it", () => {
  const bare = new ActorEvent("started");
  assertEquals(bare.type, "started");
  assertEquals([bare.actorRef, bare.error, bare.count], [
    undefined,
    undefined,
    0,
  ]);
  const error = new RangeError("no");
  const full = new ActorEvent("deadletter", { error, count: 3 });
  assertEquals([full.error, full.count], [error, 3]);
  assertInstanceOf(full, Event);
});

testOnce("ActorSystem.default reports what belongs to no system", async () => {
  const lines = new Lines();
  const { logger } = ActorSystem.default;
  ActorSystem.default.logger = lines as Logger;
  try {
    const result = new AsyncResult<number>();
    result.link(() => {
      throw new RangeError("in a callback");
    });
    result.set(1);
    const called = Promise.withResolvers<void>();
    result.link(() => called.resolve());
    await called.promise;
    const future = new EventedFuture<number>();
    future.setException(new RangeError("never read"));
    await ActorSystem.default[Symbol.asyncDispose]();
    assertEquals(
      lines.loud().map(({ level, text, data }) => [level, text, String(data)]),
      [
        [
          "error",
          "Callback linked to AsyncResult threw",
          "RangeError: in a callback",
        ],
        [
          "warn",
          "Failure of a future was never read",
          "RangeError: never read",
        ],
      ],
    );
  } finally {
    ActorSystem.default.logger = logger;
  }
});
