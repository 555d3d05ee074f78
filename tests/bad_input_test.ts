import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  AsyncResult,
  DeadlockError,
  EventedFuture,
  type Future,
  getAll,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "./test.ts";
import { Notes } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";

// Whatever comes in: nothing hangs, nothing ends the process, and no other
// actor loses a message. A test that hangs fails, and so does one after which
// an error is uncaught.

/** What is thrown, by name, because some of it cannot be sent. */
const OUTCOMES: Readonly<Record<string, () => unknown>> = {
  "undefined": () => undefined,
  "null": () => null,
  "a text": () => "a text",
  "NaN": () => NaN,
  "a symbol": () => Symbol.for("thrown"),
  "a function": () => raise,
  "a frozen error": () => Object.freeze(new RangeError("frozen")),
  "an object without prototype": () => Object.create(null),
  "an error that cannot be printed": () => new Unprintable(),
};

class Unprintable extends Error {
  override get message(): string {
    throw new Error("the message cannot be read");
  }
  override toString(): string {
    throw new Error("no text");
  }
}

/** Thenables that break the rules, and what becomes of who awaits them. */
const THENABLES: Readonly<Record<string, [() => unknown, string]>> = {
  "throws in then": [
    () => ({ then: () => raise(new RangeError("in then")) }),
    "RangeError: in then",
  ],
  "throws undefined in then": [
    () => ({ then: () => raise(undefined) }),
    "undefined",
  ],
  "throws in the getter of then": [
    () => ({
      get then() {
        return raise(new RangeError("in getter"));
      },
    }),
    "RangeError: in getter",
  ],
  "throws in the getter of constructor": [
    () =>
      Object.defineProperty(Promise.resolve(), "constructor", {
        get: () => raise(new RangeError("in constructor")),
      }),
    "RangeError: in constructor",
  ],
  "calls back twice": [
    () => ({
      then(ok: (value: string) => void) {
        ok("first");
        ok("second");
      },
    }),
    "first",
  ],
  "calls both back": [
    () => ({
      then(ok: (value: string) => void, no: (reason: unknown) => void) {
        ok("fulfilled");
        no("rejected");
      },
    }),
    "fulfilled",
  ],
  "rejects, fulfils and throws": [
    () => ({
      then(ok: (value: string) => void, no: (reason: unknown) => void) {
        no("rejected");
        ok("fulfilled");
        raise(new Error("thrown"));
      },
    }),
    "rejected",
  ],
  "throws after it has called back": [
    () => ({
      then(ok: (value: string) => void) {
        ok("fulfilled");
        raise(new Error("thrown"));
      },
    }),
    "fulfilled",
  ],
  "calls back twice, much later": [
    () => ({
      then(ok: (value: string) => void) {
        queueMicrotask(() => ok("first"));
        queueMicrotask(() => ok("second"));
      },
    }),
    "first",
  ],
  "fulfils with a thenable that throws": [
    () => ({
      then(ok: (value: unknown) => void) {
        ok({ then: () => raise(new RangeError("inner")) });
      },
    }),
    "RangeError: inner",
  ],
  "is a function": [
    () =>
      Object.assign(() => {}, {
        then: (ok: (value: string) => void) => ok("called"),
      }),
    "called",
  ],
  "is a promise whose own then calls back at once": [
    () =>
      Object.assign(Promise.resolve("at once"), {
        then: (ok: (value: string) => void) => ok("at once"),
      }),
    "at once",
  ],
  "has a then that is no function": [
    () => ({ then: "not a function" }),
    "[object Object]",
  ],
};

function raise(error: unknown): never {
  throw error;
}

function define(Base: ActorBase) {
  class Echo extends Base {
    override onReceive(message: unknown): unknown {
      return message === undefined ? "undefined" : message;
    }
  }

  class Sink extends Base {
    count = 0;
    override onReceive(_message: unknown): number {
      return ++this.count;
    }
  }

  /** Does what it is told by name. */
  class Clumsy extends Base {
    constructor(readonly notes: ActorRef<Notes>) {
      super();
    }
    override onFailure(): void {
      this.notes.tell("onFailure");
    }
    throwing(name: string): never {
      return raise(OUTCOMES[name]!());
    }
    async rejecting(name: string): Promise<never> {
      await Promise.resolve();
      throw OUTCOMES[name]!();
    }
    failed(name: string): Future<never> {
      const future = new EventedFuture<never>();
      future.setException(OUTCOMES[name]!());
      return future;
    }
    returning(name: string): unknown {
      return THENABLES[name]![0]();
    }
    following(name: string): Future<unknown> {
      const [make] = THENABLES[name]!;
      return EventedFuture.from(make() as PromiseLike<unknown>);
    }
    revoked(): unknown {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    }
    itself(): unknown {
      return this.actorRef;
    }
    ping(): string {
      return "pong";
    }
  }

  /** Its hooks return or throw what they are told to, by name. */
  class Hooked extends Base {
    constructor(
      readonly notes: ActorRef<Notes>,
      readonly hook: string,
      readonly what: string,
    ) {
      super();
    }
    override onStart(): void {
      return this.#in("onStart");
    }
    override onStop(): void {
      return this.#in("onStop");
    }
    override onFailure(): void {
      return this.#in("onFailure");
    }
    #in(hook: string): void {
      this.notes.tell(hook);
      if (hook !== this.hook) return;
      if (this.what in OUTCOMES) raise(OUTCOMES[this.what]!());
      return THENABLES[this.what]![0]() as void;
    }
    fail(): never {
      throw new RangeError("failed");
    }
  }

  /** Has a hook that cannot be looked at. */
  class Locked extends Base {
    constructor(hook: string) {
      super();
      const get = () => raise(new RangeError(`no ${hook}`));
      Object.defineProperty(this, hook, { get });
    }
    fail(): never {
      throw new RangeError("failed");
    }
  }

  /** Has members that break what it inherits. */
  class Broken extends Base {
    override onReceive = "not a function" as never;
    override onStop = undefined as never;
    method(): string {
      return "works";
    }
  }

  /** Calls itself, one call deeper each time. */
  class Deep extends Base {
    readonly #bottom = new EventedFuture<void>();
    /** Asks itself with the patience of who has asked, and never answers. */
    override onReceive(levels: number): Future<void> {
      if (levels > 0) {
        const self: ActorRef<Deep> = this.actorRef;
        return self.ask(levels - 1, { signal: this.signal });
      }
      this.#bottom.set();
      return new EventedFuture();
    }
    bottom(): Future<void> {
      return this.#bottom;
    }
    down(levels: number): number | Future<number> {
      const self: ActorRef<Deep> = this.actorRef;
      return levels === 0 ? 0 : self.proxy().down(levels - 1);
    }
    recurse(levels: number): number {
      return levels === 0 ? 0 : 1 + this.recurse(levels - 1);
    }
    ping(): string {
      return "pong";
    }
  }

  /** Has a method that fails when it is looked up. */
  class Guarded extends Base {
    readonly handled: string[] = [];
    readonly locked = Object.defineProperty(
      () => this.handled.push("locked"),
      "constructor",
      { get: () => raise(new RangeError("it is locked")) },
    );
    override async onReceive(message: string): Promise<string> {
      this.handled.push(message);
      return await message;
    }
  }

  /** Starts another of its kind in its constructor, without end. */
  class Endless extends Base {
    constructor() {
      super();
      this.actorSystem.start(Endless);
    }
  }

  class Named extends Base {
    count = 1;
    _hidden = 2;
    method(): string {
      return "method";
    }
  }

  /** Never answers. */
  class Silent extends Base {
    override onReceive(_message: string): Promise<void> {
      return new Promise(() => {});
    }
    async askItself(): Promise<void> {
      await this.actorRef.proxy<Silent>().askItself();
    }
  }

  return {
    Echo,
    Sink,
    Clumsy,
    Hooked,
    Locked,
    Broken,
    Deep,
    Guarded,
    Endless,
    Named,
    Silent,
  };
}

forEachRuntime(define, ({ Echo, Sink }, test) => {
  const odd = [undefined, null, NaN, 0, -0, "", false, 10n, [], {}, [null]];

  test("ActorRef.tell() takes null, undefined and other odd messages", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const echo = system.start(Echo);
    for (const message of odd) {
      echo.tell(message);
      const expected = message === undefined ? "undefined" : message;
      assertEquals(await echo.ask(message), expected);
    }
    assertEquals(lines.loud(), []);
  });

  test.unlessCopies("ActorRef.tell() takes symbols and functions as messages", async () => {
    await using echo = Echo.start();
    for (const message of [Symbol("message"), Symbol.iterator, raise, Echo]) {
      echo.tell(message);
      assertStrictEquals(await echo.ask(message), message);
    }
  });

  test.unlessCopies("ActorRef.tell() passes a message without looking into it", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const sink = system.start(Sink);
    const { proxy, revoke } = Proxy.revocable({}, {
      get: (_, name) => raise(new Error(`looked at ${String(name)}`)),
      has: () => raise(new Error("looked for a name")),
      getPrototypeOf: () => raise(new Error("looked at the prototype")),
      ownKeys: () => raise(new Error("looked at the names")),
    });
    sink.tell(proxy);
    assertEquals(await sink.ask(proxy), 2);
    revoke();
    sink.tell(proxy);
    assertEquals(await sink.ask(proxy), 4);
    assertEquals(lines.loud(), []);
  });

  test("ActorRef.ask() loses no message among odd ones", async () => {
    await using one = Echo.start();
    await using other = Echo.start();
    const replies = odd.flatMap((message, i) => [
      one.ask(message).map(() => `one ${i}`),
      other.ask(i).map((n) => `other ${n}`),
    ]);
    const expected = odd.flatMap((_, i) => [`one ${i}`, `other ${i}`]);
    assertEquals(await getAll(replies), expected);
  });

  for (const options of [null, { signal: {} }, { signal: null }]) {
    test(`ActorRef.ask() fails with TypeError for the options ${JSON.stringify(options)}`, async () => {
      await using echo = Echo.start();
      const asked = echo.ask("never", options as never);
      await assertRejects(() => asked.get(), TypeError);
      assertEquals(await echo.ask("next"), "next");
    });
  }

  test("GetOptions refuses what is neither options nor a signal, in any place", async () => {
    const echo = Echo.start();
    const result = new AsyncResult<string>();
    await using system = new ActorSystem();
    const wrong = [null, 100, "soon", { signal: null }, { signal: {} }, {
      timeout: 1,
      signal: new AbortController(),
    }];
    for (const options of wrong as never[]) {
      const waits = [
        echo.ask("x", options).get(),
        echo.ask("x").get(options),
        echo.stopped.get(options),
        getAll([echo.ask("x")], options),
        result.get(options),
        system.registry.stopAll(options),
      ];
      for (const wait of waits) {
        await assertRejects(() => wait, TypeError, "options must be {");
      }
      assertEquals(await result.wait(options), undefined);
    }
    assertEquals(await echo.ask("next"), "next");
    await echo.stop();
  });

  test("GetOptions refuses a wait that is negative or no number, in any place", async () => {
    const echo = Echo.start();
    for (const timeout of [-1, NaN, -Infinity]) {
      const waits = [
        echo.ask("x", { timeout }).get(),
        echo.ask("x").get({ timeout }),
        echo.stopped.get({ timeout }),
        getAll([echo.ask("x")], { timeout }),
      ];
      for (const wait of waits) await assertRejects(() => wait, RangeError);
    }
    assertEquals(await echo.ask("next"), "next");
    const stopping = echo.stop();
    await assertRejects(() => stopping.get({ timeout: -1 }), RangeError);
    assertEquals(await stopping, true);
  });
});

forEachRuntime(define, ({ Clumsy }, test) => {
  for (const name of Object.keys(OUTCOMES)) {
    test(`Actor fails an ask whose handler throws ${name}, and lives on`, async () => {
      await using notes = Notes.start();
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      const clumsy = system.start(Clumsy, notes);
      const proxy = clumsy.proxy();
      const asks = [
        proxy.throwing(name),
        proxy.rejecting(name),
        proxy.failed(name),
      ];
      const outcomes = await Promise.allSettled(asks);
      assertEquals(outcomes.map(({ status }) => status), [
        "rejected",
        "rejected",
        "rejected",
      ]);
      if (name === "undefined" || name === "null" || name === "a text") {
        for (const outcome of outcomes) {
          assertEquals(Reflect.get(outcome, "reason"), OUTCOMES[name]!());
        }
      }
      assertEquals(await proxy.ping(), "pong");
      assertEquals(lines.loud(), []);
    });

    test(`Actor fails when its handler throws ${name} where nobody asked`, async () => {
      await using notes = Notes.start();
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      for (const way of ["throwing", "rejecting"] as const) {
        const clumsy = system.start(Clumsy, notes);
        clumsy.proxy()[way].defer(name);
        assertEquals(await clumsy.stop(), false);
        await clumsy.stopped;
      }
      assertEquals(await notes.proxy().read(), ["onFailure", "onFailure"]);
      assertEquals(lines.at("error").length, 2);
    });
  }

  for (const name of ["undefined", "null", "a text", "NaN"]) {
    test(`ActorDeadError has the cause when a handler threw ${name}`, async () => {
      await using notes = Notes.start();
      await using system = new ActorSystem({ logger: new Lines() });
      const clumsy = system.start(Clumsy, notes);
      clumsy.proxy().throwing.defer(name);
      const behind = clumsy.proxy().ping();
      const error = await assertRejects(() => behind.get(), ActorDeadError);
      assertEquals(error.reason, "failed");
      assert("cause" in error, "the cause is missing");
      assertEquals(error.cause, OUTCOMES[name]!());
    });
  }

  for (const [name, [, expected]] of Object.entries(THENABLES)) {
    test(`Actor answers once when its handler returns a thenable that ${name}`, async () => {
      await using notes = Notes.start();
      await using clumsy = Clumsy.start(notes);
      const proxy = clumsy.proxy();
      for (const reply of [proxy.returning(name), proxy.following(name)]) {
        assertEquals(String(await reply.catch((error) => error)), expected);
        assertEquals(String(await reply.catch((error) => error)), expected);
      }
      assertEquals(await proxy.ping(), "pong");
    });

    test(`Actor goes on or fails, when nobody asked for a thenable that ${name}`, async () => {
      await using notes = Notes.start();
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      const clumsy = system.start(Clumsy, notes);
      const asked = clumsy.proxy().returning(name);
      const throws = await asked.then(() => false, () => true);
      clumsy.proxy().returning.defer(name);
      const next = await clumsy.proxy().ping().catch(() => "dead");
      assertEquals(next, throws ? "dead" : "pong");
      assertEquals(lines.at("error").length, throws ? 1 : 0);
    });
  }

  test("Actor whose handler returns what cannot be looked at fails that ask and lives on", async () => {
    await using notes = Notes.start();
    await using clumsy = Clumsy.start(notes);
    const proxy = clumsy.proxy();
    await assertRejects(() => proxy.revoked().get(), TypeError);
    assertEquals(await proxy.ping(), "pong");
  });

  test("Actor answers with its own reference", async () => {
    await using notes = Notes.start();
    await using clumsy = Clumsy.start(notes);
    assertStrictEquals(await clumsy.proxy().itself(), clumsy);
  });

  test("Actor loses no message while others throw", async () => {
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: new Lines() });
    const steady = system.start(Clumsy, notes);
    const replies: Future<string>[] = [];
    for (const name of Object.keys(OUTCOMES)) {
      const clumsy = system.start(Clumsy, notes);
      replies.push(steady.proxy().ping());
      clumsy.proxy().throwing.defer(name);
      replies.push(steady.proxy().ping());
      system.start(Clumsy, notes).proxy().rejecting.defer(name);
    }
    for (const name of Object.keys(THENABLES)) {
      system.start(Clumsy, notes).proxy().returning.defer(name);
      replies.push(steady.proxy().ping());
    }
    const pongs = await getAll(replies);
    assertEquals(new Set(pongs), new Set(["pong"]));
  });
});

forEachRuntime(define, ({ Hooked, Locked }, test) => {
  for (const hook of ["onStart", "onStop", "onFailure"]) {
    test(`Actor ends, and reports it, where ${hook} throws when it is looked up`, async () => {
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      const ref = system.start(Locked, hook);
      if (hook === "onFailure") ref.proxy().fail.defer();
      assertEquals(await ref.stop(), hook === "onStop");
      const errors = lines.at("error").map(({ data }) => String(data[0]));
      assert(errors.includes(`RangeError: no ${hook}`), errors.join());
    });
  }

  const outcomes = [...Object.keys(OUTCOMES), ...Object.keys(THENABLES)];
  for (const what of outcomes) {
    test(`Actor ends whatever its hooks do: ${what}`, async () => {
      const lines = new Lines();
      await using notes = Notes.start();
      await using system = new ActorSystem({ logger: lines });
      for (const hook of ["onStart", "onStop", "onFailure"]) {
        const ref = system.start(Hooked, notes, hook, what);
        if (hook === "onFailure") ref.proxy().fail.defer();
        await ref.stop();
        await ref.stopped;
      }
      assertEquals(system.registry.getAll(), []);
      const steps = await notes.proxy().read();
      assertEquals(steps.filter((step) => step === "onStart").length, 3);
      const lasts = steps.filter((step) => step !== "onStart");
      assertEquals(lasts.length, 3);
      const fulfils = [
        "fulfilled",
        "first",
        "called",
        "at once",
        "[object Object]",
      ];
      const throws = !fulfils.includes(THENABLES[what]?.[1] ?? "");
      assertEquals(lasts[0], throws ? "onFailure" : "onStop");
      assertEquals(lines.at("error").length, throws ? 4 : 1);
    });
  }
});

forEachRuntime(define, (actors, test) => {
  const { Broken, Deep, Guarded, Endless, Named, Silent, Echo } = actors;

  test("Actor whose members are no functions fails asks, and stops all the same", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const broken = system.start(Broken) as unknown as ActorRef<
      InstanceType<typeof Named>
    >;
    await assertRejects(() => broken.ask("x" as never).get(), TypeError);
    assertEquals(await broken.proxy().method(), "works");
    assertEquals(await broken.stop(), true);
    assertEquals(lines.at("error").length, 1); // of onStop()
  });

  test("Actor that recurses too deep fails that ask and lives on", async () => {
    await using deep = Deep.start();
    const asked = deep.proxy().recurse(Infinity);
    await assertRejects(() => asked.get(), RangeError);
    assertEquals(await deep.proxy().ping(), "pong");
  });

  test("Actor delegates to itself as deep as it likes", async () => {
    await using deep = Deep.start();
    assertEquals(await deep.proxy().down(50_000), 0);
    assertEquals(await deep.proxy().ping(), "pong");
  });

  test("Actor passes the patience of its asker on as deep as it likes", async () => {
    await using deep = Deep.start();
    const controller = new AbortController();
    const asked = deep.ask(5_000, { signal: controller.signal });
    await deep.proxy().bottom();
    controller.abort("gives up");
    assertEquals(await asked.catch(String), "gives up");
    assertEquals(await deep.proxy().ping(), "pong");
  });

  test.unlessStub("Actor whose method cannot be looked up handles other messages all the same", async () => {
    await using guarded = Guarded.start();
    await guarded.proxy().handled;
    const locked = await guarded.proxy().locked().catch(String);
    assertEquals(locked, "RangeError: it is locked");
    assertEquals(await guarded.ask("next"), "next");
    assertEquals(await guarded.proxy().handled, ["next"]);
  });

  test.unlessLater("Actor.start() that starts actors without end throws, and leaves nothing", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    assertThrows(() => system.start(Endless));
    assertEquals(system.registry.getAll(), []);
    await using echo = Echo.start();
    assertEquals(await echo.ask("works"), "works");
  });

  test("ActorSystem.start() refuses what is no class of actors", () => {
    const system = new ActorSystem();
    for (const wrong of [undefined, null, {}, 5, "Echo", () => {}, class {}]) {
      assertThrows(
        () => system.start(wrong as never),
        TypeError,
        "Cannot start",
      );
    }
  });

  test.unlessStub("ActorRef.proxy() throws for names that are not there, and the actor lives on", async () => {
    await using named = Named.start();
    const proxy = named.proxy() as unknown as Record<string, unknown>;
    for (const name of ["missing", "_hidden", "onReceive", "toString"]) {
      const error = assertThrows(() => proxy[name], TypeError);
      assertStringIncludes(error.message, name);
      assertStringIncludes(error.message, String(named));
    }
    assertEquals(await named.proxy().count, 1);
  });

  test("ActorRef.proxy() that is kept fails after the end of the actor", async () => {
    const named = Named.start();
    const proxy = named.proxy();
    await named.stop();
    const futures = [proxy.method(), proxy.count];
    for (const future of futures) {
      const error = await assertRejects(() => future.get(), ActorDeadError);
      assertEquals(error.reason, "stopped");
    }
    assertThrows(() => proxy.method.defer(), ActorDeadError);
    assertThrows(() => named.proxy(), ActorDeadError);
  });

  test.unlessThread("Actor whose class has a symbol for a name is named in errors", async () => {
    class Unnamed extends Silent {
      static override readonly name = Symbol("no text") as never;
    }
    await using system = new ActorSystem({ logger: new Lines() });
    const unnamed = system.start(Unnamed);
    assertStringIncludes(String(unnamed), "Symbol(no text)");
    const circle = unnamed.proxy().askItself();
    const found = await assertRejects(() => circle.get(), DeadlockError);
    assertStringIncludes(found.message, "Symbol(no text).askItself");
    const written = unnamed.set("missing" as never, 1 as never);
    const refused = await assertRejects(() => written.get(), TypeError);
    assertStringIncludes(refused.message, "Symbol(no text).missing");
    const asked = unnamed.ask("x", { timeout: 5 });
    const late = await assertRejects(() => asked.get(), Timeout);
    assertStringIncludes(late.message, "Symbol(no text)");
    unnamed.kill();
  });

  test("ActorRef.kill() takes any reason", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    for (const reason of [null, 0, "", false, NaN]) {
      const echo = system.start(Echo);
      echo.kill(reason);
      await echo.stopped;
      const asked = echo.ask("x");
      const error = await assertRejects(() => asked.get(), ActorDeadError);
      assertEquals([error.reason, error.cause], ["killed", reason]);
    }
  });

  test("ActorSystem is not harmed by a logger that throws", async () => {
    const logger = {
      debug: () => raise(new Error("debug")),
      info: () => raise(new Error("info")),
      warn: () => raise(new Error("warn")),
      error: () => raise(new Error("error")),
    };
    const { console } = globalThis;
    const said: unknown[] = [];
    globalThis.console = {
      ...console,
      error: (...data: unknown[]) => said.push(...data),
    };
    try {
      await using system = new ActorSystem({ logger });
      const deep = system.start(Deep);
      await assertRejects(() => deep.proxy().recurse(Infinity).get());
      deep.proxy().recurse.defer(Infinity);
      await deep.stopped;
      assertEquals(await system.start(Echo).ask("works"), "works");
    } finally {
      globalThis.console = console;
    }
    assert(said.length > 0, "a logger that throws is worth a word");
    assertInstanceOf(said[1], Error);
  });
});
