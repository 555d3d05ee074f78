import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertNotStrictEquals,
  assertRejects,
  assertSpyCall,
  assertSpyCalls,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  delay,
  fail,
  FakeTime,
  spy,
  stub,
  test,
} from "./test.ts";

// What the tests rely on must hold for @std and for its stand-ins alike: these
// tests pass with both.

test("assertEquals() compares deeply, and takes -0 for 0", () => {
  assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] });
  assertEquals(new Map([["a", 1]]), new Map([["a", 1]]));
  assertEquals(NaN, NaN);
  assertEquals(-0, 0);
  assertThrows(() => assertEquals({ a: 1 }, { a: 2 }));
  assertThrows(() => assertEquals<unknown>({ a: undefined }, {}));
  assertThrows(() => assertEquals<unknown>([1], { 0: 1 }));
});

test("assertNotEquals() fails for what is deeply equal", () => {
  assertNotEquals({ a: 1 }, { a: 2 });
  assertThrows(() => assertNotEquals({ a: 1 }, { a: 1 }));
});

test("assertStrictEquals() and its contrary see identity", () => {
  const one = {};
  assertStrictEquals(one, one);
  assertNotStrictEquals(one, {});
  assertThrows(() => assertStrictEquals({}, {}));
  assertThrows(() => assertNotStrictEquals(one, one));
});

test("assert(), fail(), assertMatch() and assertStringIncludes() can fail", () => {
  assert(1);
  assertMatch("abc", /b/);
  assertStringIncludes("abc", "b");
  assertThrows(() => assert(0));
  assertThrows(() => fail("why"), Error, "why");
  assertThrows(() => assertMatch("abc", /d/));
  assertThrows(() => assertStringIncludes("abc", "d"));
});

test("assertInstanceOf() narrows the type", () => {
  const error: unknown = new RangeError("too far");
  assertInstanceOf(error, RangeError);
  assertEquals(error.message, "too far");
  assertThrows(() => assertInstanceOf(error, TypeError));
});

test("assertThrows() checks class and message and returns the error", () => {
  const error = new RangeError("too far");
  const found = assertThrows(() => raise(error), RangeError, "far");
  assertStrictEquals(found, error);
  assertThrows(() => assertThrows(() => raise(error), TypeError));
  assertThrows(() => assertThrows(() => raise(error), RangeError, "near"));
  assertThrows(() => assertThrows(() => 1));
});

test("assertRejects() checks class and message and returns the error", async () => {
  const error = new RangeError("too far");
  const found = await assertRejects(
    () => Promise.reject(error),
    RangeError,
    "far",
  );
  assertStrictEquals(found, error);
  assertStrictEquals(await assertRejects(() => Promise.reject(1)), 1);
  await assertRejects(() =>
    assertRejects(() => Promise.reject(error), TypeError)
  );
  await assertRejects(() => assertRejects(() => Promise.resolve(1)));
  await assertRejects(() => assertRejects(() => raise(error)));
});

test("delay() ends with the reason when its signal aborts", async () => {
  await delay(0);
  const controller = new AbortController();
  const waiting = delay(100_000, { signal: controller.signal });
  controller.abort(new RangeError("enough"));
  await assertRejects(() => waiting, RangeError, "enough");
  const { signal } = controller;
  await assertRejects(() => delay(100_000, { signal }), RangeError, "enough");
});

test("FakeTime rules timers, dates, delays and AbortSignal.timeout()", async () => {
  using time = new FakeTime(1_000);
  const ticks: number[] = [];
  const interval = setInterval(() => ticks.push(Date.now()), 100);
  const late = delay(250).then(() => ticks.push(-1));
  const signal = AbortSignal.timeout(400);
  time.tick(250);
  assertEquals(ticks, [1_100, 1_200]);
  await late;
  assertEquals(ticks, [1_100, 1_200, -1]);
  await time.tickAsync(150);
  assert(signal.aborted);
  assertEquals(signal.reason.name, "TimeoutError");
  assertEquals(time.now, 1_400);
  assertEquals(new Date().getTime(), 1_400);
  clearInterval(interval);
});

test("FakeTime.runMicrotasks() lets the microtasks run", async () => {
  using time = new FakeTime();
  let turns = 0;
  void Promise.resolve().then(() => turns++).then(() => turns++);
  await time.runMicrotasks();
  assertEquals(turns, 2);
});

test("FakeTime.next() and runAll() go from timer to timer", async () => {
  using time = new FakeTime(0);
  const seen: number[] = [];
  for (const ms of [30, 10, 20, 40]) setTimeout(() => seen.push(ms), ms);
  assert(time.next());
  assertEquals([time.now, ...seen], [10, 10]);
  assert(await time.nextAsync());
  time.runAll();
  assertEquals(seen, [10, 20, 30, 40]);
  assertEquals(time.next(), false);
});

test("FakeTime is one at a time and gives back what was there", () => {
  const { setTimeout, Date, clearTimeout } = globalThis;
  const { timeout } = AbortSignal;
  const time = new FakeTime();
  assertThrows(() => new FakeTime());
  assertNotStrictEquals(globalThis.setTimeout, setTimeout);
  time.restore();
  assertThrows(() => time.restore());
  assertStrictEquals(globalThis.setTimeout, setTimeout);
  assertStrictEquals(globalThis.clearTimeout, clearTimeout);
  assertStrictEquals(globalThis.Date, Date);
  assertStrictEquals(AbortSignal.timeout, timeout);
});

test("spy() records arguments, results, errors and receivers", () => {
  const double = spy((n: number) => {
    if (n < 0) throw new RangeError("negative");
    return n * 2;
  });
  assertEquals(double(2), 4);
  assertThrows(() => double(-1), RangeError);
  assertSpyCalls(double, 2);
  assertSpyCall(double, 0, { args: [2], returned: 4 });
  assertSpyCall(double, 1, {
    error: { Class: RangeError, msgIncludes: "neg" },
  });
  assertThrows(() => assertSpyCalls(double, 1));
  assertThrows(() => assertSpyCall(double, 0, { args: [3] }));
  assertThrows(() => assertSpyCall(double, 0, { returned: 5 }));
  assertThrows(() => assertSpyCall(double, 0, { error: {} }));
  assertThrows(() => assertSpyCall(double, 2));
});

test("spy() of a method calls it and can be restored", () => {
  const cart = { items: 2, count: countItems };
  {
    using counted = spy(cart, "count");
    assertEquals(cart.count(3), 5);
    assertSpyCall(counted, 0, { args: [3], self: cart, returned: 5 });
  }
  assertStrictEquals(cart.count, countItems);
});

test("stub() replaces a method and can be restored", () => {
  const cart = { items: 2, count: countItems };
  const stubbed = stub(cart, "count", () => 7);
  assertEquals(cart.count(3), 7);
  assertSpyCalls(stubbed, 1);
  stubbed.restore();
  assertEquals(cart.count(3), 5);
  assert(stubbed.restored);
});

function countItems(this: { items: number }, more: number): number {
  return this.items + more;
}

function raise(error: Error): never {
  throw error;
}
