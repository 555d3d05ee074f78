import {
  ActorDeadError,
  type ActorRef,
  ActorRegistry,
  ActorSystem,
  DeadlockError,
  EventedActor,
  Timeout,
} from "@dekka/actors";
import { transfer, workers } from "@dekka/actors/worker";
import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  delay,
  test,
  testUnless,
} from "../test.ts";
import {
  Alone,
  BadConstructor,
  BadStart,
  Caller,
  Helper,
  type Leaving,
  limitPosts,
  Link,
  LONGEST,
  Misnamed,
  NeverLoaded,
  NoModule,
  NotExported,
  OddError,
  Speaker,
  WrongModule,
} from "./worker/actors.ts";
import { Thrower } from "./worker/throwers.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

class Recorder {
  readonly lines: [level: string, text: string, ...data: unknown[]][] = [];
  debug = (): void => {};
  info = (): void => {};
  warn = (text: string, ...data: unknown[]): void =>
    void this.lines.push(["warn", text, ...data]);
  error = (text: string, ...data: unknown[]): void =>
    void this.lines.push(["error", text, ...data]);
}

/** What comes of what is waited for, in words. */
async function outcomesOf(
  futures: readonly PromiseLike<unknown>[],
): Promise<string[]> {
  const outcomes = await Promise.allSettled(futures);
  return outcomes.map((outcome) =>
    String(outcome.status === "fulfilled" ? outcome.value : outcome.reason)
  );
}

/** An actor of the test's own thread. */
class Local extends EventedActor<unknown, unknown> {
  count = 0;
  add(n: number): number {
    return this.count += n;
  }
  override onReceive(message: unknown): unknown {
    return message;
  }
}

test("WorkerActor.start() returns at once, and messages sent before the Worker is up keep their order", async () => {
  await using helper = Helper.start(3);
  for (let i = 0; i < 100; i++) helper.tell(i);
  assertEquals(await helper.proxy().count, 3);
  const notes = await helper.proxy().notes() as unknown[];
  assertEquals(notes, Array.from({ length: 100 }, (_, i) => i));
});

test("WorkerActor answers asks, calls, reads and writes", async () => {
  await using helper = Helper.start();
  assertEquals(await helper.ask({ a: [1] }), { a: [1] });
  assertEquals(await helper.proxy().add(2), 2);
  await helper.set("count", 21);
  assertEquals(await helper.proxy().double, 42);
});

test("WorkerActor.start() throws for a class without a module, and for arguments that cannot be cloned", () => {
  assertThrows(() => NoModule.start(), TypeError, "Cannot start NoModule");
  const Nameless = (() => class extends Helper {})();
  assertThrows(() => Nameless.start(), TypeError, "without a name");
  const argument = (() => {}) as unknown as number;
  assertThrows(
    () => Helper.start(argument),
    TypeError,
    "Cannot clone argument 1: it is a function",
  );
  assertEquals(workers.running, 0);
  assertEquals(ActorRegistry.getAll(), []);
});

test("WorkerActor.start() throws where there are no Workers", () => {
  const platform = globalThis as { Worker?: unknown };
  const { Worker } = platform;
  platform.Worker = undefined;
  try {
    assertThrows(() => Helper.start(), TypeError, "has no Workers");
  } finally {
    platform.Worker = Worker;
  }
  assertEquals(ActorRegistry.getAll(), []);
});

test("WorkerActor fails to start with the cause, and says so", async () => {
  const { size } = workers;
  workers.size = 1;
  const neighbour = Helper.start();
  for (
    const [actorClass, message] of [
      [BadConstructor, "constructor"],
      [BadStart, "onStart"],
      [WrongModule, "nowhere.ts"],
      [NotExported, "Cannot find class Private"],
      [Misnamed, "Cannot find class NoActor"],
    ] as const
  ) {
    const logger = new Recorder();
    await using system = new ActorSystem({ logger });
    const ref = system.start(actorClass as typeof BadStart);
    const error = await assertRejects(
      () => ref.proxy().actorUrn.get(),
      ActorDeadError,
    );
    assertEquals(error.reason, "start-failed");
    assertMatch((error.cause as Error).message, new RegExp(message));
    await ref.stopped;
    assertEquals(await ref.stop(), false);
    assertEquals(system.registry.getAll(), []);
    assertEquals(logger.lines.map(([level]) => level), ["error"]);
  }
  assertEquals(await neighbour.proxy().add(1), 1); // on the same thread
  await neighbour.stop();
  workers.size = size;
});

// Nothing of these has begun when the Worker hears that it is not wanted.

test("WorkerActor that is killed before it is constructed has not failed", async () => {
  const logger = new Recorder();
  const events: string[] = [];
  await using system = new ActorSystem({ logger });
  for (const type of ["started", "failed", "killed"] as const) {
    system.addEventListener(type, () => events.push(type));
  }
  const ref = system.start(Helper);
  const asked = ref.ask("killed");
  ref.kill("not needed");
  const error = await assertRejects(() => asked.get(), ActorDeadError);
  assertEquals([error.reason, error.cause], ["killed", "not needed"]);
  await ref.stopped;
  assertEquals(events, ["killed"]);
  assertEquals(logger.lines, []);
});

test("WorkerActor that is killed before it is constructed counts its dead letters once", async () => {
  const logger = new Recorder();
  const letters: number[] = [];
  await using system = new ActorSystem({ logger });
  system.addEventListener("deadletter", ({ count }) => letters.push(count));
  const ref = system.start(Helper);
  for (let i = 0; i < 10; i++) ref.tell(i);
  ref.kill();
  await ref.stopped;
  assertEquals(letters, [10]);
  assertEquals(logger.lines.map(([, text]) => text), [
    `10 messages to ${ref} were never handled, the first for onReceive`,
  ]);
});

test("WorkerActor handles no message that was given up before it was constructed", async () => {
  await using helper = Helper.start();
  const controller = new AbortController();
  const { signal } = controller;
  const given = [1, 2].map((n) => helper.ask(n, { signal }));
  const kept = helper.ask("kept");
  controller.abort("enough");
  for (const ask of given) {
    assertEquals(await ask.get().catch(String), "enough");
  }
  await kept;
  assertEquals(await helper.proxy().notes(), ["kept"]);
});

test("WorkerActor returns errors with class, stack, cause, errors and own properties", async () => {
  await using helper = Helper.start();
  const proxy = helper.proxy();
  const odd = await assertRejects(() => proxy.threw("odd").get(), OddError);
  assertEquals([odd.message, odd.odd], ["odd", [1, { deep: true }]]);
  assertMatch(odd.stack!, /at \S*threw \(/);
  assertInstanceOf(odd.cause, TypeError);
  const many = await assertRejects(
    () => proxy.threw("aggregate").get(),
    AggregateError,
  );
  assertInstanceOf(many.errors[1], OddError);
  const hidden = await proxy.threw("hidden").catch((error) =>
    error as Error & { hidden: number }
  ) as Error & { hidden: number };
  assertStrictEquals(hidden.constructor, Error);
  assertEquals([hidden.message, hidden.hidden], ["hidden", 1]);
  assertEquals(await proxy.threw("string").catch((error) => error), "a string");
});

test("WorkerActor returns errors of a class that several modules export", async () => {
  await using helper = Helper.start();
  await assertRejects(() => helper.proxy().threw("odd").get(), OddError);
  await using thrower = Thrower.start();
  await assertRejects(() => thrower.ask("odd").get(), OddError, "odd");
  assertEquals(await thrower.ask(new OddError("to and fro")), true);
});

test("WorkerActor fails an ask with TypeError that names what cannot be cloned", async () => {
  await using helper = Helper.start();
  await assertRejects(
    () => helper.proxy().echo({ user: { save() {} } }).get(),
    TypeError,
    "Cannot clone argument 1: .user.save is a function",
  );
  await assertRejects(
    () => helper.proxy().unclonable().get(),
    TypeError,
    "Cannot clone reply: .user.save is a function",
  );
  assertThrows(() => helper.tell(Symbol()), TypeError, "it is a symbol");
  assertEquals(await helper.proxy().add(1), 1);
});

test("WorkerActor is not harmed by what throws when it is cloned", async () => {
  await using helper = Helper.start();
  const proxy = helper.proxy();
  await assertRejects(() => proxy.threw("hostile").get(), Error, "hostile");
  await assertRejects(
    () => proxy.unreadable().get(),
    TypeError,
    "Cannot clone reply: it threw Error: hostile",
  );
  assertEquals(await proxy.add(1), 1);
});

test("WorkerActor cannot take its thread for itself", async () => {
  await using helper = Helper.start();
  await assertRejects(
    () => helper.proxy().postOutside().get(),
    TypeError,
    "Cannot post a message from a Worker of actors",
  );
  assertEquals(await helper.proxy().add(1), 1);
});

test("WorkerActor is not harmed by what is too large to be sent", async () => {
  const logger = new Recorder();
  await using system = new ActorSystem({ logger });
  await using helper = system.start(Helper, 0);
  const undo = limitPosts(Worker.prototype);
  try {
    const long = "x".repeat(LONGEST + 1);
    const asks: PromiseLike<unknown>[] = [
      helper.ask("before"),
      helper.ask(long),
      helper.ask([long]),
      helper.proxy().echo({ long }),
      helper.set("held", long),
      system.start(Speaker, [long as unknown as MessagePort]).ask("started"),
    ];
    helper.tell(long);
    asks.push(helper.ask("after"));
    assertEquals(
      (await outcomesOf(asks)).map((text) => text.replace(/^.*\): /, "")),
      [
        "before",
        "TypeError: Cannot clone message: too much",
        "TypeError: Cannot clone message: too much",
        "TypeError: Cannot clone argument: too much",
        "TypeError: Cannot clone value: too much",
        "actor failed to start",
        "after",
      ],
    );
    assertEquals(logger.lines.map(([, text]) => text.replace(/ \(.*?\)/, "")), [
      "Helper was not reached",
      "Speaker failed to start",
    ]);
    assertEquals(await helper.proxy().notes(), ["before", "after"]);
  } finally {
    undo();
  }
});

test("WorkerActor is not harmed by what is too large to be answered", async () => {
  await using asked = Alone.start();
  await using asker = Alone.start();
  const proxy = asked.proxy();
  await proxy.limitPorts();
  const calls: PromiseLike<unknown>[] = [];
  for (const what of ["long", "throwLong", "long"] as const) {
    calls.push(asker.proxy().callOther(asked, what, LONGEST + 1));
  }
  calls.push(asker.proxy().callOther(asked, "long", 3));
  assertEquals(await outcomesOf(calls), [
    "TypeError: Cannot clone reply: too much",
    "TypeError: Cannot clone exception: too much",
    "TypeError: Cannot clone reply: too much",
    "xxx",
  ]);
});

test("WorkerActor is not harmed by what is nested too deep to arrive", async () => {
  await using helper = Helper.start();
  const before = helper.proxy().add(1);
  let deep: unknown[] = [];
  for (let i = 0; i < 5000; i++) deep = [deep];
  await assertRejects(() => helper.ask(deep).get(), TypeError, "nested");
  assertEquals(await before, 1);
});

test("WorkerActor knows the methods of an actor that a failed ask told of first", async () => {
  await using helper = Helper.start();
  await using local = Local.start();
  const proxy = helper.proxy();
  await assertRejects(() => proxy.echo([local, () => {}]).get(), TypeError);
  assertEquals(await proxy.addTo(local as unknown as ActorRef<Helper>, 2), 2);
});

test("transfer() moves buffers to a Worker and back", async () => {
  await using helper = Helper.start();
  const bytes = new Uint8Array(1000);
  const moved = helper.proxy().bytes(transfer(bytes, [bytes.buffer]));
  assertEquals(bytes.byteLength, 0);
  assertEquals(await moved, 1000);
  assertEquals(await helper.proxy().buffer(), new Uint8Array([1, 2, 3]));
});

test("transfer() moves ports between Workers that have not met, and to actors that are not up", async () => {
  await using first = Alone.start();
  await using second = Alone.start();
  const expected = ["hello", "before", "after"];
  assertEquals(await first.proxy().hear(second), expected);
  assertEquals(await first.proxy().hear(), expected);
  assertEquals(await first.proxy().hearNew(), "hello");
});

test("WorkerActor gets messages as they were when they were sent", async () => {
  await using helper = Helper.start();
  const list = [1];
  const first = helper.ask(list);
  list.push(2);
  const bytes = new Uint8Array(2);
  const second = helper.ask(bytes);
  bytes[0] = 1;
  assertEquals(await first, [1]);
  assertEquals(await second, new Uint8Array(2));
});

test("WorkerActor gets and answers every plain value, one at a time", async () => {
  await using helper = Helper.start();
  const plain = [undefined, null, true, 0, -0, NaN, Infinity, 1e300, 10n];
  const texts = ["", "\0", '"', "\ud800", "∀", "long".repeat(1000)];
  const holey = Object.assign([1, 2], { length: 3 });
  const objects = [{ a: undefined }, { b: -0 }, holey, [[], {}], [1n]];
  for (const value of [...plain, ...texts, ...objects]) {
    assertEquals(fc.stringify(await helper.ask(value)), fc.stringify(value));
  }
  const both = { one: {} };
  const copy = await helper.proxy().echo([both, both]) as object[];
  assertStrictEquals(copy[0], copy[1]);
});

test("WorkerActor keeps the order of what is sent, at any pace", async () => {
  await using helper = Helper.start();
  const sent: unknown[] = [];
  const tell = (message: unknown) => {
    sent.push(message);
    helper.tell(message);
  };
  for (let i = 0; i < 2000; i++) {
    if (i % 3 === 0) tell([i, new Uint8Array(1)]);
    if (i % 5 === 0) tell({ i });
    // A pause like that between an answer and the next ask.
    const end = performance.now() + (i % 100) / 1000;
    while (performance.now() < end);
    sent.push(i);
    assertEquals(await helper.ask(i), i);
  }
  assertEquals(await helper.proxy().notes(), sent);
});

test("WorkerActor has timers that fire while it is asked again and again", async () => {
  await using helper = Alone.start();
  await helper.proxy().countTurns();
  for (let i = 0; i < 3000; i++) await helper.ask(i);
  const count = await helper.proxy().count;
  assert(count > 3, String(count));
});

test("ActorRef crosses threads as the one reference that a thread has", async () => {
  await using one = Helper.start();
  await using two = Helper.start();
  await using local = Local.start();
  assertEquals(await one.proxy().isMe(one), true);
  assertEquals(await two.proxy().isMe(one), false);
  assertEquals(await one.proxy().isHeld(two), false);
  assertEquals(await one.proxy().isHeld(two), true);
  assertStrictEquals(await one.ask(one), one);
  assertStrictEquals(await one.ask(two), two);
  assertStrictEquals(await one.ask(local), local);
  assertStrictEquals(await one.ask(local.proxy()), local.proxy());
});

test("ActorRef reaches actors of any thread from any thread", async () => {
  await using one = Helper.start();
  await using two = Helper.start();
  await using local = Local.start();
  assertEquals(await one.proxy().addTo(two, 5), 5);
  assertEquals(await two.proxy().addTo(one, 6), 6);
  assertEquals(await one.proxy().addTo(one, 1), 7);
  const self = local as unknown as ActorRef<Helper>;
  assertEquals(await one.proxy().addTo(self, 8), 8);
  await one.proxy().tellMany(two, 1000);
  let notes: unknown[] = [];
  while (notes.length < 1000) notes = await two.proxy().notes();
  assertEquals(notes, Array.from({ length: 1000 }, (_, i) => i));
});

test("WorkerActor starts others beside it, which are known everywhere", async () => {
  await using one = Helper.start();
  await using two = Helper.start();
  assertEquals(await one.proxy().startAndAsk(two), [6, 7, 7]);
  const child = await one.proxy().startOne(9) as ActorRef<Helper>;
  assertStrictEquals(ActorRegistry.getByUrn(child.actorUrn), child);
  assertEquals(ActorRegistry.getByClass(Helper), [one, two, child]);
  assertEquals(await child.proxy().count, 9);
  assertEquals(await child.stop(), true);
});

test("WorkerActor that no Worker can be started for fails to start, also for who started it in another", async () => {
  const logger = new Recorder();
  await using system = new ActorSystem({ logger });
  const alone = system.start(Alone);
  assertEquals(await alone.ask(1), 1);
  const platform = globalThis as { Worker?: unknown };
  const { Worker } = platform;
  platform.Worker = class {
    constructor() {
      throw new RangeError("no more threads");
    }
  };
  try {
    assertThrows(() => system.start(Helper), RangeError, "no more threads");
    const error = await assertRejects(
      () => alone.proxy().startAndAsk(alone).get(),
      ActorDeadError,
    );
    assertEquals(error.reason, "start-failed");
    assertEquals((error.cause as Error).message, "no more threads");
  } finally {
    platform.Worker = Worker;
  }
  assertEquals(system.registry.getAll(), [alone]);
  assertMatch(logger.lines[0]![1], /^Helper .* failed to start$/);
});

test("WorkerActor gives up with its asker", async () => {
  await using helper = Helper.start();
  await using seen = Helper.start();
  const controller = new AbortController();
  const ask = helper.proxy().untilAborted(seen);
  ask.catch(() => {});
  while ((await seen.proxy().notes()).length === 0);
  await assertRejects(
    () => helper.ask(1, { timeout: 0 }).get(),
    Timeout,
  );
  const waiting = helper.ask(2, { signal: controller.signal });
  controller.abort(new OddError("enough"));
  await assertRejects(() => waiting.get(), OddError);
  helper.kill(new OddError("out"));
  const error = await assertRejects(() => ask.get(), ActorDeadError);
  assertEquals(error.reason, "killed");
  let notes: unknown[] = [];
  while (notes.length < 2) notes = await seen.proxy().notes();
  assertEquals(notes, ["begun", "RangeError: out"]);
});

test("WorkerActor that fails by a tell ends, and says so", async () => {
  const logger = new Recorder();
  await using system = new ActorSystem({ logger });
  const failures: unknown[] = [];
  system.addEventListener("failed", ({ actorRef, error }) => {
    failures.push([actorRef, error]);
  });
  const helper = system.start(Helper, 0);
  helper.tell("fail");
  helper.tell("too late");
  const late = helper.ask("late");
  const error = await assertRejects(() => late.get(), ActorDeadError);
  assertEquals(error.reason, "failed");
  assertInstanceOf(error.cause, OddError);
  await helper.stopped;
  assertEquals(helper.isAlive(), false);
  assertThrows(() => helper.tell(1), ActorDeadError);
  assertEquals(system.registry.getAll(), []);
  assertEquals(logger.lines.length, 2);
  assertMatch(logger.lines[0]![1], /onReceive of Helper .* threw/);
  assertMatch(logger.lines[1]![1], /1 message to Helper .* never handled/);
  assertEquals((failures as [[ActorRef, Error]])[0][0], helper);
});

test("WorkerPool uses Workers again, and has as many as it may", async () => {
  const { size } = workers;
  workers.size = 2;
  const helpers = [1, 2, 3, 4, 5].map((n) => Helper.start(n));
  assertEquals(workers.running, 2);
  const counts = helpers.map((helper) => helper.proxy().count.get());
  assertEquals(await Promise.all(counts), [1, 2, 3, 4, 5]);
  await using alone = Alone.start(6);
  assertEquals(workers.running, 3);
  assertEquals(await alone.proxy().count, 6);
  for (const helper of helpers) await helper.stop();
  assert(workers.running > 0);
  await alone.stop();
  assertEquals(workers.running, 0);
  workers.size = size;
});

test("ActorSystem that is opened in a Worker has its own actors and settings", async () => {
  const { size } = workers;
  workers.size = 1;
  const logger = new Recorder();
  const { logger: before } = ActorSystem.default;
  ActorSystem.default.logger = logger;
  try {
    const helper = Helper.start();
    assertEquals(await helper.proxy().useOwnSystem(), [2, true, 0]);
    helper.tell("fail");
    await helper.stopped;
    assertEquals(logger.lines.length, 1);
  } finally {
    ActorSystem.default.logger = before;
    workers.size = size;
  }
});

test("WorkerPool.keepAlive keeps Workers for actors to come, dedicated ones too", async () => {
  workers.keepAlive = true;
  try {
    for (const actorClass of [Alone, Helper, Alone, Helper, Alone]) {
      const ref = actorClass.start(1);
      assertEquals(await ref.proxy().add(1), 2);
      await ref.stop();
    }
    assertEquals(workers.running, 2);
    await using first = Alone.start();
    await using second = Alone.start();
    assertEquals(workers.running, 3);
    assertEquals(await first.ask(1), await second.ask(1));
  } finally {
    workers.keepAlive = false;
  }
  assertEquals(workers.running, 0);
});

const LEAVINGS: readonly Leaving[] = [
  "close",
  "throw",
  "throw null",
  "reject",
  "reject with nothing",
  "exit",
  "miss",
];

for (const how of LEAVINGS) {
  test(`WorkerActor is lost with its Worker: ${how}`, async () => {
    const logger = new Recorder();
    await using system = new ActorSystem({ logger });
    await using watcher = Alone.start();
    const helper = system.start(Alone, 0);
    const asks = [helper.proxy().hang(), helper.ask(1)];
    const other = watcher.proxy().addTo(helper as ActorRef<Helper>, 1);
    helper.tell("waiting");
    const lost = system.start(Alone, 0);
    lost.proxy().leave.defer(how);
    await lost.stopped;
    assertEquals(lost.isAlive(), false);
    assertEquals(logger.lines.length, 1);
    assertMatch(logger.lines[0]![1], /Alone .* is lost/);
    const dead = await assertRejects(() => lost.ask(1).get(), ActorDeadError);
    assertEquals(dead.reason, "lost");
    helper.kill();
    for (const ask of [...asks, other]) {
      await assertRejects(() => ask.get(), ActorDeadError);
    }
    const isOdd = how === "throw" || how === "reject";
    assertInstanceOf(dead.cause, isOdd ? OddError : Error);
  });
}

test("WorkerActor is lost with its Worker: its posts cannot be read", async () => {
  const made: Worker[] = [];
  const platform = globalThis as { Worker: typeof Worker };
  const { Worker: Before } = platform;
  platform.Worker = class extends Before {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      made.push(this);
    }
  };
  try {
    await using system = new ActorSystem({ logger: silent });
    const helper = system.start(Alone, 0);
    assertEquals(await helper.ask(1), 1);
    const asked = helper.proxy().hang();
    made[0]!.dispatchEvent(new MessageEvent("messageerror"));
    const { reason, cause } = await assertRejects(
      () => asked.get(),
      ActorDeadError,
    );
    assertEquals(reason, "lost");
    assertMatch((cause as Error).message, /could not be read/);
  } finally {
    platform.Worker = Before;
  }
});

test("WorkerPool.size is 1 or more", () => {
  const { size } = workers;
  for (const wrong of [0, -1, NaN]) {
    assertThrows(() => workers.size = wrong, RangeError, `got ${wrong}`);
  }
  assertEquals(workers.size, size);
});

test("WorkerPool.close() ends what lives on it, and settles every ask", async () => {
  await using system = new ActorSystem({ logger: silent });
  const helper = system.start(Helper, 0);
  const other = system.start(Helper, 0);
  await other.proxy().addTo(helper, 1);
  const asks = [helper.proxy().hang(), helper.ask(1)];
  workers.close();
  for (const ask of asks) {
    const error = await assertRejects(() => ask.get(), ActorDeadError);
    assertMatch(error.reason, /lost|start-failed/);
  }
  assertEquals(await helper.stop(), false);
  assertEquals(system.registry.getAll(), []);
  assertEquals(workers.running, 0);
});

test("DeadlockError is thrown where a circle of asks goes through several threads", async () => {
  await using system = new ActorSystem({ logger: silent });
  const links = [1, 2, 3].map(() => system.start(Link));
  for (const [i, link] of links.entries()) {
    await link.set("next", links[(i + 1) % links.length]);
  }
  const error = await assertRejects(
    () => links[0]!.proxy().ask().get(),
    DeadlockError,
  );
  assertEquals(
    error.message,
    "Cannot ask Link.ask: the asks form a circle: Link.ask → Link.ask → Link.ask → Link.ask",
  );
  for (const link of links) assertEquals(await link.stop(), true);
});

for (const count of [2, 3, 7]) {
  test(`DeadlockError is thrown to one of ${count} actors that ask each other in a circle at the same time`, async () => {
    await using system = new ActorSystem({ logger: silent });
    const refs = Array.from({ length: count }, () => system.start(Caller));
    const after = (i: number) => refs[(i + 1) % count];
    let circles = 0;
    for (let round = 0; round < 50; round++) {
      const asks = refs.map((ref, i) => ref.proxy().call(after(i)).get());
      const outcomes = await Promise.allSettled(asks);
      const failed = outcomes.filter(({ status }) => status === "rejected");
      for (const { reason } of failed as PromiseRejectedResult[]) {
        assertInstanceOf(reason, DeadlockError);
        assertEquals(reason.path.length, count + 1);
      }
      assert(failed.length <= 1, `${failed.length} of one circle failed`);
      circles += failed.length;
    }
    assert(circles > 0, "they never asked at the same time");
  });
}

for (const how of ["coarse", "late"] as const) {
  test(`DeadlockError is thrown also where clocks of threads are ${how}`, async () => {
    await using system = new ActorSystem({ logger: silent });
    const [a, b] = [system.start(Caller), system.start(Caller)];
    await a.proxy().turnClock(how);
    if (how === "coarse") await b.proxy().turnClock(how);
    let circles = 0;
    for (let round = 0; round < 200; round++) {
      const asks = [a.proxy().call(b).get(), b.proxy().call(a).get()];
      for (const { status } of await Promise.allSettled(asks)) {
        if (status === "rejected") circles++;
      }
    }
    assert(circles > 0, "they never asked at the same time");
  });
}

test("ActorSystem.stuckAfter holds for actors in Workers", async () => {
  const logger = new Recorder();
  await using system = new ActorSystem({ logger, stuckAfter: 40 });
  const events: unknown[] = [];
  const stuck = new Promise<void>((resolve) => {
    system.addEventListener("stuck", ({ actorRef }) => {
      events.push(actorRef);
      resolve();
    });
  });
  const helper = system.start(Helper, 0);
  helper.proxy().hang().catch(() => {});
  await stuck;
  assertEquals(events, [helper]);
  while (logger.lines.length === 0) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assertMatch(logger.lines[0]![1], /^hang of Helper .* has run for 40 ms$/);
  helper.kill();
});

testUnless(
  !("Deno" in globalThis) && "the module could not know where it is",
  "ActorSystem.stuckAfter holds for modules that are never loaded",
  async () => {
    const logger = new Recorder();
    await using system = new ActorSystem({ logger, stuckAfter: 40 });
    const stuck = new Promise<ActorRef | undefined>((resolve) =>
      system.addEventListener("stuck", ({ actorRef }) => resolve(actorRef))
    );
    const ref = system.start(NeverLoaded);
    const asked = ref.ask(1);
    assertEquals(await stuck, ref);
    while (logger.lines.length === 0) await delay(0);
    assertMatch(logger.lines[0]![1], /^NeverLoaded .* for 40 ms: data:/);
    ref.kill();
    await assertRejects(() => asked.get(), ActorDeadError);
    await ref.stopped;
  },
);

testUnless(
  typeof SharedArrayBuffer === "undefined" && "there is no shared memory",
  "ActorSystem.stuckAfter warns of actors behind a killed handler that runs on",
  async () => {
    const logger = new Recorder();
    await using system = new ActorSystem({ logger, stuckAfter: 1500 });
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const { size } = workers;
    workers.size = 1;
    try {
      const [spinning, waiting] = [system.start(Helper), system.start(Helper)];
      const stuck = new Promise<ActorRef | undefined>((resolve) =>
        system.addEventListener("stuck", ({ actorRef }) => resolve(actorRef))
      );
      const killed: unknown[] = [];
      system.addEventListener("killed", (event) => killed.push(event.actorRef));
      spinning.proxy().spinUntil.defer(flags);
      while (Atomics.load(flags, 0) === 0) await delay(1);
      spinning.kill();
      const reply = waiting.ask("late");
      assertStrictEquals<unknown>(await stuck, waiting);
      assertEquals(killed, [spinning]);
      assertEquals(logger.lines.map(([, text]) => text), [
        `${waiting} waits for its Worker: a handler of ${spinning} runs on after kill()`,
      ]);
      Atomics.store(flags, 1, 1);
      assertEquals(await reply, "late");
      assertEquals(killed, [spinning]); // once, though the thread tells as well
    } finally {
      Atomics.store(flags, 1, 1); // whatever happens, the thread goes on
      workers.size = size;
    }
  },
);

test("WorkerActor asked around a chain that is no circle gets its answer", async () => {
  await using system = new ActorSystem({ logger: silent });
  const [one, two] = [system.start(Helper, 0), system.start(Helper, 0)];
  const asks = Array.from({ length: 20 }, () =>
    Promise.all([
      one.proxy().addTo(two, 1).get(),
      two.proxy().addTo(one, 1).get(),
    ]));
  await Promise.all(asks);
  assertEquals(await one.proxy().count, 20);
});
