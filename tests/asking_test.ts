import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  EventedFuture,
  Future,
  type GetOptions,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  FakeTime,
} from "./test.ts";
import { Gate, Notes } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";

const LONGEST = 2 ** 31 - 1;

interface Shape {
  sides: number;
}

function define(Base: ActorBase) {
  /** Answers in all the ways in which a handler can. */
  class Answering extends Base {
    override onReceive(message: string): unknown {
      switch (message) {
        case "value":
          return 42;
        case "object":
          return { list: [1, 2, 3] };
        case "undefined":
          return undefined;
        case "null":
          return null;
        case "promise":
          return Promise.resolve(43);
        case "thenable":
          return { then: (resolve: (value: number) => void) => resolve(44) };
        case "future":
          return EventedFuture.from(Promise.resolve(45));
      }
      return message;
    }
    async later(n: number): Promise<number> {
      return await Promise.resolve(n);
    }
  }

  /** Throws what it gets, in all the ways in which a handler can. */
  class Throwing extends Base {
    handled = 0;
    override onReceive(error: unknown): never {
      this.handled++;
      throw error;
    }
    make(): never {
      const error = new RangeError("out of range", { cause: "the cause" });
      throw Object.assign(error, { limit: 3 });
    }
    async reject(error: unknown): Promise<never> {
      await Promise.resolve();
      throw error;
    }
    delegate(error: unknown): Future<never> {
      const future = new EventedFuture<never>();
      future.setException(error);
      return future;
    }
    get broken(): string {
      throw new RangeError("getter threw");
    }
    set broken(_value: string) {
      throw new RangeError("setter threw");
    }
    #handlers = 0;
    alive(): number {
      return ++this.#handlers;
    }
  }

  /** Notes what it handles, as soon as it may. */
  class Slow extends Base {
    constructor(readonly notes: ActorRef<Notes>) {
      super();
    }
    async pass(gate: ActorRef<Gate>): Promise<string> {
      await gate.proxy().pass();
      return "passed";
    }
    override async onReceive(
      message: string | { gate: ActorRef<Gate>; throws?: boolean },
    ): Promise<string> {
      if (typeof message === "string") {
        this.notes.tell(message);
        return message;
      }
      await message.gate.proxy().pass();
      if (message.throws) throw new RangeError("thrown too late");
      this.notes.tell("passed");
      return "passed";
    }
    ping(): string {
      return "pong";
    }
  }

  class Squares extends Base {
    override onReceive(shape: Shape): Shape {
      return shape;
    }
  }

  return { Answering, Throwing, Slow, Squares };
}

forEachRuntime(define, ({ Answering, Throwing, Squares }, test) => {
  test("ActorRef.ask() returns a future of what the handler returns", async () => {
    await using answering = Answering.start();
    const asked = answering.ask("value");
    assert(asked instanceof Future);
    assertEquals(await asked, 42);
    assertEquals(await asked, 42);
    assertEquals(await asked.get(), 42);
    assertEquals(await answering.ask("object"), { list: [1, 2, 3] });
    assertStrictEquals(await answering.ask("undefined"), undefined);
    assertStrictEquals(await answering.ask("null"), null);
    assertEquals(await answering.ask("promise"), 43);
    assertEquals(await answering.ask("thenable"), 44);
    assertEquals(await answering.ask("future"), 45);
    assertEquals(await answering.proxy().later(46), 46);
  });

  test("ActorRef.ask() returns a future that Promise.all() and map() take", async () => {
    await using answering = Answering.start();
    const replies = ["a", "b", "c"].map((message) => answering.ask(message));
    assertEquals(await Promise.all(replies), ["a", "b", "c"]);
    const mapped = answering.ask("value").map((n) => (n as number) + 1);
    assertEquals(await mapped, 43);
  });

  test("ActorRef.ask() is pending until the handler has run", async () => {
    await using answering = Answering.start();
    const asked = answering.ask("value");
    await assertRejects(() => asked.get({ timeout: 0 }), Timeout);
    assertEquals(await asked.get({ timeout: Infinity }), 42);
    assertEquals(await asked.get({ timeout: 0 }), 42);
  });

  test("ActorRef.ask() fails with the exception of the handler, and the actor lives on", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const throwing = system.start(Throwing);
    const proxy = throwing.proxy();
    const error = await assertRejects(() => proxy.make().get(), RangeError);
    assertEquals(error.message, "out of range");
    assertEquals(error.cause, "the cause");
    assertEquals((error as RangeError & { limit: number }).limit, 3);
    assertMatch(error.stack!, /make/);
    const failures = [
      () => throwing.ask(new RangeError("asked")).get(),
      () => proxy.reject(new RangeError("asked")).get(),
      () => proxy.delegate(new RangeError("asked")).get(),
    ];
    for (const failure of failures) {
      await assertRejects(failure, RangeError, "asked");
    }
    await assertRejects(() => proxy.broken.get(), RangeError, "getter threw");
    const set = throwing.set("broken", "x");
    await assertRejects(() => set.get(), RangeError, "setter threw");
    assertEquals(await proxy.alive(), 1);
    assertEquals(lines.loud(), []);
    for (const { text } of lines.at("info")) {
      assertStringIncludes(text, `of ${throwing} threw`);
    }
    assertEquals(lines.at("info").length, 5);
  });

  test.unlessCopies("ActorRef.ask() fails with the very exception object of the handler", async () => {
    await using throwing = Throwing.start();
    const error = new RangeError("this one");
    for (
      const failure of [
        throwing.ask(error),
        throwing.proxy().reject(error),
        throwing.proxy().delegate(error),
      ]
    ) {
      const caught = await assertRejects(() => failure.get());
      assertStrictEquals(caught, error);
    }
  });

  test.unlessCopies("ActorRef.ask() passes the message and the reply themselves", async () => {
    await using squares = Squares.start();
    const shape = { sides: 4 };
    assertStrictEquals(await squares.ask(shape), shape);
  });

  test("ActorRef.ask() of an ended actor fails with ActorDeadError, and the deadline does not matter", async () => {
    const squares = Squares.start();
    await squares.stop();
    const asked = squares.ask({ sides: 4 }, { timeout: 0 });
    const error = await asked.catch((error) => error);
    assert(error instanceof ActorDeadError || error instanceof Timeout);
  });
});

forEachRuntime(define, ({ Slow }, test) => {
  test("ActorRef.ask() with a timeout fails with Timeout, and the message is never handled", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Slow.start(notes);
    const hanging = slow.proxy().pass(gate);
    await gate.proxy().arrived();
    const impatient = slow.ask("impatient", { timeout: 1 });
    const patient = slow.ask("patient");
    const error = await assertRejects(() => impatient.get(), Timeout);
    assertEquals(error.name, "Timeout");
    assertEquals(error.timeout, 1);
    assertStringIncludes(error.message, String(slow));
    assertStringIncludes(error.message, "1 ms");
    assert(!error.message.endsWith("."));
    assert(slow.isAlive());
    await gate.proxy().open();
    assertEquals(await hanging, "passed");
    assertEquals(await patient, "patient");
    assertEquals(await notes.proxy().read(), ["patient"]);
  });

  test("ActorRef.ask() with a timeout of 0 fails, and the message is never handled", async () => {
    await using notes = Notes.start();
    await using slow = Slow.start(notes);
    const asked = slow.ask("now", { timeout: 0 });
    const error = await assertRejects(() => asked.get(), Timeout);
    assertEquals(error.timeout, 0);
    assertEquals(await slow.ask("later"), "later");
    assertEquals(await notes.proxy().read(), ["later"]);
  });

  test("ActorRef.ask() with a timeout that is long enough gets the reply", async () => {
    await using notes = Notes.start();
    await using slow = Slow.start(notes);
    for (const timeout of [60_000, 2 ** 40, Infinity, undefined]) {
      assertEquals(await slow.ask("asked", { timeout }), "asked");
    }
  });

  test("ActorRef.ask() refuses a timeout that is negative or no number, and sends nothing", async () => {
    await using notes = Notes.start();
    await using slow = Slow.start(notes);
    for (const wrong of [-1, -Infinity, NaN, 1n, "20", null]) {
      const timeout = wrong as number;
      const asked = slow.ask("never", { timeout });
      const error = await assertRejects(() => asked.get(), RangeError);
      assertStringIncludes(error.message, String(timeout));
    }
    assertEquals(await slow.ask("later"), "later");
    assertEquals(await notes.proxy().read(), ["later"]);
  });

  test("ActorRef.ask() is ruled by a faked clock", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Slow.start(notes);
    const hanging = slow.ask({ gate });
    await gate.proxy().arrived();
    {
      using time = new FakeTime();
      const asked = slow.ask("asked", { timeout: 1000 });
      time.tick(999);
      await assertRejects(
        () => asked.get({ timeout: 0 }),
        Timeout,
        "Cannot get",
      );
      time.tick(1);
      const error = await assertRejects(() => asked.get(), Timeout);
      assertEquals(error.timeout, 1000);
    }
    await gate.proxy().open();
    assertEquals(await hanging, "passed");
  });

  test("ActorRef.ask() honours a timeout beyond what the platform's timers take", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Slow.start(notes);
    const hanging = slow.ask({ gate });
    await gate.proxy().arrived();
    {
      using time = new FakeTime();
      const timeout = LONGEST + 1000;
      const asked = slow.ask("asked", { timeout });
      time.tick(LONGEST);
      time.tick(999);
      await assertRejects(
        () => asked.get({ timeout: 0 }),
        Timeout,
        "Cannot get",
      );
      time.tick(1);
      const error = await assertRejects(() => asked.get(), Timeout);
      assertEquals(error.timeout, timeout);
    }
    await gate.proxy().open();
    await hanging;
  });

  test("ActorRef.ask() gives each asker its own deadline", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Slow.start(notes);
    const hanging = slow.ask({ gate });
    await gate.proxy().arrived();
    const outcomes: string[] = [];
    {
      using time = new FakeTime();
      const asks = [30, 10, 20, 10, Infinity].map((timeout, i) => {
        const name = `${i}: ${timeout}`;
        const asked = slow.ask(name, { timeout });
        asked.then(
          () => outcomes.push(name),
          () => outcomes.push(`no ${name}`),
        );
        return asked;
      });
      await time.tickAsync(10);
      assertEquals(outcomes, ["no 1: 10", "no 3: 10"]);
      await time.tickAsync(5);
      assertEquals(outcomes.length, 2);
      await time.tickAsync(5);
      assertEquals(outcomes.slice(2), ["no 2: 20"]);
      await gate.proxy().open();
      assertEquals(await asks[0], "0: 30");
      assertEquals(await asks[4], "4: Infinity");
    }
    assertEquals(await hanging, "passed");
    assertEquals(await notes.proxy().read(), [
      "passed",
      "0: 30",
      "4: Infinity",
    ]);
  });

  test("ActorRef.ask() with an aborted signal fails with its reason, and sends nothing", async () => {
    await using notes = Notes.start();
    await using slow = Slow.start(notes);
    const reasons = [new RangeError("given up"), "a text", null, 0];
    for (const reason of reasons) {
      const signal = AbortSignal.abort(reason);
      const asked = slow.ask("never", { signal });
      assertStrictEquals(await assertRejects(() => asked.get()), reason);
    }
    const asked = slow.ask("never", { signal: AbortSignal.abort() });
    const error = await assertRejects(() => asked.get(), DOMException);
    assertEquals(error.name, "AbortError");
    assertEquals(await slow.ask("later"), "later");
    assertEquals(await notes.proxy().read(), ["later"]);
  });

  test("ActorRef.ask() fails with the reason when its signal aborts, and the message is never handled", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Slow.start(notes);
    const hanging = slow.ask({ gate });
    await gate.proxy().arrived();
    const controller = new AbortController();
    const { signal } = controller;
    const asks = [slow.ask("one", { signal }), slow.ask("two", { signal })];
    const patient = slow.ask("patient");
    const reason = new RangeError("given up");
    controller.abort(reason);
    for (const asked of asks) {
      assertStrictEquals(await assertRejects(() => asked.get()), reason);
    }
    await gate.proxy().open();
    assertEquals([await hanging, await patient], ["passed", "patient"]);
    assertEquals(await notes.proxy().read(), ["passed", "patient"]);
  });

  test("ActorRef.ask() takes a timeout and a signal; what comes first, counts", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Slow.start(notes);
    const hanging = slow.ask({ gate });
    await gate.proxy().arrived();
    const controller = new AbortController();
    const { signal } = controller;
    const first = slow.ask("one", { signal, timeout: 60_000 });
    const second = slow.ask("two", { signal, timeout: 1 });
    await assertRejects(() => second.get(), Timeout);
    controller.abort(new RangeError("given up"));
    await assertRejects(() => first.get(), RangeError);
    await assertRejects(() => second.get(), Timeout);
    await gate.proxy().open();
    await hanging;
  });

  test("ActorRef.ask() that was answered does not care about its signal any more", async () => {
    await using notes = Notes.start();
    await using slow = Slow.start(notes);
    const controller = new AbortController();
    const asked = slow.ask("asked", { signal: controller.signal });
    assertEquals(await asked, "asked");
    controller.abort(new RangeError("too late"));
    assertEquals(await asked, "asked");
  });

  test("ActorRef.ask() that expires leaves the handler running, and drops its reply", async () => {
    const lines = new Lines();
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using system = new ActorSystem({ logger: lines });
    const slow = system.start(Slow, notes);
    const asked = await expireWhenBegun(slow, gate, { gate });
    const next = slow.ask("next");
    await assertRejects(() => next.get({ timeout: 0 }), Timeout);
    await gate.proxy().open();
    assertEquals(await next, "next");
    assertEquals(await notes.proxy().read(), ["passed", "next"]);
    await assertRejects(asked, Timeout);
    assertEquals(lines.loud(), []);
  });

  test("ActorRef.ask() that expires makes the exception of its handler a report, and the actor lives on", async () => {
    const lines = new Lines();
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using system = new ActorSystem({ logger: lines });
    const slow = system.start(Slow, notes);
    await expireWhenBegun(slow, gate, { gate, throws: true });
    await gate.proxy().open();
    assertEquals(await slow.proxy().ping(), "pong");
    assert(slow.isAlive());
    const [line, ...others] = lines.loud();
    assertEquals(others, []);
    assertEquals(line!.level, "error");
    assertStringIncludes(line!.text, `onReceive of ${slow}`);
    assertInstanceOf(line!.data[0], RangeError);
  });

  test("ActorRef.ask() holds nobody up where somebody freezes its future", async () => {
    await using gate = Gate.start();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: new Lines() });
    const [answering, killed] = [1, 2].map(() => system.start(Slow, notes));
    const others = [answering!, killed!].map((slow) => {
      for (const message of [{ gate }, "waits"]) {
        Object.freeze(slow.ask(message));
      }
      return slow.ask("other");
    });
    await gate.proxy().arrived();
    killed!.kill();
    await killed!.stopped;
    await assertRejects(() => others[1]!.get(), ActorDeadError);
    await gate.proxy().open();
    assertEquals(await others[0], "other");
    assertEquals(await answering!.stop(), true);
  });

  test("Future.get() bounds only its own wait: the reply can be read later", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using slow = Slow.start(notes);
    const asked = slow.ask({ gate });
    await assertRejects(() => asked.get({ timeout: 1 }), Timeout);
    await assertRejects(
      () => asked.get({ signal: AbortSignal.abort(new RangeError("no")) }),
      RangeError,
    );
    await assertRejects(() => asked.get({ timeout: -1 }), RangeError);
    await gate.proxy().open();
    assertEquals(await asked, "passed");
    assertEquals(await asked.get({ timeout: 0 }), "passed");
  });
});

/** Lets the deadline of an ask pass when its handler waits at the gate. */
async function expireWhenBegun<Message>(
  ref: { ask(message: Message, options: GetOptions): Future<unknown> },
  gate: ActorRef<Gate>,
  message: Message,
): Promise<() => Promise<unknown>> {
  using time = new FakeTime();
  const asked = ref.ask(message, { timeout: 1000 });
  await gate.proxy().arrived();
  time.tick(1000);
  await assertRejects(() => asked.get(), Timeout);
  return () => asked.get();
}
