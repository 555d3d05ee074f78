import { EventedFuture, type Future, getAll, Timeout } from "@dekka/actors";
import {
  assertEquals,
  assertRejects,
  assertSpyCalls,
  delay,
  FakeTime,
  test,
} from "./test.ts";
import { failureOf, hooked, reasonOf, valueOf } from "./futures.ts";

test("getAll() gives the values in the order of the futures", async () => {
  const futures = [1, 2, 3].map(() => new EventedFuture<number>());
  const all = getAll(futures);
  futures.toReversed().forEach((future, i) => future.set(i));
  assertEquals(await all, [2, 1, 0]);
});

test("getAll() gives values that are there already", async () => {
  assertEquals(await getAll([valueOf(1), valueOf("b")]), [1, "b"]);
});

test("getAll() of nothing gives nothing", async () => {
  assertEquals(await getAll([]), []);
  assertEquals(await getAll([], { timeout: 0 }), []);
});

test("getAll() takes the same future twice", async () => {
  const future = new EventedFuture<number>();
  const all = getAll([future, future]);
  future.set(1);
  assertEquals(await all, [1, 1]);
});

test("getAll() takes the same future several times, behind others who wait", async () => {
  const future = new EventedFuture<number>();
  const order: string[] = [];
  const waits = ["first", "second"].map(async (name) => {
    await future;
    order.push(name);
  });
  await delay(0); // so that the platform has called then()
  const all = getAll([future, future, future]).then((values) => {
    order.push("all");
    return values;
  });
  future.set(1);
  assertEquals(await all, [1, 1, 1]);
  await Promise.all(waits);
  assertEquals(order, ["first", "second", "all"]);
});

test("getAll() is for the futures that were there at the call", async () => {
  const futures = [new EventedFuture<number>(), new EventedFuture<number>()];
  const [first, second] = futures;
  const values = getAll(futures);
  futures.pop();
  futures.push(new EventedFuture<number>(), new EventedFuture<number>());
  first!.set(1);
  second!.set(2);
  assertEquals(await values, [1, 2]);
});

test("getAll() keeps undefined among the values", async () => {
  assertEquals(await getAll([valueOf(undefined), valueOf(1)]), [undefined, 1]);
});

test("getAll() fails as soon as one fails", async () => {
  const futures = [1, 2, 3].map(() => new EventedFuture<number>());
  const all = reasonOf(getAll(futures));
  futures[1]!.setException("no");
  assertEquals(await all, "no");
});

test("getAll() fails with the first failure when all fail", async () => {
  const futures = [1, 2].map(() => new EventedFuture<number>());
  const all = reasonOf(getAll(futures));
  futures[1]!.setException("first");
  futures[0]!.setException("second");
  assertEquals(await all, "first");
});

test("getAll() fails at once when one has failed already", async () => {
  const pending = new EventedFuture<number>();
  assertEquals(await reasonOf(getAll([pending, failureOf("no")])), "no");
});

test("getAll() fails at once when the same future twice fails", async () => {
  const future = new EventedFuture<number>();
  const all = reasonOf(getAll([future, future]));
  future.setException("no");
  assertEquals(await all, "no");
});

test("getAll() leaves the futures usable when it fails", async () => {
  const [good, bad] = [new EventedFuture<number>(), failureOf("no")];
  await reasonOf(getAll([good, bad]));
  good.set(1);
  assertEquals(await good, 1);
});

test("getAll() with a timeout of 0 gives the values when all are there", async () => {
  const { future } = hooked(() => 3);
  const all = getAll([valueOf(1), valueOf(2), future], { timeout: 0 });
  assertEquals(await all, [1, 2, 3]);
});

test("getAll() with a timeout of 0 fails when one is not there", async () => {
  const futures = [valueOf(1), new EventedFuture<number>()];
  const error = await assertRejects(
    () => getAll(futures, { timeout: 0 }),
    Timeout,
    "Cannot get all of 2 futures: nothing within 0 ms",
  );
  assertEquals(error.timeout, 0);
});

test("getAll() has one deadline for the whole set", async () => {
  using time = new FakeTime();
  const futures = [1, 2, 3].map(() => new EventedFuture<number>());
  const all = assertRejects(() => getAll(futures, { timeout: 100 }), Timeout);
  time.tick(60);
  futures[0]!.set(1);
  await time.runMicrotasks();
  time.tick(39);
  futures[1]!.set(2);
  await time.runMicrotasks();
  time.tick(1);
  assertEquals((await all).timeout, 100);
});

test("getAll() gives the values when the last one comes before the deadline", async () => {
  using time = new FakeTime();
  const futures = [new EventedFuture<number>(), new EventedFuture<number>()];
  const all = getAll(futures, { timeout: 100 });
  futures[0]!.set(1);
  time.tick(99);
  futures[1]!.set(2);
  time.tick(1);
  assertEquals(await all, [1, 2]);
});

test("getAll() gives up with the reason of the signal", async () => {
  const controller = new AbortController();
  const futures = [valueOf(1), new EventedFuture<number>()];
  const all = reasonOf(getAll(futures, { signal: controller.signal }));
  controller.abort("enough");
  assertEquals(await all, "enough");
});

test("getAll() gives up at once when the signal is aborted", async () => {
  const signal = AbortSignal.abort("enough");
  assertEquals(await reasonOf(getAll([valueOf(1)], { signal })), "enough");
  assertEquals(await reasonOf(getAll([], { signal })), "enough");
});

test("getAll() refuses a timeout that is negative or not a number", async () => {
  for (const timeout of [-1, NaN]) {
    await assertRejects(() => getAll([valueOf(1)], { timeout }), RangeError);
    await assertRejects(() => getAll([], { timeout }), RangeError);
  }
});

test("getAll() rejects for what are no futures", async () => {
  for (const wrong of [1, Promise.resolve(1), undefined]) {
    const futures = [valueOf(1), wrong] as Future<number>[];
    await assertRejects(
      () => getAll(futures),
      TypeError,
      "Cannot get all of 2 futures: not all are futures",
    );
  }
});

test("getAll() that was refused has nothing to do with what it was given", async () => {
  for (const settle of ["set", "setException"] as const) {
    const future = new EventedFuture<unknown>();
    const futures = [future, 1 as unknown as Future<number>];
    await assertRejects(() => getAll(futures), TypeError);
    future[settle]("any"); // throws nothing
    assertEquals(future.asyncResult.ready(), true);
  }
});

test("getAll() can be called again after it timed out", async () => {
  const futures = [valueOf(1), new EventedFuture<number>()];
  await assertRejects(() => getAll(futures, { timeout: 0 }), Timeout);
  futures[1]!.set(2);
  assertEquals(await getAll(futures, { timeout: 0 }), [1, 2]);
});

test("getAll() runs the hooks of all futures at once", async () => {
  const waits = [
    Promise.withResolvers<number>(),
    Promise.withResolvers<number>(),
  ];
  const all = waits.map(({ promise }) => hooked(() => promise));
  const values = getAll(all.map(({ future }) => future));
  for (const { hook } of all) assertSpyCalls(hook, 1);
  waits.forEach(({ resolve }, i) => resolve(i));
  assertEquals(await values, [0, 1]);
});

test("getAll() of many futures keeps their order", async () => {
  const futures = Array.from(
    { length: 1000 },
    () => new EventedFuture<number>(),
  );
  const all = getAll(futures, { timeout: 60_000 });
  for (const [i, future] of futures.entries()) future.set(i);
  assertEquals(await all, futures.map((_, i) => i));
});

test("getAll() runs nothing before it returns", () => {
  const order: string[] = [];
  const future = valueOf(1);
  void getAll([future]).then(() => order.push("all"));
  order.push("returned");
  assertEquals(order, ["returned"]);
});
