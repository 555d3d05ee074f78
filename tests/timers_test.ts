import { AsyncResult, EventedFuture, getAll, Timeout } from "@dekka/actors";
import { deno } from "./process.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  delay,
  FakeTime,
  stub,
  test,
  testUnless,
} from "./test.ts";

/** The longest time that the platform's timers take. */
const LONGEST = 2 ** 31 - 1;

const { setTimeout: realSetTimeout } = globalThis;

/** The ways to wait, each for what never comes, as far as the wait knows. */
const WAITS = {
  "Future.get()": (options: Options) => new EventedFuture().get(options),
  "AsyncResult.get()": (options: Options) => new AsyncResult().get(options),
  "getAll()": (options: Options) => getAll([new EventedFuture()], options),
};

interface Options {
  timeout?: number;
  signal?: AbortSignal;
}

for (const [name, wait] of Object.entries(WAITS)) {
  test(`${name} gives up when its time is over, not before`, async () => {
    using time = new FakeTime();
    const state = follow(wait({ timeout: 100 }));
    await time.tickAsync(99);
    assertEquals(await state(), "pending");
    await time.tickAsync(1);
    assertEquals(await state(), "Timeout");
  });

  test(`${name} takes a part of a millisecond`, async () => {
    const error = await assertRejects(() => wait({ timeout: 0.5 }), Timeout);
    assertEquals(error.timeout, 0.5);
  });

  test(`${name} with Infinity has no limit and sets no timer`, async () => {
    using time = new FakeTime();
    const state = follow(wait({ timeout: Infinity }));
    assertEquals(time.next(), false);
    await time.tickAsync(LONGEST);
    assertEquals(await state(), "pending");
  });

  test(`${name} honours more than the platform's timers take`, async () => {
    for (const timeout of [LONGEST, LONGEST + 1, 2 * LONGEST + 7, 2 ** 34]) {
      using time = new FakeTime();
      const state = follow(wait({ timeout }));
      time.tick(1);
      assertEquals(await state(), "pending", `${timeout} after 1 ms`);
      time.tick(timeout - 2);
      assertEquals(await state(), "pending", `${timeout}, all but 1 ms`);
      time.tick(1);
      assertEquals(await state(), "Timeout", `${timeout}, all`);
    }
  });

  test(`${name} says how long it has waited, also for very long`, async () => {
    using time = new FakeTime();
    const timeout = 2 ** 32;
    const rejected = assertRejects(() => wait({ timeout }), Timeout);
    time.tick(timeout);
    assertEquals((await rejected).timeout, timeout);
  });

  test(`${name} takes the largest number for a timeout`, async () => {
    using time = new FakeTime();
    const state = follow(wait({ timeout: Number.MAX_VALUE }));
    time.tick(LONGEST);
    assertEquals(await state(), "pending");
  });

  test(`${name} with a timeout of 0 sets no timer`, async () => {
    using time = new FakeTime();
    const state = follow(wait({ timeout: 0 }));
    assertEquals(time.next(), false);
    assertEquals(await state(), "Timeout");
  });

  test(`${name} clears its timer when the signal aborts`, async () => {
    using time = new FakeTime();
    const controller = new AbortController();
    const { signal } = controller;
    const state = follow(wait({ timeout: 100, signal }));
    controller.abort("enough");
    assertEquals(time.next(), false);
    assertEquals(await state(), "enough");
  });

  test(`${name} lets go of the signal when its time is over`, async () => {
    using time = new FakeTime();
    const { signal, listeners } = watchedSignal();
    const state = follow(wait({ timeout: 100, signal }));
    assertEquals(listeners(), 1);
    time.tick(100);
    assertEquals(await state(), "Timeout");
    assertEquals(listeners(), 0);
  });

  test(`${name} lets go of the signal when that aborts`, async () => {
    const { signal, listeners, controller } = watchedSignal();
    const state = follow(wait({ signal }));
    controller.abort("enough");
    assertEquals(await state(), "enough");
    assertEquals(listeners(), 0);
  });

  test(`${name} never listens to the signal of a wait that is over at once`, async () => {
    const { signal, listeners } = watchedSignal();
    assertEquals(await follow(wait({ timeout: 0, signal }))(), "Timeout");
    assertEquals(await follow(wait({ timeout: -1, signal }))(), "RangeError");
    assertEquals(listeners(), 0);
  });

  test(`${name} obeys a faked AbortSignal.timeout()`, async () => {
    using time = new FakeTime();
    const state = follow(wait({ signal: AbortSignal.timeout(50) }));
    time.tick(49);
    assertEquals(await state(), "pending");
    time.tick(1);
    assertEquals(await state(), "TimeoutError");
  });
}

// When what is waited for comes first. A timer that was left would also fail
// these tests by the sanitizers.

for (const outcome of ["value", "exception"] as const) {
  const settle = (future: EventedFuture<string> | AsyncResult<string>) =>
    outcome === "value" ? future.set(outcome) : future.setException(outcome);

  test(`Future.get() clears its timer when the ${outcome} comes first`, async () => {
    const future = new EventedFuture<string>();
    const state = follow(future.get({ timeout: 60_000 }));
    settle(future);
    assertEquals(await state(), outcome);
  });

  test(`AsyncResult.get() clears its timer when the ${outcome} comes first`, async () => {
    const result = new AsyncResult<string>();
    const state = follow(result.get({ timeout: 60_000 }));
    settle(result);
    assertEquals(await state(), outcome);
  });

  test(`AsyncResult.wait() clears its timer when the ${outcome} comes first`, async () => {
    const result = new AsyncResult<string>();
    const wait = result.wait({ timeout: 60_000 });
    settle(result);
    assertEquals(await wait, outcome === "value" ? "value" : undefined);
  });

  test(`getAll() clears its timer when the last ${outcome} comes first`, async () => {
    const futures = [new EventedFuture<string>(), new EventedFuture<string>()];
    const state = follow(
      getAll(futures, { timeout: 60_000 }).then((values) => values.join()),
    );
    futures[0]!.set("first");
    settle(futures[1]!);
    const all = outcome === "value" ? "first,value" : "exception";
    assertEquals(await state(), all);
  });

  test(`Future.get() leaves no timer to a faked clock when the ${outcome} comes first`, async () => {
    using time = new FakeTime();
    const future = new EventedFuture<string>();
    const state = follow(future.get({ timeout: 100 }));
    settle(future);
    assertEquals(time.next(), false);
    assertEquals(await state(), outcome);
  });

  test(`Future.get() lets go of the signal when the ${outcome} comes first`, async () => {
    const { signal, listeners } = watchedSignal();
    const future = new EventedFuture<string>();
    const waits = [
      follow(future.get({ signal })),
      follow(future.get({ signal, timeout: 60_000 })),
      follow(getAll([future], { signal }).then(([value]) => value)),
    ];
    assertEquals(listeners(), 1); // for all three
    settle(future);
    for (const state of waits) assertEquals(await state(), outcome);
    assertEquals(listeners(), 0);
  });
}

test("Future.get() sets no timer when the value is there already", async () => {
  using time = new FakeTime();
  const future = new EventedFuture<number>();
  future.set(1);
  assertEquals(await future.get({ timeout: 100 }), 1);
  assertEquals(await getAll([future], { timeout: 100 }), [1]);
  assertEquals(time.next(), false);
});

test("Future.get() sets no timer on a faked clock that is gone", async () => {
  const future = new EventedFuture<number>();
  const waits: Promise<number>[] = [];
  {
    using _time = new FakeTime();
    waits.push(future.get({ timeout: 1 }));
  }
  waits.push(future.get({ timeout: 1 }));
  await assertRejects(() => waits[1]!, Timeout);
  future.set(5);
  assertEquals(await waits[0], 5);
});

/** The milliseconds to which timers are set meanwhile. */
async function delaysOf(run: () => Promise<void>): Promise<number[]> {
  const set = globalThis.setTimeout;
  const delays: number[] = [];
  globalThis.setTimeout = ((callback: () => void, delay: number) => {
    delays.push(delay);
    return set(callback, delay);
  }) as typeof setTimeout;
  try {
    await run();
  } finally {
    globalThis.setTimeout = set;
  }
  return delays;
}

// Platforms cut a part of a millisecond off.
test("Future.get() sets its timer to no part of a millisecond, and never to less", async () => {
  const delays = await delaysOf(async () => {
    for (const timeout of [0.5, 1.9, 2]) {
      const wait = new EventedFuture<number>().get({ timeout });
      assertEquals((await assertRejects(() => wait, Timeout)).timeout, timeout);
    }
  });
  assertEquals(delays, [1, 2, 2]);
});

test("Future.get() counts from the end of the run of code in which many began", async () => {
  const delays = await delaysOf(async () => {
    const waits = Array.from(
      { length: 2 },
      () => new EventedFuture<number>().get({ timeout: 5 }),
    );
    for (const began = Date.now(); Date.now() - began < 20;); // and no more
    for (const wait of waits) await assertRejects(() => wait, Timeout);
  });
  assertEquals(delays, [5, 5]);
});

test("Future.get() is aborted while the platform loads its timers", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const loaded = Object.getOwnPropertyDescriptor(globalThis, "setTimeout")!;
  const future = new EventedFuture<number>();
  let wait: Promise<number>;
  Object.defineProperty(globalThis, "setTimeout", {
    configurable: true,
    get() {
      controller.abort(new Error("meanwhile"));
      return loaded.value ?? loaded.get!.call(globalThis);
    },
  });
  try {
    wait = future.get({ timeout: 60_000, signal });
  } finally {
    Object.defineProperty(globalThis, "setTimeout", loaded);
  }
  await Promise.resolve();
  future.set(1); // too late
  await assertRejects(() => wait, Error, "meanwhile");
});

test("getAll() clears its timer when one fails early", async () => {
  const { signal, listeners } = watchedSignal();
  const futures = [new EventedFuture<string>(), new EventedFuture<string>()];
  const state = follow(getAll(futures, { timeout: 60_000, signal }));
  futures[1]!.setException("no");
  assertEquals(await state(), "no");
  assertEquals(listeners(), 0);
});

test("A signal that many waits share has one listener", async () => {
  const { signal, listeners, controller } = watchedSignal();
  const future = new EventedFuture<number>();
  const others = Array.from({ length: 3 }, () => new EventedFuture<number>());
  const states = [future, ...others].map((future) =>
    follow(future.get({ signal }))
  );
  assertEquals(listeners(), 1);
  future.set(1);
  assertEquals([await states[0]!(), listeners()], ["1", 1]);
  controller.abort("enough");
  const rest = states.slice(1).map((state) => state());
  assertEquals(await Promise.all(rest), ["enough", "enough", "enough"]);
  assertEquals(listeners(), 0);
});

test("getAll() does not listen to its signal when one has failed already", async () => {
  const { signal, listeners } = watchedSignal();
  const futures = [new EventedFuture<string>(), new EventedFuture<string>()];
  futures[1]!.setException("no");
  const state = follow(getAll(futures, { signal }));
  assertEquals(listeners(), 0);
  assertEquals(await state(), "no");
});

test("Future.get() aborted by the signal of another wait is not bothered", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const future = new EventedFuture<string>();
  const states = [first, second].map(({ signal }) =>
    follow(future.get({ signal }))
  );
  first.abort("enough");
  assertEquals(await states[0]!(), "enough");
  future.set("value");
  assertEquals(await states[1]!(), "value");
});

// Waits that begin at the same time share a timer; nobody can tell.

test("Future.get() of many that end at the same time all give up", async () => {
  using time = new FakeTime();
  const states = Array.from(
    { length: 100 },
    () => follow(new EventedFuture().get({ timeout: 50 })),
  );
  time.tick(50);
  for (const state of states) assertEquals(await state(), "Timeout");
  assertEquals(time.next(), false);
});

test("Future.get() keeps its deadline whichever of the others ends first", async () => {
  for (const ends of [[0], [1], [2], [0, 1], [0, 2], [1, 2], [2, 0], [2, 1]]) {
    using time = new FakeTime();
    const futures = [1, 2, 3].map(() => new EventedFuture<string>());
    const states = futures.map((future) => follow(future.get({ timeout: 50 })));
    for (const i of ends) futures[i]!.set("value");
    time.tick(50);
    for (const [i, state] of states.entries()) {
      const expected = ends.includes(i) ? "value" : "Timeout";
      assertEquals(await state(), expected, `${i} of ${ends}`);
    }
    assertEquals(time.next(), false);
  }
});

test("Future.get() clears the timer when the last of many has its value", async () => {
  using time = new FakeTime();
  const futures = [1, 2, 3, 4].map(() => new EventedFuture<string>());
  const waits = futures.map((future) => future.get({ timeout: 50 }));
  for (const future of futures.toReversed()) future.set("value");
  assertEquals(time.next(), false);
  assertEquals((await Promise.all(waits)).length, 4);
});

test("Future.get() waits afresh after the others of its time are done", async () => {
  using time = new FakeTime();
  const future = new EventedFuture<string>();
  const done = future.get({ timeout: 50 });
  future.set("value");
  await done;
  const state = follow(new EventedFuture().get({ timeout: 50 }));
  time.tick(50);
  assertEquals(await state(), "Timeout");
});

test("Future.get() waits afresh in the turn in which another was done", async () => {
  using time = new FakeTime();
  const future = new EventedFuture<string>();
  const done = future.get({ timeout: 50 });
  future.set("value");
  const state = follow(new EventedFuture().get({ timeout: 50 }));
  time.tick(50);
  assertEquals([await done, await state()], ["value", "Timeout"]);
});

test("Future.get() may be called again from what a time-out resumes", async () => {
  using time = new FakeTime();
  const future = new EventedFuture<string>();
  const twice = follow(
    future.get({ timeout: 50 }).catch(() => future.get({ timeout: 50 })),
  );
  time.tick(50);
  assertEquals(await twice(), "pending");
  time.tick(49);
  assertEquals(await twice(), "pending");
  time.tick(1);
  assertEquals(await twice(), "Timeout");
});

test("Future.get() that begins later ends later", async () => {
  using time = new FakeTime();
  const first = follow(new EventedFuture().get({ timeout: 50 }));
  time.tick(20);
  const second = follow(new EventedFuture().get({ timeout: 50 }));
  time.tick(30);
  assertEquals([await first(), await second()], ["Timeout", "pending"]);
  time.tick(20);
  assertEquals(await second(), "Timeout");
});

test("Future.get() with a shorter time ends before those with a longer one", async () => {
  using time = new FakeTime();
  const order: number[] = [];
  const waits = [30, 10, 20, 10].map((timeout) =>
    new EventedFuture().get({ timeout }).catch(() => order.push(timeout))
  );
  for (let i = 0; i < 3; i++) await time.tickAsync(10);
  await Promise.all(waits);
  assertEquals(order, [10, 10, 20, 30]);
});

test("Future.get() that gives up settles others that expire at the same time", async () => {
  using time = new FakeTime();
  const [first, second] = [new EventedFuture(), new EventedFuture<string>()];
  const abort = new AbortController();
  const { signal } = abort;
  const states = [
    follow(getAll([first, second], { timeout: 50 })),
    follow(second.get({ timeout: 50, signal })),
    follow(second.get({ timeout: 50 })),
  ];
  time.tick(50);
  abort.abort("too late");
  second.set("too late");
  for (const state of states) assertEquals(await state(), "Timeout");
});

// Clocks that come and go.

test("Future.get() obeys the clock that was there when it began", async () => {
  const future = new EventedFuture<string>();
  const real = follow(future.get({ timeout: 60_000 }));
  {
    using time = new FakeTime();
    const faked = follow(future.get({ timeout: 60_000 }));
    time.tick(60_000);
    assertEquals([await real(), await faked()], ["pending", "Timeout"]);
  }
  future.set("value");
  assertEquals(await real(), "value");
});

test("Future.get() clears its timer on the clock that was there when it began", async () => {
  const future = new EventedFuture<string>();
  const state = follow(future.get({ timeout: 60_000 }));
  {
    using _time = new FakeTime();
    future.set("value");
  }
  assertEquals(await state(), "value"); // and the sanitizers find no timer
});

test("Future.get() that began on a faked clock clears its timer after that is gone", async () => {
  const future = new EventedFuture<string>();
  let state: () => Promise<string>;
  {
    using _time = new FakeTime();
    state = follow(future.get({ timeout: 100 }));
  }
  future.set("value");
  assertEquals(await state(), "value");
});

test("Future.get() is not misled by a wait that was left on an earlier clock", async () => {
  const clock = new SameClock();
  {
    using _ = clock.install();
    follow(new EventedFuture().get({ timeout: 100 }));
  }
  await delay(0);
  using _ = clock.install();
  const state = follow(new EventedFuture().get({ timeout: 100 }));
  clock.tick(100);
  assertEquals(await state(), "Timeout");
});

test("Future.set() settles all waits of a clock that is gone and says so", async () => {
  const clock = new SameClock();
  const future = new EventedFuture<string>();
  const states: (() => Promise<string>)[] = [];
  {
    using _ = clock.install();
    states.push(follow(future.get({ timeout: 100 })));
    states.push(follow(future.get({ timeout: 200 })));
    states.push(follow(getAll([future], { timeout: 100 })));
  }
  states.push(follow(future.get()));
  future.set("value");
  for (const state of states) assertEquals(await state(), "value");
});

test("Future.get() keeps its time when Date.now() stands still", async () => {
  using _now = stub(Date, "now", () => 0);
  const order: string[] = [];
  const early = new EventedFuture().get({ timeout: 40 })
    .catch(() => order.push("early"));
  await delay(20);
  const late = new EventedFuture().get({ timeout: 40 })
    .catch(() => order.push("late"));
  await early;
  await Promise.resolve();
  order.push("between");
  await late;
  assertEquals(order, ["early", "between", "late"]);
});

// In a process of its own.

const noDeno = typeof Deno === "undefined" && "it runs programs with Deno";

const NOTHING = "nothing is left";

const WAYS: Record<string, string> = {
  "ends by its deadline": NOTHING,
  "ends at once": NOTHING,
  "ends by its signal": NOTHING,
  "for all ends by its deadline": NOTHING,
  "for all ends by its signal": NOTHING,
  "for all ends by a failure": NOTHING,
  "for a result ends by its deadline": NOTHING,
  "for a result ends by its signal": NOTHING,
  "for a derived future ends by its deadline": NOTHING,
  "goes on": "it is held",
  "starts a hook that has run": NOTHING,
  "starts a hook that was set aside": NOTHING,
  "is forgotten without a deadline": "the program ends",
  "is forgotten with a deadline": "the program ends with Timeout",
};

for (const [way, says] of Object.entries(WAYS)) {
  testUnless(noDeno, `a wait that ${way}: ${says}`, async () => {
    const flags = ["--quiet", "--v8-flags=--expose-gc"];
    const outcome = await deno("run", ...flags, "tests/programs/waits.ts", way);
    assertEquals(outcome.stdout, `${says}\n`, outcome.stderr);
    assertEquals(outcome.code, 0);
  });
}

/** Follows a promise; what it returns says what has become of it by now. */
function follow(promise: Promise<unknown>): () => Promise<string> {
  let state = "pending";
  promise.then((value) => state = String(value), (reason) => {
    state = reason?.name ?? String(reason);
  });
  return async () => {
    await new Promise((resolve) => realSetTimeout(resolve, 0));
    return state;
  };
}

/** A signal that knows how many listen to it. */
function watchedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const listening = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: unknown[]) => {
    listening.add(args[1]);
    Reflect.apply(addEventListener, signal, args);
  };
  signal.removeEventListener = (...args: unknown[]) => {
    listening.delete(args[1]);
    Reflect.apply(removeEventListener, signal, args);
  };
  return { controller, signal, listeners: () => listening.size };
}

/**
 * A faked clock that begins at the same time, with the very same functions,
 * whenever it is installed.
 */
class SameClock {
  #isInstalled = false;
  #now = 0;
  #due = new Map<number, { at: number; callback: () => void }>();
  readonly #functions = {
    setTimeout: (callback: () => void, ms: number) => {
      const id = this.#due.size + 1;
      this.#due.set(id, { at: this.#now + ms, callback });
      return id;
    },
    clearTimeout: (id: number) => {
      if (!this.#isInstalled) throw new Error("the clock is gone");
      this.#due.delete(id);
    },
  };
  readonly #dateNow = (): number => this.#now;

  install(): Disposable {
    this.#isInstalled = true;
    this.#now = 0;
    this.#due.clear();
    const { setTimeout, clearTimeout } = globalThis;
    const { now } = Date;
    Object.assign(globalThis, this.#functions);
    Date.now = this.#dateNow;
    return {
      [Symbol.dispose]: () => {
        this.#isInstalled = false;
        Object.assign(globalThis, { setTimeout, clearTimeout });
        Date.now = now;
      },
    };
  }

  tick(ms: number): void {
    this.#now += ms;
    for (const [id, { at, callback }] of [...this.#due]) {
      if (at > this.#now || !this.#due.delete(id)) continue;
      callback();
    }
  }
}

test("Future.get() gives up no earlier than its timeout, whoever shares its timer", async () => {
  const timeout = 60;
  const others = Array.from({ length: 5 }, () => new EventedFuture<number>());
  const reads = others.map((future) => future.get({ timeout }));
  const began = performance.now();
  while (performance.now() - began < 40); // no one else runs in one go
  const start = performance.now();
  const last = new EventedFuture<number>().get({ timeout });
  others.forEach((future) => future.set(1));
  await assertRejects(() => last, Timeout);
  // Timers of some platforms are a millisecond early.
  assert(performance.now() - start > timeout - 5);
  await Promise.all(reads);
});
