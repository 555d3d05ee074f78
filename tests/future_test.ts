import {
  AsyncResult,
  DeadlockError,
  EventedActor,
  EventedFuture,
  Future,
  getAll,
  InvalidStateError,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertSpyCalls,
  assertStrictEquals,
  assertThrows,
  delay,
  FakeTime,
  spy,
  test,
} from "./test.ts";
import { failureOf, hooked, reasonOf, valueOf } from "./futures.ts";

class Echo extends EventedActor<number, number> {
  override onReceive(message: number): number {
    return message;
  }
}

// set() and setException()

test("Future.set() gives the value to those who wait and who come later", async () => {
  const future = new EventedFuture<number>();
  const early = future.get();
  future.set(1);
  assertEquals(await early, 1);
  assertEquals(await future.get(), 1);
});

test("Future.set() takes undefined for a value", async () => {
  const future = new EventedFuture<undefined>();
  future.set(undefined);
  assertEquals(await future, undefined);
  assertThrows(() => future.set(undefined), InvalidStateError);
});

test("Future.setException() throws the very object to each reader", async () => {
  const error = Object.assign(new RangeError("no"), { code: 7 });
  const future = new EventedFuture<number>();
  const early = assertRejects(() => future.get());
  future.setException(error);
  assertStrictEquals(await early, error);
  assertStrictEquals(await assertRejects(() => future.get()), error);
});

test("Future.setException() takes what is no error", async () => {
  for (const exception of [undefined, null, "no", 0, Symbol("no")]) {
    assertStrictEquals(await reasonOf(failureOf(exception)), exception);
  }
});

test("Future.set() throws InvalidStateError when it has a value", async () => {
  const future = valueOf(1);
  const error = assertThrows(() => future.set(2), InvalidStateError);
  assertEquals(
    error.message,
    "Cannot set value of EventedFuture: it is fulfilled",
  );
  assertEquals(await future, 1);
});

test("Future.set() throws InvalidStateError when it has an exception", async () => {
  const future = failureOf("no");
  assertThrows(() => future.set(2), InvalidStateError, "it is rejected");
  assertEquals(await reasonOf(future), "no");
});

test("Future.setException() throws InvalidStateError when it has a value", async () => {
  const future = valueOf(1);
  assertThrows(
    () => future.setException("no"),
    InvalidStateError,
    "Cannot set exception of EventedFuture: it is fulfilled",
  );
  assertEquals(await future, 1);
});

test("Future.setException() throws InvalidStateError when it has an exception", async () => {
  const future = failureOf("first");
  assertThrows(() => future.setException("second"), InvalidStateError);
  assertEquals(await reasonOf(future), "first");
});

test("Future.set() refuses a promise, which nobody could get as a value", async () => {
  const future = new EventedFuture<unknown>();
  for (const promise of [Promise.resolve(1), valueOf(1), future]) {
    assertThrows(
      () => future.set(promise),
      TypeError,
      "Cannot set value of EventedFuture: it is a promise",
    );
  }
  future.set(2);
  assertEquals(await future, 2);
});

// get()

test("Future.get() rejects with Timeout, which says what and how long", async () => {
  using time = new FakeTime();
  const wait = new EventedFuture().get({ timeout: 30 });
  time.tick(30);
  const error = await assertRejects(() => wait, Timeout);
  assertEquals(error.message, "Cannot get EventedFuture: nothing within 30 ms");
  assertEquals(error.timeout, 30);
});

test("Future.get() bounds only its own wait", async () => {
  using time = new FakeTime();
  const future = new EventedFuture<number>();
  const [short, long, unbounded] = [
    future.get({ timeout: 10 }),
    future.get({ timeout: 20 }),
    future.get(),
  ];
  const timedOut = assertRejects(() => short, Timeout);
  time.tick(10);
  await timedOut;
  future.set(1);
  assertEquals(await Promise.all([long, unbounded, future]), [1, 1, 1]);
});

test("Future.get() can be called again after it timed out", async () => {
  using time = new FakeTime();
  const future = new EventedFuture<number>();
  for (let i = 0; i < 3; i++) {
    const wait = assertRejects(() => future.get({ timeout: 10 }), Timeout);
    time.tick(10);
    await wait;
  }
  future.set(1);
  assertEquals(await future.get({ timeout: 10 }), 1);
});

test("Future.get() with a timeout of 0 gives the value that is there", async () => {
  assertEquals(await valueOf(1).get({ timeout: 0 }), 1);
});

test("Future.get() with a timeout of 0 throws the exception that is there", async () => {
  assertEquals(await reasonOf(failureOf("no").get({ timeout: 0 })), "no");
});

test("Future.get() with a timeout of 0 fails when nothing is there", async () => {
  const future = new EventedFuture<number>();
  const error = await assertRejects(() => future.get({ timeout: 0 }), Timeout);
  assertEquals(error.timeout, 0);
  future.set(1);
  assertEquals(await future, 1);
});

test("Future.get() with a timeout of 0 gives what a hook returns at once", async () => {
  const future = new EventedFuture<number>();
  future.setGetHook(() => 1);
  assertEquals(await future.get({ timeout: 0 }), 1);
});

test("Future.get() refuses a timeout that is negative or not a number", async () => {
  for (const timeout of [-1, -0.5, -Infinity, NaN]) {
    const futures = [new EventedFuture<number>(), valueOf(1), failureOf("no")];
    for (const future of futures) {
      await assertRejects(
        () => future.get({ timeout }),
        RangeError,
        `Cannot get EventedFuture: timeout must be 0 or more milliseconds, got ${timeout}`,
      );
    }
  }
});

test("Future.get() can be called well after options that it refused", async () => {
  const future = new EventedFuture<number>();
  await assertRejects(() => future.get({ timeout: NaN }), RangeError);
  future.set(1);
  assertEquals(await future.get({ timeout: 10 }), 1);
});

test("Future.get() takes options without anything in them", async () => {
  const future = new EventedFuture<number>();
  const waits = [
    future.get({}),
    future.get({ timeout: undefined, signal: undefined }),
    future.get(undefined),
  ];
  future.set(1);
  assertEquals(await Promise.all(waits), [1, 1, 1]);
});

test("Future.get() gives up with the reason of the signal", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const future = new EventedFuture<number>();
  const wait = reasonOf(future.get({ signal }));
  const reason = new Error("enough");
  controller.abort(reason);
  assertStrictEquals(await wait, reason);
  future.set(1);
  assertEquals(await future, 1);
});

test("Future.get() gives up at once when the signal is aborted already", async () => {
  const signal = AbortSignal.abort("enough");
  for (const future of [new EventedFuture(), valueOf(1), failureOf("no")]) {
    assertEquals(await reasonOf(future.get({ signal })), "enough");
  }
});

test("Future.get() gives up with a reason that is null", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const wait = reasonOf(new EventedFuture().get({ signal }));
  controller.abort(null);
  assertEquals(await wait, null);
  assertEquals(await reasonOf(new EventedFuture().get({ signal })), null);
});

test("Future.get() names a bad timeout rather than the aborted signal", async () => {
  const signal = AbortSignal.abort("enough");
  const wait = () => new EventedFuture().get({ timeout: -1, signal });
  await assertRejects(wait, RangeError);
});

test("Future.get() gives up at the abort when that is before the deadline", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const wait = reasonOf(new EventedFuture().get({ timeout: 60_000, signal }));
  controller.abort("enough");
  assertEquals(await wait, "enough");
});

test("Future.get() gives up at the deadline when that is before the abort", async () => {
  using time = new FakeTime();
  const controller = new AbortController();
  const { signal } = controller;
  const wait = assertRejects(
    () => new EventedFuture().get({ timeout: 10, signal }),
    Timeout,
  );
  time.tick(10);
  controller.abort("too late");
  await wait;
});

test("Future.get() takes the value when the signal aborts after it", async () => {
  const controller = new AbortController();
  const future = new EventedFuture<number>();
  const wait = future.get({ signal: controller.signal });
  future.set(1);
  controller.abort("too late");
  assertEquals(await wait, 1);
});

test("Future.get() refuses a timeout of another type, as getAll() and wait() do", async () => {
  for (const wrong of [1n, "20", null, Symbol("soon"), [20], true]) {
    const options = { timeout: wrong as unknown as number };
    const text = `got ${String(wrong)}`;
    const future = new EventedFuture<number>();
    await assertRejects(() => future.get(options), RangeError, text);
    await assertRejects(() => getAll([future], options), RangeError, text);
    assertEquals(await future.asyncResult.wait(options), undefined);
  }
});

// A promise to the platform.

test("Future can be awaited", async () => {
  const future = new EventedFuture<number>();
  queueMicrotask(() => future.set(1));
  assertEquals(await future, 1);
  assertEquals(await future, 1);
});

test("Future.then() calls back with the value", async () => {
  assertEquals(await valueOf(1).then((n) => n + 1), 2);
});

test("Future.then() calls back with the exception", async () => {
  const handled = failureOf("no").then(() => "fine", (e) => `handled ${e}`);
  assertEquals(await handled, "handled no");
});

test("Future.then() passes on what it has no callback for", async () => {
  assertEquals(await valueOf(1).then(), 1);
  assertEquals(await valueOf(1).then(null, null), 1);
  assertEquals(await reasonOf(failureOf("no").then((n) => n)), "no");
});

test("Future.then() rejects with what the callback throws", async () => {
  const wait = valueOf(1).then(() => {
    throw new TypeError("in callback");
  });
  await assertRejects(() => wait, TypeError, "in callback");
});

test("Future.catch() handles the exception and passes the value on", async () => {
  assertEquals(await failureOf("no").catch((e) => `${e}!`), "no!");
  assertEquals(await valueOf(1).catch(() => 2), 1);
});

test("Future.finally() runs with nothing, and passes the outcome on", async () => {
  const called = spy((..._args: unknown[]) => {});
  assertEquals(await valueOf(1).finally(called), 1);
  assertEquals(await reasonOf(failureOf("no").finally(called)), "no");
  assertEquals(called.calls.map(({ args }) => args), [[], []]);
});

test("Future.finally() starts the hook", async () => {
  const future = new EventedFuture<number>();
  future.setGetHook(() => 1);
  assertEquals(await future.finally(), 1);
});

test("Future goes into Promise.all(), race(), any() and allSettled()", async () => {
  const pending = new EventedFuture<number>();
  const [one, no] = [valueOf(1), failureOf("no")];
  assertEquals(await Promise.all([one, valueOf("b")]), [1, "b"]);
  assertEquals(await Promise.race([pending, one]), 1);
  assertEquals(await Promise.any([no, one]), 1);
  assertEquals(await Promise.allSettled([one, no]), [
    { status: "fulfilled", value: 1 },
    { status: "rejected", reason: "no" },
  ]);
});

test("Future that fails with no reader is no unhandled rejection", async () => {
  const unhandled = spy((event: Event) => event.preventDefault());
  globalThis.addEventListener("unhandledrejection", unhandled);
  const future = failureOf("no");
  const derived = future.map((n) => n);
  try {
    await delay(0);
  } finally {
    globalThis.removeEventListener("unhandledrejection", unhandled);
  }
  assertSpyCalls(unhandled, 0);
  assertEquals(await reasonOf(derived), "no");
});

test("Future resumes bounded and unbounded waits in the order they waited", async () => {
  const future = new EventedFuture<number>();
  const order: string[] = [];
  const waits = [
    future.get().then(() => order.push("a")),
    future.get({ timeout: 60_000 }).then(() => order.push("b")),
    future.then(() => order.push("c")),
    getAll([future]).then(() => order.push("d")),
    future.get({ timeout: Infinity }).then(() => order.push("e")),
    future.get().then(() => order.push("f")),
    getAll([future], { timeout: 60_000 }).then(() => order.push("g")),
  ];
  future.set(1);
  await Promise.all(waits);
  assertEquals(order, ["a", "b", "c", "d", "e", "f", "g"]);
});

test("Future resumes those who await it in order with those who get it", async () => {
  const future = new EventedFuture<number>();
  const ways = [
    () => future,
    () => future.get(),
    () => future.get({ timeout: 60_000 }),
    () => getAll([future]),
  ];
  const order: number[] = [];
  const waits: Promise<void>[] = [];
  for (let i = 0; i < 12; i++) {
    waits.push(resume(i, ways[i % ways.length]!));
    await delay(0); // so that the platform has called then()
  }
  future.set(1);
  await Promise.all(waits);
  assertEquals(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

  async function resume(i: number, wait: () => PromiseLike<unknown>) {
    await wait();
    order.push(i);
  }
});

test("Future that is ready resumes those who await it in order", async () => {
  await using echo = Echo.start();
  const future = valueOf(await echo.ask(1)); // the loop has just run
  const order: number[] = [];
  const numbers = Array.from({ length: 50 }, (_, i) => i);
  await Promise.all(numbers.map(async (i) => {
    await future;
    order.push(i);
  }));
  assertEquals(order, numbers);
});

test("Future.then() takes the functions that settle a promise", async () => {
  const future = new EventedFuture<number>();
  const passed = new Promise((resolve, reject) => future.then(resolve, reject));
  future.set(1);
  assertEquals(await passed, 1);
  const failed = new EventedFuture<number>();
  const thrown = new Promise((resolve, reject) => failed.then(resolve, reject));
  failed.setException("no");
  assertEquals(await reasonOf(thrown), "no");
});

test("Future.then() takes a function that settles beside a callback", async () => {
  const [future, failing] = [new EventedFuture(), new EventedFuture()];
  const handle = spy((reason: unknown) => `handled ${reason}`);
  let handled: PromiseLike<unknown> | undefined;
  const passed = new Promise((resolve) => void future.then(resolve, handle));
  new Promise((resolve) => handled = failing.then(resolve, handle));
  future.set(1);
  failing.setException("no");
  assertSpyCalls(handle, 0); // not inside setException()
  assertEquals([await passed, await handled], [1, "handled no"]);
  assertSpyCalls(handle, 1);
});

test("Future.then() rejects with what a callback throws beside a function that settles", async () => {
  const future = new EventedFuture();
  const error = new Error("in callback");
  let handled: PromiseLike<unknown> | undefined;
  new Promise((resolve) => {
    handled = future.then(resolve, () => {
      throw error;
    });
  });
  const reason = reasonOf(handled!);
  future.setException("no");
  assertStrictEquals(await reason, error);
});

test("Future.then() does not swallow what a callback throws and nobody looks at", async () => {
  const future = new EventedFuture();
  const error = new Error("in callback");
  const { promise: reason, resolve } = Promise.withResolvers<unknown>();
  const listen = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    resolve(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", listen);
  try {
    new Promise((resolve) =>
      future.then(resolve, () => {
        throw error;
      })
    );
    future.setException("no");
    assertStrictEquals(await reason, error);
  } finally {
    globalThis.removeEventListener("unhandledrejection", listen);
  }
});

test("Future.then() runs callbacks in order beside functions that settle", async () => {
  const future = new EventedFuture();
  const order: string[] = [];
  const log = (name: string) => () => void order.push(name);
  const waits = [
    future.get().catch(log("a")),
    future.then(Promise.withResolvers<unknown>().resolve, log("b")),
    future.get({ timeout: 60_000 }).catch(log("c")),
    future.then(null, log("d")),
  ];
  future.setException("no");
  await Promise.all(waits);
  assertEquals(order, ["a", "b", "c", "d"]);
});

test("Future.set() runs no callback before it returns", async () => {
  const future = new EventedFuture<number>();
  const order: string[] = [];
  const waits = [
    future.then(() => order.push("then")),
    future.get({ timeout: 60_000 }).then(() => order.push("get")),
    getAll([future]).then(() => order.push("all")),
    future.finally(() => order.push("finally")),
  ];
  await delay(0);
  future.set(1);
  order.push("set");
  await Promise.all(waits);
  assertEquals(order, ["set", "then", "get", "all", "finally"]);
});

// setGetHook()

test("Future.setGetHook() computes the value on the first read", async () => {
  const { future, hook } = hooked(() => 1);
  await delay(0);
  assertSpyCalls(hook, 0);
  assertEquals(await future, 1);
  assertSpyCalls(hook, 1);
});

test("Future.setGetHook() runs the hook once for all readers", async () => {
  const { future, hook } = hooked(() => Promise.resolve(1));
  const waits = [future.get(), future.get({ timeout: 60_000 }), future.then()];
  assertEquals(await Promise.all(waits), [1, 1, 1]);
  assertEquals(await future, 1);
  assertSpyCalls(hook, 1);
});

test("Future.setGetHook() keeps the exception that the hook throws", async () => {
  const error = new Error("in hook");
  const { future, hook } = hooked(() => {
    throw error;
  });
  assertStrictEquals(await reasonOf(future), error);
  assertStrictEquals(await reasonOf(future), error);
  assertSpyCalls(hook, 1);
});

test("Future.setGetHook() keeps the exception that the hook rejects with", async () => {
  const error = new Error("in hook");
  const { future, hook } = hooked(() => Promise.reject(error));
  assertStrictEquals(await reasonOf(future), error);
  assertStrictEquals(await reasonOf(future), error);
  assertSpyCalls(hook, 1);
});

test("Future.setGetHook() takes a hook that returns a future", async () => {
  const inner = new EventedFuture<number>();
  const { future } = hooked(() => inner);
  const wait = future.get();
  inner.set(1);
  assertEquals(await wait, 1);
});

test("Future.setGetHook() takes a hook that returns a failed future", async () => {
  const { future } = hooked(() => failureOf("no"));
  assertEquals(await reasonOf(future), "no");
});

test("Future.setGetHook() passes on what a thenable throws in then()", async () => {
  const { future } = hooked(() =>
    thenableThat(() => {
      throw new TypeError("broken");
    })
  );
  await assertRejects(() => future.get(), TypeError, "broken");
});

test("Future.setGetHook() passes on what a getter of then throws", async () => {
  const { future } = hooked(() => ({
    get then(): never {
      throw new TypeError("broken");
    },
  }));
  await assertRejects(() => future.get(), TypeError, "broken");
});

test("Future.setGetHook() takes the first call of a thenable that calls back twice", async () => {
  const { future } = hooked(() =>
    thenableThat((resolve, reject) => {
      resolve(1);
      resolve(2);
      reject(new Error("too late"));
    })
  );
  assertEquals(await future, 1);
});

test("Future.setGetHook() takes the first call when that is the failure", async () => {
  const { future } = hooked(() =>
    thenableThat((resolve, reject) => {
      reject("no");
      resolve(1);
      throw new Error("too late");
    })
  );
  assertEquals(await reasonOf(future), "no");
});

test("Future.setGetHook() fails with TypeError when the hook returns its own future", async () => {
  const future = new EventedFuture<number>();
  future.setGetHook(() => future);
  await assertRejects(() => future.get(), TypeError, "its hook returned it");
});

test("Future.setGetHook() fails with DeadlockError when the hook waits for its own future", async () => {
  const future = new EventedFuture<number>();
  future.setGetHook(() => future.get());
  await assertRejects(() => future.get(), DeadlockError);
});

test("Future.setGetHook() fails with DeadlockError when two hooks wait for each other", async () => {
  const [first, second] = [new EventedFuture(), new EventedFuture()];
  first.setGetHook(() => second.get());
  second.setGetHook(() => first.get());
  await assertRejects(() => first.get(), DeadlockError);
  await assertRejects(() => second.get(), DeadlockError);
});

test("Future.setGetHook() fails with DeadlockError when the hook returns what waits for its own future", async () => {
  const { future } = hooked((): Future<number> => future.map((n) => n + 1));
  await assertRejects(() => future.get(), DeadlockError);
  const { future: first } = hooked((): Future<number> => second);
  const { future: second } = hooked((): Future<number> => first);
  await assertRejects(() => first.get(), DeadlockError);
});

test("Future.setGetHook() runs the hook at once when somebody waits already", async () => {
  const future = new EventedFuture<number>();
  const wait = future.get();
  future.setGetHook(() => 1);
  assertEquals(await wait, 1);
});

test("Future.setGetHook() replaces a hook that has not run", async () => {
  const { future, hook } = hooked(() => 1);
  future.setGetHook(() => 2);
  assertEquals(await future, 2);
  assertSpyCalls(hook, 0);
});

test("Future.setGetHook() throws InvalidStateError when there is a value", async () => {
  const future = valueOf(1);
  const hook = spy(() => 2);
  assertThrows(
    () => future.setGetHook(hook),
    InvalidStateError,
    "Cannot set get hook of EventedFuture: it is fulfilled",
  );
  assertEquals(await future, 1);
  assertSpyCalls(hook, 0);
});

test("Future.setGetHook() throws InvalidStateError when there is an exception", async () => {
  const future = failureOf("no");
  assertThrows(
    () => future.setGetHook(() => 2),
    InvalidStateError,
    "it is rejected",
  );
  assertEquals(await reasonOf(future), "no");
});

test("Future.setGetHook() throws InvalidStateError while a hook runs", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { future } = hooked(() => promise);
  const wait = future.get();
  assertThrows(
    () => future.setGetHook(() => 2),
    InvalidStateError,
    "it is being computed",
  );
  resolve(1);
  assertEquals(await wait, 1);
});

test("Future.setGetHook() throws InvalidStateError after a hook has run", async () => {
  const { future } = hooked(() => 1);
  await future;
  assertThrows(() => future.setGetHook(() => 2), InvalidStateError);
});

test("Future.set() makes a hook that has not run unnecessary", async () => {
  const { future, hook } = hooked(() => 1);
  future.set(2);
  assertEquals(await future, 2);
  assertSpyCalls(hook, 0);
});

test("Future.set() wins over a hook that still runs", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { future } = hooked(() => promise);
  const wait = future.get();
  future.set(2);
  resolve(1);
  await promise;
  assertEquals([await wait, await future], [2, 2]);
});

test("Future.setException() wins over a hook that fails later", async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  const { future } = hooked(() => promise);
  const wait = reasonOf(future.get());
  future.setException("first");
  reject("second");
  assertEquals(await wait, "first");
});

test("Future.set() inside its own hook gives the value", async () => {
  const future = new EventedFuture<number>();
  future.setGetHook(() => {
    future.set(1);
    return 2;
  });
  assertEquals(await future, 1);
});

test("Future.get() that times out does not poison the hook", async () => {
  using time = new FakeTime();
  const { promise, resolve } = Promise.withResolvers<number>();
  const { future, hook } = hooked(() => promise);
  const wait = assertRejects(() => future.get({ timeout: 10 }), Timeout);
  time.tick(10);
  await wait;
  resolve(1);
  assertEquals(await future, 1);
  assertSpyCalls(hook, 1);
});

// map(), filter(), join(), reduce()

test("Future.map() applies the function to the value", async () => {
  assertEquals(await valueOf(2).map((n) => n * 10), 20);
});

test("Future.map() may be called before there is a value", async () => {
  const future = new EventedFuture<number>();
  const mapped = future.map((n) => n * 10).get();
  future.set(2);
  assertEquals(await mapped, 20);
});

test("Future.map() takes a function that returns a promise", async () => {
  assertEquals(await valueOf(2).map((n) => Promise.resolve(n * 10)), 20);
});

test("Future.map() takes a function that returns a future", async () => {
  const later = new EventedFuture<string>();
  const mapped = valueOf(2).map(() => later).get();
  later.set("later");
  assertEquals(await mapped, "later");
});

test("Future.map() calls the function with the value alone", async () => {
  const fn = spy((..._args: unknown[]) => {});
  await valueOf(2).map(fn);
  assertEquals(fn.calls.map(({ args }) => args), [[2]]);
});

test("Future.map() passes the exception of its source on, and calls nothing", async () => {
  const error = new Error("no");
  const fn = spy(() => {});
  assertStrictEquals(await reasonOf(failureOf(error).map(fn)), error);
  assertSpyCalls(fn, 0);
});

test("Future.map() keeps the exception that the function throws", async () => {
  const error = new Error("in function");
  const fn = spy(() => {
    throw error;
  });
  const mapped = valueOf(1).map(fn);
  assertStrictEquals(await reasonOf(mapped), error);
  assertStrictEquals(await reasonOf(mapped), error);
  assertSpyCalls(fn, 1);
});

test("Future.map() keeps the exception that the function rejects with", async () => {
  const mapped = valueOf(1).map(() => Promise.reject("no"));
  assertEquals(await reasonOf(mapped), "no");
});

test("Future.map() is lazy", async () => {
  const fn = spy((n: number) => n);
  const mapped = valueOf(1).map(fn);
  await delay(0);
  assertSpyCalls(fn, 0);
  assertEquals(await mapped, 1);
});

test("Future.map() computes once", async () => {
  const fn = spy((n: number) => ({ n }));
  const mapped = valueOf(1).map(fn);
  const [first, second] = await Promise.all([mapped, mapped]);
  assertStrictEquals(first, second);
  assertStrictEquals(await mapped.get({ timeout: 0 }), first);
  assertSpyCalls(fn, 1);
});

test("Future.map() is not poisoned by a wait that timed out", async () => {
  using time = new FakeTime();
  const future = new EventedFuture<number>();
  const fn = spy((n: number) => n * 10);
  const mapped = future.map(fn);
  const wait = assertRejects(() => mapped.get({ timeout: 10 }), Timeout);
  time.tick(10);
  await wait;
  future.set(2);
  assertEquals(await mapped.get({ timeout: 10 }), 20);
  assertSpyCalls(fn, 1);
});

test("Future.map() leaves its source as it is", async () => {
  const future = valueOf(2);
  await future.map((n) => n * 10);
  assertEquals(await future, 2);
});

test("Future.map() makes a future of the same class", async () => {
  class Special<T> extends EventedFuture<T> {}
  const future = new Special<number>();
  future.set(1);
  const mapped = future.map((n) => n + 1);
  assertInstanceOf(mapped, Special);
  assert(mapped instanceof Future);
  assertEquals(await mapped, 2);
});

test("Future.map() refuses to be set once it was computed", async () => {
  const mapped = valueOf(1).map((n) => n + 1);
  assertEquals(await mapped, 2);
  assertThrows(() => mapped.set(3), InvalidStateError);
});

test("Future.map() can be chained", async () => {
  const future = new EventedFuture<number>();
  const chained = future.map((n) => n + 1).map((n) => n * 2).map(String);
  future.set(1);
  assertEquals(await chained, "4");
});

test("Future.map() can be chained 20,000 times", async () => {
  const future = new EventedFuture<number>();
  let chained: Future<number> = future;
  for (let i = 0; i < 20_000; i++) chained = chained.map((n) => n + 1);
  const read = chained.get();
  future.set(1);
  assertEquals(await read, 20_001);
});

test("Future.filter() keeps the items that satisfy the predicate", async () => {
  const even = valueOf([1, 2, 3, 4]).filter((n) => n % 2 === 0);
  assertEquals(await even, [2, 4]);
});

test("Future.filter() takes any iterable", async () => {
  assertEquals(await valueOf(new Set([1, 2])).filter((n) => n > 1), [2]);
  assertEquals(await valueOf("abca").filter((c) => c !== "a"), ["b", "c"]);
});

test("Future.filter() calls the predicate with the item alone", async () => {
  const predicate = spy((..._args: unknown[]) => true);
  await valueOf(["a", "b"]).filter(predicate);
  assertEquals(predicate.calls.map(({ args }) => args), [["a"], ["b"]]);
});

test("Future.filter() is lazy and computes once", async () => {
  const predicate = spy((n: number) => n > 1);
  const filtered = valueOf([1, 2]).filter(predicate);
  await delay(0);
  assertSpyCalls(predicate, 0);
  assertStrictEquals(await filtered, await filtered);
  assertSpyCalls(predicate, 2);
});

test("Future.filter() passes the exception of its source on", async () => {
  const source = failureOf("no") as Future<never[]>;
  assertEquals(await reasonOf(source.filter(() => true)), "no");
});

test("Future.filter() keeps what the predicate throws", async () => {
  const filtered = valueOf([1]).filter(() => {
    throw new TypeError("in predicate");
  });
  await assertRejects(() => filtered.get(), TypeError, "in predicate");
});

test("Future.filter() fails with TypeError for a value that has no items", async () => {
  const number = valueOf(1) as Future<unknown> as Future<number[]>;
  await assertRejects(() => number.filter(() => true).get(), TypeError);
});

test("Future.join() gives all values, in the order of the futures", async () => {
  const [slow, fast] = [new EventedFuture<string>(), valueOf(true)];
  const joined = valueOf(1).join(slow, fast).get();
  slow.set("slow");
  assertEquals(await joined, [1, "slow", true]);
});

test("Future.join() without others gives a list of one", async () => {
  assertEquals(await valueOf(1).join(), [1]);
});

test("Future.join() joins a future with itself", async () => {
  const future = new EventedFuture<number>();
  const joined = future.join(future, future).get();
  future.set(1);
  assertEquals(await joined, [1, 1, 1]);
});

test("Future.join() passes the first exception on at once", async () => {
  const [pending, failing] = [
    new EventedFuture<number>(),
    new EventedFuture<number>(),
  ];
  const joined = reasonOf(pending.join(failing));
  failing.setException("no");
  assertEquals(await joined, "no");
});

test("Future.join() fails for what is no future, and the failures of others are no unhandled rejections", async () => {
  const unhandled = spy((event: Event) => event.preventDefault());
  globalThis.addEventListener("unhandledrejection", unhandled);
  const future = new EventedFuture<number>();
  const wrong = 1 as unknown as Future<number>;
  try {
    await assertRejects(() => future.join(wrong).get(), TypeError);
    future.setException("no");
    await delay(0);
  } finally {
    globalThis.removeEventListener("unhandledrejection", unhandled);
  }
  assertSpyCalls(unhandled, 0);
  assertEquals(await reasonOf(future), "no");
});

test("Future.join() starts the hooks of all its sources when it is read", async () => {
  const [first, second] = [hooked(() => 1), hooked(() => 2)];
  const joined = first.future.join(second.future);
  await delay(0);
  assertEquals([first.hook.calls.length, second.hook.calls.length], [0, 0]);
  assertEquals(await joined, [1, 2]);
  assertEquals(await joined, [1, 2]);
  assertEquals([first.hook.calls.length, second.hook.calls.length], [1, 1]);
});

test("Future.join() is not poisoned by a wait that timed out", async () => {
  const late = new EventedFuture<number>();
  const joined = valueOf(1).join(late);
  await assertRejects(() => joined.get({ timeout: 0 }), Timeout);
  late.set(2);
  assertEquals(await joined, [1, 2]);
});

test("Future.reduce() folds the items from the left", async () => {
  const glued = valueOf(["a", "b", "c"]).reduce((all, s) => `(${all}${s})`);
  assertEquals(await glued, "((ab)c)");
});

test("Future.reduce() folds from an initial value", async () => {
  const total = valueOf(["a", "bc"]).reduce((sum, s) => sum + s.length, 10);
  assertEquals(await total, 13);
});

test("Future.reduce() takes undefined for an initial value", async () => {
  const seen: unknown[] = [];
  await valueOf(["a"]).reduce<string, unknown>((all) => {
    seen.push(all);
    return all;
  }, undefined);
  assertEquals(seen, [undefined]);
});

test("Future.reduce() gives the only item without calling the function", async () => {
  const fn = spy((a: number, b: number) => a + b);
  assertEquals(await valueOf([7]).reduce(fn), 7);
  assertSpyCalls(fn, 0);
});

test("Future.reduce() gives the initial value when there are no items", async () => {
  assertEquals(await valueOf<number[]>([]).reduce((a, b) => a + b, 5), 5);
});

test("Future.reduce() fails with TypeError when there is nothing to fold", async () => {
  const reduced = valueOf<number[]>([]).reduce((a, b) => a + b);
  await assertRejects(() => reduced.get(), TypeError);
});

test("Future.reduce() calls the function with accumulator and item alone", async () => {
  const fn = spy((..._args: unknown[]) => "all");
  await valueOf(["a", "b"]).reduce(fn, "start");
  assertEquals(fn.calls.map(({ args }) => args), [
    ["start", "a"],
    ["all", "b"],
  ]);
});

test("Future.reduce() takes any iterable", async () => {
  assertEquals(await valueOf(new Set([1, 2, 3])).reduce((a, b) => a + b), 6);
});

test("Future.reduce() is lazy and computes once", async () => {
  const fn = spy((a: number, b: number) => a + b);
  const reduced = valueOf([1, 2]).reduce(fn);
  await delay(0);
  assertSpyCalls(fn, 0);
  assertEquals([await reduced, await reduced], [3, 3]);
  assertSpyCalls(fn, 1);
});

test("Future.reduce() passes the exception of its source on", async () => {
  const source = failureOf("no") as Future<never[]>;
  assertEquals(await reasonOf(source.reduce((a) => a)), "no");
});

test("Future.reduce() keeps what the function throws", async () => {
  const reduced = valueOf([1, 2]).reduce(() => {
    throw new TypeError("in function");
  });
  await assertRejects(() => reduced.get(), TypeError, "in function");
});

test("Future made from others passes its own timeout to none of them", async () => {
  const future = new EventedFuture<number[]>();
  const derived = future.filter((n) => n > 1).map((list) => list.length);
  await assertRejects(() => derived.get({ timeout: 0 }), Timeout);
  const wait = future.get();
  future.set([1, 2, 3]);
  assertEquals([await wait, await derived], [[1, 2, 3], 2]);
});

// EventedFuture

test("EventedFuture.from() takes the value of a promise", async () => {
  assertEquals(await EventedFuture.from(Promise.resolve(1)), 1);
});

test("EventedFuture.from() takes the exception of a promise", async () => {
  const error = new Error("no");
  const future = EventedFuture.from(Promise.reject(error));
  assertStrictEquals(await reasonOf(future), error);
});

test("EventedFuture.from() follows another future", async () => {
  const source = new EventedFuture<number>();
  const future = EventedFuture.from(source);
  source.set(1);
  assertEquals(await future, 1);
});

test("EventedFuture.from() fails when then() throws", async () => {
  const future = EventedFuture.from(thenableThat(() => {
    throw new TypeError("broken");
  }));
  await assertRejects(() => future.get(), TypeError, "broken");
});

test("EventedFuture.from() fails when the getter of then throws", async () => {
  const future = EventedFuture.from({
    get then(): never {
      throw new TypeError("broken");
    },
  });
  await assertRejects(() => future.get(), TypeError, "broken");
});

test("EventedFuture.from() takes the first of two calls back", async () => {
  const future = EventedFuture.from(thenableThat((resolve, reject) => {
    resolve(1);
    resolve(2);
    reject("too late");
    throw new Error("too late, too");
  }));
  assertEquals(await future, 1);
});

test("EventedFuture.from() may be set before the promise settles", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const future = EventedFuture.from(promise);
  future.set(1);
  resolve(2);
  await promise;
  assertEquals(await future, 1);
});

test("EventedFuture.asyncResult is the result that holds its state", async () => {
  const future = new EventedFuture<number>();
  const { asyncResult } = future;
  assertInstanceOf(asyncResult, AsyncResult);
  assertStrictEquals(future.asyncResult, asyncResult);
  assertEquals(asyncResult.state, "pending");
  future.set(1);
  assertEquals(asyncResult.getNowait(), 1);
  assertEquals(await asyncResult, 1);
});

test("EventedFuture wraps the result that it is given", async () => {
  const result = new AsyncResult<number>();
  const future = new EventedFuture(result);
  assertStrictEquals(future.asyncResult, result);
  result.set(1);
  assertEquals(await future, 1);
  assertThrows(() => future.set(2), InvalidStateError);
});

test("EventedFuture wraps a result that has failed already", async () => {
  const result = new AsyncResult<number>();
  result.setException("no");
  assertEquals(await reasonOf(new EventedFuture(result)), "no");
});

test("EventedFuture.asyncResult starts the hook", async () => {
  const { future, hook } = hooked(() => 1);
  assertEquals(future.asyncResult.getNowait(), 1);
  assertEquals(await future, 1);
  assertSpyCalls(hook, 1);
});

test("EventedFuture runs no hook when its result is set from outside", async () => {
  const result = new AsyncResult<number>();
  const future = new EventedFuture(result);
  const hook = spy(() => 2);
  future.setGetHook(hook);
  result.set(1);
  assertEquals(await future, 1);
  assertSpyCalls(hook, 0);
});

type Then<T> = (
  resolve: (value: T) => void,
  reject: (reason: unknown) => void,
) => void;

function thenableThat(then: Then<number>): PromiseLike<number> {
  return { then } as unknown as PromiseLike<number>;
}

test("Future shows its state when it is inspected", () => {
  const [pending, given, failed] = [
    new EventedFuture<number>(),
    new EventedFuture<number>(),
    new EventedFuture<number>(),
  ];
  given.set(1);
  failed.setException(new RangeError("no"));
  void failed.catch(() => {});
  const inspect = Symbol.for("nodejs.util.inspect.custom");
  const show = (future: object) =>
    (future as Record<symbol, () => string>)[inspect]!();
  assertEquals(show(pending), "EventedFuture (pending)");
  assertEquals(show(given), "EventedFuture (fulfilled)");
  assertEquals(show(failed), "EventedFuture (rejected)");
});

test("Future.then() calls back later, whatever is looked at on the way", async () => {
  const [one, other] = [
    new EventedFuture<number>(),
    new EventedFuture<number>(),
  ];
  one.set(1);
  other.set(2);
  const callback = (future: EventedFuture<number>) => {
    future.then(() => {});
    return (value: number) => value + 1;
  };
  assertEquals(await one.then(callback(other)), 2);
  assertEquals(await one.then(callback(other), () => 0), 2);
  let isSync = true;
  const seen = one.then((other.then, () => isSync), () => {});
  isSync = false;
  assertEquals(await seen, false);
});

test("Future.then() gives what callbacks return that come much later than it is looked for", async () => {
  await using echo = Echo.start();
  const late = async <Callback>(callback: Callback): Promise<Callback> => {
    await echo.ask(1); // the loop runs, and nobody looks for then() after it
    return callback;
  };
  const error = new Error("in callback");
  const fail = () => {
    throw error;
  };
  const increment = (n: number) => n + 1;
  const increments = (n: number) => Promise.resolve(n + 1);
  const ready = valueOf(1);
  assertEquals(await ready.then(await late(increment), String), 2);
  assertEquals(await ready.then(await late(increments), String), 2);
  assertStrictEquals(
    await reasonOf(ready.then(await late(fail), String)),
    error,
  );
  const pending = new EventedFuture<number>();
  const waits = [
    pending.then(await late(increment), String),
    pending.then(await late(increments), String),
    reasonOf(pending.then(await late(fail), String)),
  ];
  pending.set(1);
  assertEquals(await Promise.all(waits), [2, 2, error]);
});
