import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  EventedActor,
  EventedFuture,
  type Future,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  FakeTime,
  test as testOnce,
} from "./test.ts";
import { Gate, Notes } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";

function define(Base: ActorBase) {
  /** Notes how its signals abort. */
  class Patient extends Base {
    constructor(
      readonly notes: ActorRef<Notes>,
      readonly gate: ActorRef<Gate>,
      hangs: "onStart" | "onStop" | "constructor" | "nowhere" = "nowhere",
    ) {
      super();
      this.#hangs = hangs;
      if (hangs === "constructor") this.#noteAbort(this.signal);
    }
    readonly #hangs: string;

    override async onStart(): Promise<void> {
      if (this.#hangs === "onStart") await this.#untilAborted();
    }
    override async onStop(): Promise<void> {
      if (this.#hangs === "onStop") await this.#untilAborted();
    }
    override async onReceive(message: string): Promise<string> {
      this.notes.tell(message);
      if (message === "read early") await this.#untilAborted();
      if (message === "read late") await this.#readLate();
      return "over";
    }

    /** Returns when its asker has given up. */
    async hang(): Promise<string> {
      await this.#untilAborted();
      return "over";
    }
    #untilAborted(): Promise<void> {
      const { signal } = this;
      const aborted = new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve())
      );
      this.gate.proxy().pass.defer(); // says that it has arrived here
      this.#noteAbort(signal);
      return aborted;
    }
    #noteAbort(signal: AbortSignal): void {
      signal.addEventListener("abort", () => this.notes.tell(signal.reason));
    }
    async #readLate(): Promise<void> {
      await this.gate.proxy().pass();
      const { aborted, reason } = this.signal;
      this.notes.tell([aborted, reason]);
    }

    /** Whether the signal of one message is always the same one. */
    async same(): Promise<boolean> {
      const before = this.signal;
      await this.notes.proxy().read();
      return before === this.signal && !before.aborted;
    }
    #kept: AbortSignal | undefined;
    /** Whether its signal is not the one of the message before. */
    fresh(): boolean {
      const { signal } = this;
      const isFresh = signal !== this.#kept && !signal.aborted;
      this.#kept = signal;
      return isFresh;
    }
    keptIsAborted(): boolean | undefined {
      return this.#kept?.aborted;
    }

    /** Delegates, and notes when it is not wanted any more. */
    delegating(): Future<void> {
      this.#noteAbort(this.signal);
      return this.gate.proxy().pass();
    }
    delegatingToNobody(): Future<never> {
      this.#noteAbort(this.signal);
      return new EventedFuture<never>();
    }

    ping(): string {
      return "pong";
    }
  }

  /** Asks another actor, with or without the patience of its own asker. */
  class Nesting extends Base {
    constructor(
      readonly notes: ActorRef<Notes>,
      readonly other: ActorRef<Patient>,
    ) {
      super();
    }
    override async onReceive(message: "alone" | "pass on"): Promise<string> {
      const { signal } = this;
      const options = message === "pass on" ? { signal } : {};
      this.notes.tell("asks");
      return await this.other.ask("nested", options).catch((error) => {
        this.notes.tell(error);
        return "failed";
      });
    }
    ping(): string {
      return "pong";
    }
  }

  /** Its `onReceive()` calls the method that the message names. */
  class Dispatching extends Patient {
    override onReceive(message: string): Promise<string> {
      switch (message) {
        case "delegating":
          return this.delegating() as unknown as Promise<string>;
        case "hang":
          return this.hang();
        default:
          return super.onReceive(message);
      }
    }
  }

  /** Throws when it is killed: the reason of its signal, or something else. */
  class Bounded extends Base {
    constructor(readonly gate: ActorRef<Gate>) {
      super();
    }
    async obey(other?: string): Promise<never> {
      const { signal } = this;
      this.gate.proxy().pass.defer(); // says that it has arrived here
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve())
      );
      throw other ?? signal.reason;
    }
    killItself(how: "throws" | "rejects", other?: string): Promise<never> {
      this.actorRef.kill("enough");
      const error = other ?? this.signal.reason;
      if (how === "throws") throw error;
      return Promise.reject(error);
    }
  }

  return { Patient, Nesting, Dispatching, Bounded };
}

forEachRuntime(define, ({ Patient, Dispatching, Bounded }, test) => {
  test("Actor.signal aborts with Timeout when the deadline of the ask is past", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using patient = Patient.start(notes, gate);
    using time = new FakeTime();
    const asked = patient.ask("read early", { timeout: 1000 });
    await gate.proxy().arrived();
    time.tick(1000);
    const error = await assertRejects(() => asked.get(), Timeout);
    const [, reason] = await notes.proxy().first(2);
    assertInstanceOf(reason, Timeout);
    assertEquals(reason.message, error.message);
    assertEquals(await patient.proxy().ping(), "pong");
  });

  test("Actor.signal aborts with the reason of the asker's signal", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using patient = Patient.start(notes, gate);
    const controller = new AbortController();
    const { signal } = controller;
    const asked = patient.ask("read early", { signal });
    await gate.proxy().arrived();
    controller.abort("no longer wanted");
    assertEquals(await asked.catch((reason) => reason), "no longer wanted");
    assertEquals(await notes.proxy().first(2), [
      "read early",
      "no longer wanted",
    ]);
    assertEquals(await patient.proxy().ping(), "pong");
  });

  test("Actor.signal that is read late is aborted already, with the same reason", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using patient = Patient.start(notes, gate);
    const controller = new AbortController();
    const asked = patient.ask("read late", { signal: controller.signal });
    await gate.proxy().arrived();
    controller.abort("no longer wanted");
    assertEquals(await asked.catch((reason) => reason), "no longer wanted");
    await gate.proxy().open();
    assertEquals(await notes.proxy().first(2), [
      "read late",
      [true, "no longer wanted"],
    ]);
  });

  test("Actor.signal of a message does not abort when another asker gives up", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using patient = Patient.start(notes, gate);
    const first = patient.ask("read late");
    await gate.proxy().arrived();
    const second = patient.ask("second", { timeout: 1 });
    await assertRejects(() => second.get(), Timeout);
    await gate.proxy().open();
    assertEquals(await first, "over");
    assertEquals(await notes.proxy().read(), [
      "read late",
      [false, undefined],
    ]);
  });

  test("Actor.signal is one for each message", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using patient = Patient.start(notes, gate);
    const proxy = patient.proxy();
    assertEquals(await proxy.same(), true);
    assertEquals([await proxy.fresh(), await proxy.fresh()], [true, true]);
    assertEquals(await proxy.same(), true);
    assertEquals(await proxy.keptIsAborted(), false);
  });

  test("Actor.signal does not abort when the actor is stopped", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    const patient = Patient.start(notes, gate);
    const asked = patient.ask("read late");
    await gate.proxy().arrived();
    const stopped = patient.stop();
    await gate.proxy().open();
    assertEquals(await asked, "over");
    assertEquals(await stopped, true);
    assertEquals(await notes.proxy().read(), [
      "read late",
      [false, undefined],
    ]);
  });

  for (const reason of [undefined, "enough"]) {
    test(`ActorRef.kill() of a handler that throws the reason of its signal is no error (${reason})`, async () => {
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      for (const other of [undefined, "another"]) {
        await using gate = Gate.start();
        const bounded = system.start(Bounded, gate);
        bounded.proxy().obey.defer(other);
        await gate.proxy().arrived();
        bounded.kill(reason);
        await bounded.stopped;
      }
      assertEquals((await lines.firstLoud()).data, ["another"]);
      assertEquals(lines.loud().length, 1);
    });
  }

  for (const how of ["throws", "rejects"] as const) {
    test(`ActorRef.kill() in a handler that then ${how} the reason of its signal is no error`, async () => {
      const lines = new Lines();
      await using gate = Gate.start();
      await using system = new ActorSystem({ logger: lines });
      for (const other of [undefined, "another"]) {
        const bounded = system.start(Bounded, gate);
        bounded.proxy().killItself.defer(how, other);
        await bounded.stopped;
      }
      assertEquals((await lines.firstLoud()).data, ["another"]);
      assertEquals(lines.loud().length, 1);
    });
  }

  for (const way of ["ask", "tell"] as const) {
    test(`Actor.signal aborts with the reason of a kill (${way})`, async () => {
      await using notes = Notes.start();
      await using gate = Gate.start();
      await using system = new ActorSystem({ logger: new Lines() });
      const patient = system.start(Patient, notes, gate);
      const sent = patient[way]("read early");
      await gate.proxy().arrived();
      patient.kill("enough");
      await sent?.catch(() => {});
      assertEquals(await notes.proxy().first(2), ["read early", "enough"]);
    });

    test(`Actor.signal aborts with ActorDeadError when a kill has no reason (${way})`, async () => {
      await using notes = Notes.start();
      await using gate = Gate.start();
      await using system = new ActorSystem({ logger: new Lines() });
      const patient = system.start(Patient, notes, gate);
      const sent = patient[way]("read early");
      await gate.proxy().arrived();
      patient.kill();
      await sent?.catch(() => {});
      const [, error] = await notes.proxy().first(2);
      assertInstanceOf(error, ActorDeadError);
      assertEquals(error.reason, "killed");
    });

    for (const detectDeadlocks of [true, false]) {
      const how = detectDeadlocks ? way : `${way}, without detection`;
      test(`Actor.signal that is read after a kill is aborted already (${how})`, async () => {
        await using notes = Notes.start();
        await using gate = Gate.start();
        const logger = new Lines();
        await using system = new ActorSystem({ logger, detectDeadlocks });
        const patient = system.start(Patient, notes, gate);
        const sent = patient[way]("read late");
        await gate.proxy().arrived();
        patient.kill("enough");
        await sent?.catch(() => {});
        await gate.proxy().open();
        assertEquals(await notes.proxy().first(2), [
          "read late",
          [true, "enough"],
        ]);
      });
    }
  }

  for (const hook of ["constructor", "onStart", "onStop"] as const) {
    test(`Actor.signal aborts in ${hook} when the actor is killed`, async () => {
      await using notes = Notes.start();
      await using gate = Gate.start();
      await using system = new ActorSystem({ logger: new Lines() });
      const patient = system.start(Patient, notes, gate, hook);
      const stopping = hook === "onStop" ? patient.stop() : undefined;
      if (hook === "constructor") await patient.ask("message");
      else await gate.proxy().arrived();
      patient.kill("enough");
      await patient.stopped;
      await stopping;
      const expected = hook === "constructor"
        ? ["message", "enough"]
        : ["enough"];
      assertEquals(await notes.proxy().first(expected.length), expected);
    });
  }

  test("Actor.signal stays valid after delegating, until the reply is sent", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using patient = Dispatching.start(notes, gate);
    const controller = new AbortController();
    const { signal } = controller;
    const asked = patient.ask("delegating", { signal });
    await gate.proxy().arrived();
    assertEquals(await patient.proxy().ping(), "pong");
    controller.abort("no longer wanted");
    assertEquals(await asked.catch((reason) => reason), "no longer wanted");
    assertEquals(await notes.proxy().first(1), ["no longer wanted"]);
    assertEquals(await patient.proxy().ping(), "pong");
  });

  test("Actor.signal does not abort any more when the reply was sent", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using system = new ActorSystem({ logger: new Lines() });
    const patient = system.start(Dispatching, notes, gate);
    const controller = new AbortController();
    const { signal } = controller;
    const asked = patient.ask("delegating", { signal });
    await gate.proxy().open();
    await asked;
    controller.abort("too late");
    patient.kill("later still");
    await patient.stopped;
    assertEquals(await notes.proxy().read(), []);
  });

  test("Actor.signal aborts after delegating when the actor is killed", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using system = new ActorSystem({ logger: new Lines() });
    const patient = system.start(Patient, notes, gate);
    const survives = patient.proxy().delegating();
    const fails = patient.proxy().delegatingToNobody();
    await patient.proxy().ping();
    patient.kill("enough");
    await assertRejects(() => fails.get(), ActorDeadError);
    assertEquals(await notes.proxy().first(2), ["enough", "enough"]);
    await gate.proxy().open();
    assertEquals(await survives, undefined);
  });
});

forEachRuntime(define, ({ Patient, Nesting }, test) => {
  test("ActorRef.ask() in a handler inherits nothing of the asker's patience", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Patient.start(notes, gate);
    await using nesting = Nesting.start(notes, slow);
    const hanging = slow.ask("read late");
    await gate.proxy().arrived();
    {
      using time = new FakeTime();
      const asked = nesting.ask("alone", { timeout: 1000 });
      await notes.proxy().first(2);
      time.tick(1000);
      await assertRejects(() => asked.get(), Timeout);
    }
    await gate.proxy().open();
    assertEquals(await hanging, "over");
    assertEquals(await notes.proxy().first(4), [
      "read late",
      "asks",
      [false, undefined],
      "nested",
    ]);
  });

  test("ActorRef.ask() passes the asker's patience on by { signal: this.signal }", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Patient.start(notes, gate);
    await using nesting = Nesting.start(notes, slow);
    const hanging = slow.ask("read late");
    await gate.proxy().arrived();
    {
      using time = new FakeTime();
      const asked = nesting.ask("pass on", { timeout: 1000 });
      await notes.proxy().first(2);
      time.tick(1000);
      await assertRejects(() => asked.get(), Timeout);
    }
    const [, , reason] = await notes.proxy().first(3);
    assertInstanceOf(reason, Timeout);
    assertEquals(reason.timeout, 1000);
    await gate.proxy().open();
    assertEquals(await hanging, "over");
    assertEquals(await nesting.proxy().ping(), "pong");
    assertEquals(await slow.proxy().ping(), "pong");
    const all = await notes.proxy().read();
    assertEquals(all.length, 4);
    assert(!all.includes("nested"), "the nested message was handled");
  });
});

testOnce("Actor.signal is made only when it is read", async () => {
  class Reader extends EventedActor<"read" | "do not", unknown> {
    override async onReceive(message: "read" | "do not"): Promise<unknown> {
      await Promise.resolve();
      return message === "read" && this.signal.aborted;
    }
  }
  const { AbortController } = globalThis;
  let made = 0;
  globalThis.AbortController = class extends AbortController {
    constructor() {
      super();
      made++;
    }
  };
  try {
    await using reader = Reader.start();
    const { signal } = new AbortController();
    await reader.ask("do not", { timeout: 60_000, signal });
    const given = reader.ask("do not", { timeout: 0 });
    await assertRejects(() => given.get(), Timeout);
    const killed = Reader.start();
    void killed.ask("do not").catch(() => {});
    killed.kill();
    assertEquals(made, 0);
    await reader.ask("read");
    await reader.ask("do not");
    assertEquals(made, 1);
  } finally {
    globalThis.AbortController = AbortController;
  }
});

class Sleeper extends EventedActor<Future<string>, string> {
  override async onReceive(until: Future<string>): Promise<string> {
    return await until;
  }

  async look(until: Future<string>): Promise<boolean> {
    const { signal } = this;
    await until;
    return signal.aborted;
  }
}

testOnce(
  "Actor.signal is not aborted by who asked for a message before",
  async () => {
    await using system = new ActorSystem();
    const sleeper = system.start(Sleeper);
    const before = new AbortController();
    const [first, second] = [
      new EventedFuture<string>(),
      new EventedFuture<string>(),
    ];
    // The handler is not followed any more after many calls, and keeps nothing.
    for (let i = 0; i < 100; i++) {
      const done = new EventedFuture<string>();
      done.set("done");
      await sleeper.ask(done);
    }
    const given = sleeper.ask(first, {
      signal: before.signal,
      timeout: 60_000,
    });
    first.set("first");
    assertEquals(await given, "first");
    const looks = sleeper.proxy().look(second);
    await Promise.resolve();
    before.abort();
    second.set("second");
    assertEquals(await looks, false);
  },
);

testOnce(
  "Actor.kill() of one actor leaves the handlers of others alone",
  async () => {
    await using system = new ActorSystem();
    const [one, other] = [system.start(Sleeper), system.start(Sleeper)];
    const ready = new EventedFuture<string>();
    ready.set("ready");
    for (let i = 0; i < 100; i++) await one.ask(ready);
    const [never, later] = [
      new EventedFuture<string>(),
      new EventedFuture<string>(),
    ];
    const lost = one.ask(never);
    const kept = other.ask(later);
    await Promise.resolve();
    one.kill();
    await assertRejects(() => lost.get(), ActorDeadError);
    later.set("later");
    never.set("never");
    assertEquals(await kept, "later");
  },
);
