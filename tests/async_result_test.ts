import {
  ActorSystem,
  AsyncResult,
  InvalidStateError,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  delay,
  FakeTime,
  spy,
  test,
} from "./test.ts";

// State.

test("AsyncResult is pending at first", () => {
  const result = new AsyncResult<number>();
  assertEquals(stateOf(result), {
    state: "pending",
    ready: false,
    successful: false,
    value: undefined,
    exception: undefined,
  });
});

test("AsyncResult.set() makes it fulfilled, with the value", () => {
  const result = resultOf(42);
  assertEquals(stateOf(result), {
    state: "fulfilled",
    ready: true,
    successful: true,
    value: 42,
    exception: undefined,
  });
});

test("AsyncResult.setException() makes it rejected, with the exception", () => {
  const error = new Error("no");
  const result = failureOf(error);
  assertEquals(stateOf(result), {
    state: "rejected",
    ready: true,
    successful: false,
    value: undefined,
    exception: error,
  });
});

test("AsyncResult.set() takes undefined for a value", async () => {
  const result = new AsyncResult<undefined>();
  result.set(undefined);
  assert(result.successful());
  assertEquals(await result, undefined);
});

test("AsyncResult.setException() takes undefined for an exception", async () => {
  const result = new AsyncResult<number>();
  result.setException(undefined);
  assertEquals(result.state, "rejected");
  const [outcome] = await Promise.allSettled([result]);
  assertEquals(outcome, { status: "rejected", reason: undefined });
});

test("AsyncResult.set() throws InvalidStateError when it holds a value", () => {
  const result = resultOf(1);
  assertThrows(() => result.set(2), InvalidStateError, "it is fulfilled");
  assertEquals(result.value, 1);
});

test("AsyncResult.set() throws InvalidStateError when it holds an exception", () => {
  const result = failureOf("no");
  assertThrows(() => result.set(2), InvalidStateError, "it is rejected");
  assertEquals(result.exception, "no");
});

test("AsyncResult.setException() throws InvalidStateError when it holds a value", () => {
  const result = resultOf(1);
  assertThrows(
    () => result.setException("no"),
    InvalidStateError,
    "Cannot set exception of AsyncResult: it is fulfilled",
  );
  assertEquals(result.value, 1);
});

test("AsyncResult.setException() throws InvalidStateError when it holds an exception", () => {
  const result = failureOf("first");
  assertThrows(() => result.setException("second"), InvalidStateError);
  assertEquals(result.exception, "first");
});

test("AsyncResult.set() refuses a promise, which nobody could get as a value", async () => {
  const result = new AsyncResult<unknown>();
  for (const promise of [Promise.resolve(1), resultOf(1), result]) {
    assertThrows(
      () => result.set(promise),
      TypeError,
      "Cannot set value of AsyncResult: it is a promise",
    );
  }
  result.set(2);
  assertEquals(await result, 2);
});

test("AsyncResult shows as AsyncResult", () => {
  assertEquals(
    Object.prototype.toString.call(new AsyncResult()),
    "[object AsyncResult]",
  );
});

// from()

test("AsyncResult.from() takes the value of a promise", async () => {
  const result = AsyncResult.from(Promise.resolve(1));
  assertEquals(result.state, "pending");
  assertEquals(await result, 1);
  assertEquals(result.value, 1);
});

test("AsyncResult.from() takes the exception of a promise", async () => {
  const error = new RangeError("no");
  const result = AsyncResult.from(Promise.reject(error));
  assertStrictEquals(await assertRejects(() => result.get()), error);
});

test("AsyncResult.from() follows any object with a then()", async () => {
  const thenable = { then: (resolve: (value: number) => void) => resolve(3) };
  assertEquals(await AsyncResult.from(thenable as PromiseLike<number>), 3);
});

test("AsyncResult.from() fails when then() throws", async () => {
  const result = AsyncResult.from<number>(thenableThat(() => {
    throw new TypeError("broken");
  }));
  await assertRejects(() => result.get(), TypeError, "broken");
});

test("AsyncResult.from() takes the first of two calls back", async () => {
  const result = AsyncResult.from<number>(thenableThat((resolve, reject) => {
    resolve(1);
    resolve(2);
    reject(new Error("too late"));
    throw new Error("too late, too");
  }));
  assertEquals(await result, 1);
});

test("AsyncResult.from() may be set before the promise settles", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const result = AsyncResult.from(promise);
  result.set(1);
  resolve(2);
  await promise;
  assertEquals(await result, 1);
});

// get()

test("AsyncResult.get() resolves with the value that is there", async () => {
  assertEquals(await resultOf(1).get(), 1);
});

test("AsyncResult.get() resolves with the value that comes", async () => {
  const result = new AsyncResult<number>();
  const value = result.get();
  result.set(1);
  assertEquals(await value, 1);
});

test("AsyncResult.get() rejects with the exception that is there", async () => {
  const error = new Error("no");
  const thrown = await assertRejects(() => failureOf(error).get());
  assertStrictEquals(thrown, error);
});

test("AsyncResult.get() rejects with the exception that comes", async () => {
  const error = new Error("no");
  const result = new AsyncResult<number>();
  const rejected = assertRejects(() => result.get());
  result.setException(error);
  assertStrictEquals(await rejected, error);
});

test("AsyncResult.get() rejects with Timeout, which can be read", async () => {
  using time = new FakeTime();
  const result = new AsyncResult<number>();
  const rejected = assertRejects(() => result.get({ timeout: 50 }), Timeout);
  time.tick(50);
  const error = await rejected;
  assertEquals(error.timeout, 50);
  assertEquals(
    error.message,
    "Cannot get value of AsyncResult: nothing within 50 ms",
  );
});

test("AsyncResult.get() leaves the result as it is when it times out", async () => {
  using time = new FakeTime();
  const result = new AsyncResult<number>();
  const rejected = assertRejects(() => result.get({ timeout: 50 }), Timeout);
  time.tick(50);
  await rejected;
  assertEquals(result.state, "pending");
  result.set(1);
  assertEquals(await result.get({ timeout: 50 }), 1);
});

test("AsyncResult.get() rejects with the reason of the signal", async () => {
  const controller = new AbortController();
  const wait = new AsyncResult().get({ signal: controller.signal });
  controller.abort("enough");
  assertEquals(await reasonOf(wait), "enough");
});

test("AsyncResult.get() fails at once when the signal is aborted", async () => {
  const wait = resultOf(1).get({ signal: AbortSignal.abort("enough") });
  assertEquals(await reasonOf(wait), "enough");
});

test("AsyncResult.get() refuses a timeout that is negative or not a number", async () => {
  for (const timeout of [-1, -0.1, NaN, -Infinity]) {
    await assertRejects(() => new AsyncResult().get({ timeout }), RangeError);
    await assertRejects(() => resultOf(1).get({ timeout }), RangeError);
  }
});

test("AsyncResult.get() names the timeout that it refuses", async () => {
  await assertRejects(
    () => new AsyncResult().get({ timeout: -5 }),
    RangeError,
    "Cannot get value of AsyncResult: timeout must be 0 or more milliseconds, got -5",
  );
});

// getNowait()

test("AsyncResult.getNowait() returns the value", () => {
  assertEquals(resultOf(1).getNowait(), 1);
});

test("AsyncResult.getNowait() throws the exception", () => {
  const error = new Error("no");
  assertStrictEquals(assertThrows(() => failureOf(error).getNowait()), error);
});

test("AsyncResult.getNowait() throws Timeout when it is not ready", () => {
  const error = assertThrows(() => new AsyncResult().getNowait(), Timeout);
  assertEquals(error.timeout, 0);
});

// wait()

test("AsyncResult.wait() resolves with the value", async () => {
  assertEquals(await resultOf(1).wait(), 1);
});

test("AsyncResult.wait() resolves with the value that comes", async () => {
  const result = new AsyncResult<number>();
  const value = result.wait();
  result.set(1);
  assertEquals(await value, 1);
});

test("AsyncResult.wait() resolves with undefined when there is an exception", async () => {
  assertEquals(await failureOf("no").wait(), undefined);
});

test("AsyncResult.wait() resolves with undefined when an exception comes", async () => {
  const result = new AsyncResult<number>();
  const value = result.wait({ timeout: 60_000 });
  result.setException("no");
  assertEquals(await value, undefined);
});

test("AsyncResult.wait() resolves with undefined when the time is over", async () => {
  using time = new FakeTime();
  const value = new AsyncResult().wait({ timeout: 10 });
  time.tick(10);
  assertEquals(await value, undefined);
});

test("AsyncResult.wait() resolves with undefined when the signal aborts", async () => {
  const controller = new AbortController();
  const value = new AsyncResult().wait({ signal: controller.signal });
  controller.abort("enough");
  assertEquals(await value, undefined);
});

test("AsyncResult.wait() resolves with undefined for options that get() refuses", async () => {
  const signal = AbortSignal.abort();
  assertEquals(await new AsyncResult().wait({ timeout: -1 }), undefined);
  assertEquals(await new AsyncResult().wait({ timeout: NaN }), undefined);
  assertEquals(await new AsyncResult().wait({ signal }), undefined);
});

// A promise to the platform.

test("AsyncResult can be awaited when the value is there", async () => {
  assertEquals(await resultOf(1), 1);
});

test("AsyncResult can be awaited before the value is there", async () => {
  const result = new AsyncResult<number>();
  queueMicrotask(() => result.set(1));
  assertEquals(await result, 1);
});

test("AsyncResult can be awaited many times", async () => {
  const result = new AsyncResult<number>();
  const waits = [1, 2, 3].map(async () => await result);
  result.set(7);
  assertEquals(await Promise.all(waits), [7, 7, 7]);
});

test("AsyncResult.then() resolves with what the callback returns", async () => {
  assertEquals(await resultOf(1).then((n) => `${n}`), "1");
  assertEquals(await failureOf("no").then(null, (e) => `${e}!`), "no!");
});

test("AsyncResult.then() rejects with what the callback throws", async () => {
  const error = new Error("in callback");
  const wait = resultOf(1).then(() => {
    throw error;
  });
  assertStrictEquals(await reasonOf(wait), error);
});

test("AsyncResult.catch() handles the exception", async () => {
  const pending = new AsyncResult<string>();
  const handled = pending.catch((reason) => `handled ${reason}`);
  pending.setException("no");
  assertEquals(await handled, "handled no");
  assertEquals(await resultOf(1).catch(() => 2), 1);
});

test("AsyncResult.finally() passes value and exception on", async () => {
  const called = spy(() => {});
  assertEquals(await resultOf(1).finally(called), 1);
  assertEquals(await reasonOf(failureOf("no").finally(called)), "no");
  assertEquals(called.calls.map(({ args }) => args), [[], []]);
});

test("AsyncResult goes into Promise.all()", async () => {
  const first = new AsyncResult<number>();
  const all = Promise.all([first, resultOf("b"), 3]);
  first.set(1);
  assertEquals(await all, [1, "b", 3]);
});

test("AsyncResult goes into Promise.race()", async () => {
  const [slow, fast] = [new AsyncResult<string>(), new AsyncResult<string>()];
  const race = Promise.race([slow, fast]);
  fast.set("fast");
  assertEquals(await race, "fast");
});

test("AsyncResult goes into Promise.any()", async () => {
  assertEquals(await Promise.any([failureOf("no"), resultOf(2)]), 2);
});

test("AsyncResult goes into Promise.allSettled()", async () => {
  assertEquals(await Promise.allSettled([resultOf(1), failureOf("no")]), [
    { status: "fulfilled", value: 1 },
    { status: "rejected", reason: "no" },
  ]);
});

test("AsyncResult goes into Promise.resolve()", async () => {
  assertEquals(await Promise.resolve(resultOf(1)), 1);
});

test("AsyncResult that fails with no waiter is no unhandled rejection", async () => {
  const unhandled = spy((event: Event) => event.preventDefault());
  globalThis.addEventListener("unhandledrejection", unhandled);
  try {
    failureOf(new Error("nobody waits"));
    await delay(0);
  } finally {
    globalThis.removeEventListener("unhandledrejection", unhandled);
  }
  assertEquals(unhandled.calls.length, 0);
});

// Order of the waiters.

test("AsyncResult resumes waiters in the order they waited", async () => {
  const { result, wait, log } = recorded();
  for (const name of ["a", "b", "c"]) wait(name, () => result.get());
  result.set(1);
  assertEquals(await log(), ["a", "b", "c"]);
});

test("AsyncResult resumes bounded and unbounded waits in the order they waited", async () => {
  const { result, wait, log } = recorded();
  wait("a", () => result.get({ timeout: 60_000 }));
  wait("b", () => result.get());
  wait("c", () => result.get({ timeout: 60_000 }));
  wait("d", () => result.get());
  wait("e", () => result.get({ signal: new AbortController().signal }));
  wait("f", () => result.get({ timeout: Infinity }));
  wait("g", () => result.get());
  result.set(1);
  assertEquals(await log(), ["a", "b", "c", "d", "e", "f", "g"]);
});

test("AsyncResult resumes waiters in order when it fails", async () => {
  const { result, wait, log } = recorded();
  wait("a", () => result.get());
  wait("b", () => result.get({ timeout: 60_000 }));
  wait("c", () => result.get());
  result.setException("no");
  assertEquals(await log(), ["a", "b", "c"]);
});

test("AsyncResult calls linked callbacks back in order with the waiters", async () => {
  const result = new AsyncResult<number>();
  const order: string[] = [];
  const first = result.get().then(() => order.push("a"));
  result.link(() => order.push("b"));
  const third = result.get({ timeout: 60_000 }).then(() => order.push("c"));
  result.link(() => order.push("d"));
  result.set(1);
  await Promise.all([first, third, result]);
  assertEquals(order, ["a", "b", "c", "d"]);
});

test("AsyncResult keeps the order when a waiter in between gives up", async () => {
  const { result, wait, log } = recorded();
  const controller = new AbortController();
  wait("a", () => result.get());
  const given = reasonOf(result.get({ signal: controller.signal }));
  wait("b", () => result.get({ timeout: 60_000 }));
  controller.abort("enough");
  wait("c", () => result.get());
  assertEquals(await given, "enough");
  result.set(1);
  assertEquals(await log(), ["a", "b", "c"]);
});

test("AsyncResult resumes who only waits in order with who gets", async () => {
  const { result, wait, log } = recorded();
  wait("a", () => result.wait());
  wait("b", () => result.get());
  wait("c", () => result.wait({ timeout: 60_000 }));
  wait("d", () => result.get({ timeout: 60_000 }));
  result.set(1);
  assertEquals(await log(), ["a", "b", "c", "d"]);
});

test("AsyncResult resumes those who await it in order with those who get it", async () => {
  const { result, wait, log } = recorded();
  const ways = [
    async () => void await result,
    async () => void await result.get(),
    async () => void await result.get({ timeout: 60_000 }),
  ];
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    wait(name, ways[name.charCodeAt(0) % 3]!);
    await delay(0); // so that the platform has called then()
  }
  result.set(1);
  assertEquals(await log(), ["a", "b", "c", "d", "e", "f"]);
});

test("AsyncResult that is ready resumes those who await it in order", async () => {
  const result = resultOf(1);
  const order: number[] = [];
  const numbers = Array.from({ length: 50 }, (_, i) => i);
  await Promise.all(numbers.map(async (i) => {
    await result;
    order.push(i);
  }));
  assertEquals(order, numbers);
});

test("AsyncResult.set() runs no waiter before it returns", async () => {
  const result = new AsyncResult<number>();
  const log: string[] = [];
  const wait = result.then(() => log.push("waiter"));
  result.set(1);
  log.push("set");
  await wait;
  assertEquals(log, ["set", "waiter"]);
});

// link() and unlink()

test("AsyncResult.link() calls back with the result", async () => {
  const calls: unknown[][] = [];
  const result = new AsyncResult<number>();
  result.link((...args) => void calls.push(args));
  result.set(1);
  await result;
  assertEquals(calls.length, 1);
  assertEquals(calls[0]!.length, 1);
  assertStrictEquals(calls[0]![0], result);
});

test("AsyncResult.link() calls back when there is an exception", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  result.link(link);
  result.setException("no");
  await result.wait();
  assertEquals(calls, ["rejected"]);
});

test("AsyncResult.link() calls back when it is ready already", async () => {
  const { link, calls } = linked();
  const result = resultOf(1);
  result.link(link);
  await result;
  assertEquals(calls, ["fulfilled"]);
});

test("AsyncResult.link() never calls back inside itself", async () => {
  const { link, calls } = linked();
  const result = resultOf(1);
  result.link(link);
  assertEquals(calls, []);
  await result;
  assertEquals(calls, ["fulfilled"]);
});

test("AsyncResult.link() never calls back inside set()", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  result.link(link);
  result.set(1);
  assertEquals(calls, []);
  await result;
  assertEquals(calls, ["fulfilled"]);
});

test("AsyncResult.link() calls back once for each call", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  result.link(link);
  result.link(link);
  result.set(1);
  await result;
  assertEquals(calls, ["fulfilled", "fulfilled"]);
});

test("AsyncResult.link() calls back in the order of the calls", async () => {
  const order: string[] = [];
  const result = new AsyncResult<number>();
  result.link(() => order.push("a"));
  result.link(() => order.push("b"));
  result.set(1);
  result.link(() => order.push("c"));
  await result;
  assertEquals(order, ["a", "b", "c"]);
});

test("AsyncResult.link() calls back a callback that links another one", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  result.link((result) => result.link(link));
  result.set(1);
  await result;
  await result;
  assertEquals(calls, ["fulfilled"]);
});

test("AsyncResult.link() reports a callback that throws and skips no other", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  const errors = await errorLines(async () => {
    result.link(link);
    result.link(() => {
      throw new Error("in callback");
    });
    result.link(link);
    result.set(1);
    await result.get();
  });
  assertEquals(calls, ["fulfilled", "fulfilled"]);
  assertEquals(errors.length, 1);
  const [text, error] = errors[0]!;
  assertEquals(text, "Callback linked to AsyncResult threw");
  assertInstanceOf(error, Error);
  assertEquals(error.message, "in callback");
});

test("AsyncResult.link() reports a callback that rejects", async () => {
  const errors = await errorLines(async () => {
    const result = resultOf(1);
    result.link(() => Promise.reject("in callback"));
    await result.get();
  });
  assertEquals(errors.map(([, error]) => error), ["in callback"]);
});

test("AsyncResult.unlink() takes a callback back", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  result.link(link);
  result.unlink(link);
  result.set(1);
  await result;
  assertEquals(calls, []);
});

test("AsyncResult.unlink() takes a callback back that is due", async () => {
  const { link, calls } = linked();
  const [result, ready] = [new AsyncResult<number>(), resultOf(1)];
  result.link(link);
  result.set(1);
  result.unlink(link);
  ready.link(link);
  ready.unlink(link);
  await Promise.all([result, ready]);
  assertEquals(calls, []);
});

test("AsyncResult.unlink() keeps the links of the callback to other results", async () => {
  const values: unknown[] = [];
  const link = ({ value }: AsyncResult<number>) => void values.push(value);
  const [result, other] = [resultOf(1), resultOf(2)];
  other.link(link);
  result.link(link);
  result.unlink(link);
  await Promise.all([result, other]);
  assertEquals(values, [2]);
});

test("AsyncResult.unlink() takes only that callback back", async () => {
  const [kept, gone] = [linked(), linked()];
  const result = new AsyncResult<number>();
  result.link(kept.link);
  result.link(gone.link);
  result.link(kept.link);
  result.unlink(gone.link);
  result.set(1);
  await result;
  assertEquals([kept.calls.length, gone.calls.length], [2, 0]);
});

test("AsyncResult.unlink() keeps those who wait", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  result.link(link);
  const wait = result.get();
  result.unlink(link);
  result.set(1);
  assertEquals(await wait, 1);
  assertEquals(calls, []);
});

test("AsyncResult.unlink() takes one of two links of a callback back", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  result.link(link);
  result.link(link);
  result.unlink(link);
  result.set(1);
  await result;
  assertEquals(calls, ["fulfilled"]);
});

test("AsyncResult.unlink() does nothing for a callback that was not linked", async () => {
  const { link, calls } = linked();
  const result = new AsyncResult<number>();
  result.unlink(link);
  result.link(link);
  result.unlink(() => {});
  result.set(1);
  await result;
  assertEquals(calls, ["fulfilled"]);
});

test("AsyncResult.unlink() does nothing after the callback was called", async () => {
  const { link, calls } = linked();
  const result = resultOf(1);
  result.link(link);
  await result;
  result.unlink(link);
  assertEquals(calls, ["fulfilled"]);
});

function resultOf<T>(value: T): AsyncResult<T> {
  const result = new AsyncResult<T>();
  result.set(value);
  return result;
}

function failureOf(exception: unknown): AsyncResult<unknown> {
  const result = new AsyncResult<unknown>();
  result.setException(exception);
  return result;
}

function stateOf(result: AsyncResult<unknown>): Record<string, unknown> {
  const { state, value, exception } = result;
  const [ready, successful] = [result.ready(), result.successful()];
  return { state, ready, successful, value, exception };
}

type Then<T> = (
  resolve: (value: T) => void,
  reject: (reason: unknown) => void,
) => void;

function thenableThat<T>(then: Then<T>): PromiseLike<T> {
  return { then } as unknown as PromiseLike<T>;
}

async function reasonOf(promise: PromiseLike<unknown>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([promise]);
  return outcome.status === "rejected" ? outcome.reason : "nothing thrown";
}

/** A result and those who wait for it, in the order in which they resume. */
function recorded() {
  const result = new AsyncResult<number>();
  const order: string[] = [];
  const waits: Promise<unknown>[] = [];
  function wait(name: string, start: () => Promise<unknown>): void {
    const resumed = () => order.push(name);
    waits.push(start().then(resumed, resumed));
  }
  async function log(): Promise<string[]> {
    await Promise.all(waits);
    return order;
  }
  return { result, wait, log };
}

/** A callback to link, and the states that it was called with. */
function linked() {
  const calls: string[] = [];
  const link = (result: AsyncResult<number>) => void calls.push(result.state);
  return { link, calls };
}

/** What the default system writes as an error meanwhile. */
async function errorLines(run: () => Promise<void>): Promise<unknown[][]> {
  const lines: unknown[][] = [];
  const { default: system } = ActorSystem;
  const { logger } = system;
  system.logger = { ...logger, error: (...data) => void lines.push(data) };
  try {
    await run();
    await delay(0);
  } finally {
    system.logger = logger;
  }
  return lines;
}
