/** The toy runtime itself: that it takes apart what the tests send through it. */
import {
  Actor,
  ActorDeadError,
  type ActorProxy,
  type ActorRef,
  ActorSystem,
  DeadlockError,
  EventedActor,
  type Future,
  InvalidStateError,
  Timeout,
} from "@dekka/actors";
import { Lines } from "../lines.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  test,
} from "../test.ts";
import { ToyActor } from "./toy.ts";

class Echo extends ToyActor<unknown, unknown> {
  got: unknown;
  override onReceive(message: unknown): unknown {
    return this.got = message;
  }
  fail(error: unknown): never {
    throw error;
  }
  mark(record: { marked?: boolean }): { marked?: boolean } {
    record.marked = true;
    return record;
  }
}

class Holder extends ToyActor {
  constructor(readonly list: number[]) {
    super();
  }
  add(n: number): number {
    return this.list.push(n);
  }
}

class Adder extends EventedActor {
  add(a: number, b: number): number {
    return a + b;
  }
}

/** Hands on to an actor of the other runtime. */
class Sender extends ToyActor {
  delegate(adder: ActorProxy<Adder>): Future<number> {
    return adder.add(1, 2);
  }
  async ask(adder: ActorRef<Adder>): Promise<number> {
    return await adder.proxy().add(3, 4);
  }
}

class Receiver extends EventedActor {
  async echo(to: ActorRef<Echo>, message: unknown): Promise<unknown> {
    return await to.ask(message);
  }
}

function quiet(): ActorSystem {
  return new ActorSystem({ logger: new Lines() });
}

test("ToyActor is an actor of another runtime", async () => {
  await using echo = Echo.start();
  assert(Echo.prototype instanceof Actor);
  assertEquals(Echo.prototype instanceof EventedActor, false);
  assertEquals(echo.isAlive(), true);
});

test("ToyActor gets copies, and answers with copies", async () => {
  await using echo = Echo.start();
  const record = { list: [1], map: new Map([["a", new Set([1])]]) };
  const answer = await echo.ask(record);
  assertEquals(answer, record);
  assertNotStrictEquals(answer, record);
  const given: { marked?: boolean } = {};
  assertEquals(await echo.proxy().mark(given), { marked: true });
  assertEquals(given, {});
  const [one, two] = [await echo.proxy().got, await echo.proxy().got];
  assertEquals(one, two);
  assertNotStrictEquals(one, two);
});

test("ToyActor gets copies of its constructor's arguments and of what is set", async () => {
  const list = [1];
  await using holder = Holder.start(list);
  await holder.proxy().add(2);
  assertEquals(list, [1]);
  assertEquals(await holder.proxy().list, [1, 2]);
  const next = [7];
  await (holder as ActorRef).set("list" as never, next as never);
  next.push(8);
  assertEquals(await holder.proxy().list, [7]);
});

test("ToyActor gets references and proxies as what they are, however deep", async () => {
  await using echo = Echo.start();
  await using other = Echo.start();
  const sent = {
    list: [other],
    map: new Map([[other, new Set([other])]]),
    proxy: other.proxy(),
  };
  const answer = await echo.ask(sent) as typeof sent;
  assertStrictEquals(answer.list[0], other);
  assertEquals([...answer.map.keys()], [other]);
  assertEquals([...answer.map.values()][0], new Set([other]));
  assertStrictEquals(answer.proxy, other.proxy());
  assertStrictEquals(await echo.ask(echo), echo);
});

test("ToyActor passes errors on with class, message, stack, cause and own properties", async () => {
  await using system = quiet();
  const echo = system.start(Echo);
  const cause = new SyntaxError("cause");
  const error = Object.assign(new RangeError("as told", { cause }), {
    code: 7,
    detail: { by: echo },
  });
  const got = await assertRejects(() => echo.proxy().fail(error).get());
  assertInstanceOf(got, RangeError);
  assertNotStrictEquals(got, error);
  assertEquals(got.message, "as told");
  assertEquals(got.stack, error.stack);
  assertInstanceOf(got.cause, SyntaxError);
  assertEquals(got.cause.message, "cause");
  assertEquals(Reflect.get(got, "code"), 7);
  assertStrictEquals(Reflect.get(got, "detail").by, echo);
});

test("ToyActor passes the library's errors on", async () => {
  await using system = quiet();
  const echo = system.start(Echo);
  const dead = new ActorDeadError("dead", {
    actorUrn: "urn:uuid:1",
    reason: "failed",
    cause: new RangeError("why"),
  });
  const errors = [
    dead,
    new Timeout("late", 5),
    new DeadlockError("circle", ["A.a", "A.a"]),
    new InvalidStateError("twice"),
  ];
  for (const error of errors) {
    const got = await assertRejects(() => echo.proxy().fail(error).get());
    assertInstanceOf(got, error.constructor as typeof Error);
    assertEquals([got.name, got.message], [error.name, error.message]);
    assertEquals<object>({ ...got }, { ...error });
  }
});

test("ToyActor passes on what is thrown and is no error", async () => {
  await using system = quiet();
  const echo = system.start(Echo);
  for (const thrown of [undefined, null, 0, "text", { a: 1 }]) {
    const outcome = await echo.proxy().fail(thrown).get().then(
      () => "returned",
      (error) => ({ error }),
    );
    assertEquals(outcome, { error: thrown });
  }
});

test("ToyActor fails the ask whose message cannot be cloned, and lives on", async () => {
  await using system = quiet();
  const echo = system.start(Echo);
  for (
    const message of [() => {}, Symbol("s"), { save() {} }, [new WeakMap()]]
  ) {
    await assertRejects(() => echo.ask(message).get(), TypeError);
    assertThrows(() => echo.tell(message), TypeError);
  }
  assertEquals(await echo.ask("hello"), "hello");
  assertEquals(await echo.proxy().got, "hello");
});

test("ToyActor fails the ask whose reply cannot be cloned, and lives on", async () => {
  await using system = quiet();
  class Odd extends ToyActor {
    method(): unknown {
      return () => {};
    }
  }
  const odd = system.start(Odd);
  await assertRejects(() => odd.proxy().method().get(), TypeError);
  assertEquals(odd.isAlive(), true);
});

test("ToyActor throws from start() where an argument cannot be cloned", async () => {
  await using system = quiet();
  assertThrows(() => system.start(Holder, [() => 1] as never), TypeError);
  assertEquals(system.registry.getAll(), []);
});

test("ToyActor and EventedActor talk to each other", async () => {
  await using system = quiet();
  const adder = system.start(Adder);
  const sender = system.start(Sender);
  assertEquals(await sender.proxy().ask(adder), 7);
  assertEquals(await sender.proxy().delegate(adder.proxy()), 3);
  const receiver = system.start(Receiver);
  const echo = system.start(Echo);
  assertEquals(await receiver.proxy().echo(echo, { a: 1 }), { a: 1 });
});
