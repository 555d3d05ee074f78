import {
  ActorDeadError,
  ActorRef,
  ActorRegistry,
  ActorSystem,
  Future,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "./test.ts";
import { Gate, Notes } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";

function define(Base: ActorBase) {
  class Counter extends Base {
    count: number;
    protected secret = 1;
    readonly #double = 2;
    constructor(count = 0) {
      super();
      this.count = count;
    }
    get double(): number {
      return this.count * this.#double;
    }
    set half(value: number) {
      this.count = value * 2;
    }
    self(): ActorRef {
      return this.actorRef as ActorRef;
    }
    override onReceive(message: { add: number }): number {
      return this.count += message.add;
    }
  }

  class Echo extends Base {
    override onReceive(message: unknown): unknown {
      return message;
    }
  }

  /** Changes what it gets. */
  class Marker extends Base {
    override onReceive(message: { marked?: boolean }): { marked?: boolean } {
      message.marked = true;
      return message;
    }
  }

  class Failing extends Base {
    override onReceive(error: Error): never {
      throw error;
    }
  }

  /** Hangs in `onStop()` until it may pass. */
  class Lingering extends Base {
    constructor(readonly gate: ActorRef<Gate>) {
      super();
    }
    override async onStop(): Promise<void> {
      await this.gate.proxy().pass();
    }
    override onReceive(message: unknown): unknown {
      return message;
    }
  }

  return { Counter, Echo, Marker, Failing, Lingering };
}

forEachRuntime(define, (actors, test) => {
  const { Counter, Echo, Marker, Failing, Lingering } = actors;

  test("ActorRef is one object for an actor, wherever it comes from", async () => {
    await using counter = Counter.start();
    await using echo = Echo.start();
    assert(counter instanceof ActorRef);
    assertStrictEquals(await counter.proxy().self(), counter);
    assertStrictEquals(await echo.ask(counter), counter);
    const [{ inside }] = await echo.ask([{ inside: counter }]) as [
      { inside: ActorRef },
    ];
    assertStrictEquals(inside, counter);
    assertStrictEquals(ActorRegistry.getByUrn(counter.actorUrn), counter);
    assertStrictEquals(counter.proxy().actorRef, counter);
    const names = new Map<ActorRef, string>([[counter, "counter"]]);
    assertEquals(names.get(await counter.proxy().self()), "counter");
  });

  test("ActorRef stays the same object when the actor has ended", async () => {
    await using echo = Echo.start();
    const counter = Counter.start();
    const urn = counter.actorUrn;
    await counter.stop();
    assertStrictEquals(await echo.ask(counter), counter);
    assertEquals(counter.actorUrn, urn);
    assertStrictEquals(counter.actorClass, Counter);
  });

  test("ActorRef of one actor differs from that of another", async () => {
    await using one = Counter.start();
    await using other = Counter.start();
    assertNotStrictEquals<unknown>(one, other);
    assertNotEquals<unknown>(one, other);
    assertNotEquals(one.actorUrn, other.actorUrn);
    assertEquals(one, one);
  });

  test("ActorRef.toString() says class and URN", async () => {
    const counter = Counter.start();
    const text = `Counter (${counter.actorUrn})`;
    assertEquals(String(counter), text);
    assertEquals(`${counter}`, text);
    for (const key of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
      const inspect = Reflect.get(counter, Symbol.for(key));
      assertEquals(inspect.call(counter), `ActorRef of ${text}`);
    }
    await counter.stop();
    assertEquals(String(counter), text);
  });

  test("ActorRef.isAlive() is true until the actor begins to end", async () => {
    await using gate = Gate.start();
    const lingering = Lingering.start(gate);
    assert(lingering.isAlive());
    const stopping = lingering.stop();
    assert(lingering.isAlive(), "a stop that waits ends nothing");
    await gate.proxy().arrived();
    assert(!lingering.isAlive(), "the hook of the end runs already");
    await gate.proxy().open();
    assertEquals(await stopping, true);
    assert(!lingering.isAlive());
  });

  test("ActorRef.tell() returns nothing and is handled", async () => {
    await using counter = Counter.start();
    assertStrictEquals(counter.tell({ add: 2 }) as unknown, undefined);
    assertEquals(await counter.ask({ add: 1 }), 3);
  });

  test("ActorRef.tell() does not handle the message inside the call", async () => {
    await using notes = Notes.start();
    await using counter = Counter.start();
    const count = counter.proxy().count;
    counter.tell({ add: 2 });
    assertEquals(await count, 0);
    assertEquals(await counter.proxy().count, 2);
    assertEquals(await notes.proxy().read(), []);
  });

  test.unlessCopies("ActorRef.tell() passes the message itself", async () => {
    await using marker = Marker.start();
    const told: { marked?: boolean } = {};
    marker.tell(told);
    const asked: { marked?: boolean } = {};
    assertStrictEquals(await marker.ask(asked), asked);
    assertEquals([told, asked], [{ marked: true }, { marked: true }]);
  });

  for (const end of ["stop", "kill", "fail"] as const) {
    test(`ActorRef throws ActorDeadError from tell() and proxy(), and fails asks, after ${end}`, async () => {
      await using system = new ActorSystem({ logger: new Lines() });
      const cause = new RangeError("broken");
      const ref = system.start(Failing);
      if (end === "stop") ref.stop();
      else if (end === "kill") ref.kill();
      else ref.tell(cause);
      await ref.stopped;
      const reason = ({ stop: "stopped", kill: "killed", fail: "failed" })[end];
      const check = (error: ActorDeadError) => {
        assertEquals(error.name, "ActorDeadError");
        assertEquals(error.reason, reason);
        assertEquals(error.actorUrn, ref.actorUrn);
        assertStringIncludes(
          error.message,
          `Cannot send message to Failing (${ref.actorUrn}): actor`,
        );
        assert(!error.message.endsWith("."));
        assertEquals("cause" in error, end === "fail");
        if (end === "fail") assertEquals(String(error.cause), String(cause));
      };
      check(assertThrows(() => ref.tell(cause), ActorDeadError));
      check(assertThrows(() => ref.proxy(), ActorDeadError));
      check(await assertRejects(() => ref.ask(cause).get(), ActorDeadError));
      assertEquals(await ref.stop(), false);
      await ref.stopped;
      ref.kill();
      assert(!ref.isAlive());
    });
  }

  test("ActorRef.ask() never throws", async () => {
    const echo = Echo.start();
    await echo.stop();
    const futures = [
      echo.ask("dead"),
      echo.ask("dead", { timeout: -1 }),
      echo.ask("dead", { signal: AbortSignal.abort("given up") }),
    ];
    const outcomes = await Promise.allSettled(futures);
    assertEquals(outcomes.map(({ status }) => status), [
      "rejected",
      "rejected",
      "rejected",
    ]);
    for (const future of futures) assert(future instanceof Future);
  });

  test("ActorRef.set() assigns an attribute, in order with the messages", async () => {
    await using counter = Counter.start(1);
    const replies = [
      counter.ask({ add: 1 }),
      counter.set("count", 10),
      counter.ask({ add: 1 }),
      counter.proxy().count,
    ];
    assertEquals(await Promise.all(replies), [2, undefined, 11, 11]);
    await counter.set("half", 4);
    assertEquals(await counter.proxy().count, 8);
  });

  test("ActorRef.set() fails with TypeError for what cannot be written, and the actor lives on", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const counter = system.start(Counter, 1);
    const names = [
      "double",
      "self",
      "onReceive",
      "actorUrn",
      "constructor",
      "__proto__",
      "toString",
      "missing",
      "_x",
    ];
    for (const name of names) {
      const error = await assertRejects(
        () => counter.set(name as never, 1 as never).get(),
        TypeError,
      );
      assertStringIncludes(error.message, `Counter.${name}`);
    }
    assertEquals(await counter.proxy().double, 2);
    assertEquals(await counter.ask({ add: 1 }), 2);
    assertEquals(lines.loud(), []);
  });

  test("ActorRef.set() fails with ActorDeadError when the actor has ended", async () => {
    const counter = Counter.start(1);
    await counter.stop();
    const error = await assertRejects(
      () => counter.set("count", 2).get(),
      ActorDeadError,
    );
    assertEquals(error.reason, "stopped");
  });

  test("ActorRef.proxy() returns the same proxy each time", async () => {
    await using counter = Counter.start();
    assertStrictEquals(counter.proxy(), counter.proxy());
  });

  test("ActorRef.stop() is true for all who stop before the end, then false", async () => {
    await using gate = Gate.start();
    const lingering = Lingering.start(gate);
    const early = [lingering.stop(), lingering.stop()];
    await gate.proxy().arrived();
    const during = lingering.stop();
    await assertRejects(() => during.get({ timeout: 0 }), Timeout);
    await gate.proxy().open();
    assertEquals(await Promise.all([...early, during]), [true, true, true]);
    assertEquals(await lingering.stop(), false);
  });

  test("ActorRef.stop() is false when a kill or a failure came first", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const killed = system.start(Echo);
    const stopOfKilled = killed.stop();
    killed.kill();
    assertEquals(await stopOfKilled, false);
    const failed = system.start(Failing);
    failed.tell(new Error("broken"));
    assertEquals(await failed.stop(), false);
  });

  test("ActorRef.stop() lets a wait for it end without ending the stop", async () => {
    await using gate = Gate.start();
    const lingering = Lingering.start(gate);
    const stopping = lingering.stop();
    await assertRejects(() => stopping.get({ timeout: 1 }), Timeout);
    await assertRejects(
      () => stopping.get({ signal: AbortSignal.abort(new RangeError("no")) }),
      RangeError,
    );
    await gate.proxy().open();
    assertEquals(await stopping, true);
  });

  test("ActorRef.stopped settles however the actor ends", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const ways: ((ref: ActorRef<InstanceType<typeof Failing>>) => void)[] = [
      (ref) => void ref.stop(),
      (ref) => ref.kill(),
      (ref) => ref.kill(new Error("reason")),
      (ref) => ref.tell(new Error("broken")),
    ];
    for (const end of ways) {
      const ref = system.start(Failing);
      const before = ref.stopped;
      assert(before instanceof Future);
      await assertRejects(() => before.get({ timeout: 0 }), Timeout);
      end(ref);
      assertStrictEquals(await before, undefined);
      assertStrictEquals(await ref.stopped, undefined);
      assert(!ref.isAlive());
      assertEquals(system.registry.getAll(), []);
    }
  });

  test("ActorRef.stopped can be awaited again and again, before and after the end", async () => {
    const echo = Echo.start();
    const waits = [echo.stopped, echo.stopped, echo.stopped.get()];
    echo.stop();
    assertEquals(await Promise.all(waits), [undefined, undefined, undefined]);
    await echo.stopped;
    await echo.stopped;
  });

  test("ActorRef stops its actor at the end of an await using block", async () => {
    let kept: ActorRef;
    {
      await using counter = Counter.start();
      kept = counter;
      assert(kept.isAlive());
    }
    assert(!kept.isAlive());
    await kept.stopped;
    {
      await using counter = Counter.start();
      await counter.stop();
    }
  });

  test("ActorRef is constructed by start() alone", () => {
    const Constructor = ActorRef as unknown as new (
      mailbox: object,
    ) => ActorRef;
    assertThrows(() => new Constructor(undefined as never).isAlive());
  });
});
