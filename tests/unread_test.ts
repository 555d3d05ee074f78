import {
  ActorSystem,
  AsyncResult,
  EventedFuture,
  type Future,
  getAll,
} from "@dekka/actors";
import { Lines } from "./lines.ts";
import { deno } from "./process.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  delay,
  test,
  testUnless,
} from "./test.ts";

const WARNING = "Failure of a future was never read";

// What counts as a reading.

const READINGS: Record<string, (future: Future<unknown>) => unknown> = {
  "Future.get()": (future) => future.get().catch(ignore),
  "Future.get() with a timeout": (future) =>
    future.get({ timeout: 10 }).catch(ignore),
  "await": async (future) => {
    try {
      await future;
    } catch {
      // It was read.
    }
  },
  "Future.then()": (future) => future.then(null, ignore),
  "Future.catch()": (future) => future.catch(ignore),
  "Future.finally()": (future) => future.finally().catch(ignore),
  "EventedFuture.asyncResult": (future) =>
    (future as EventedFuture<unknown>).asyncResult.exception,
  "EventedFuture.from()": (future) => EventedFuture.from(future).catch(ignore),
  "getAll()": (future) => getAll([new EventedFuture(), future]).catch(ignore),
  "Promise.allSettled()": (future) => Promise.allSettled([future]),
  "Promise.race()": (future) => Promise.race([future]).catch(ignore),
  "Future.map()": (future) => future.map(String).catch(ignore),
  "Future.filter()": (future) =>
    (future as Future<never[]>).filter(() => true).catch(ignore),
  "Future.reduce()": (future) =>
    (future as Future<never[]>).reduce((all) => all).catch(ignore),
  "Future.join() of the first": (future) =>
    future.join(new EventedFuture()).catch(ignore),
  "Future.join() of another": (future) =>
    new EventedFuture().join(future).catch(ignore),
  "a chain of Future.map()": (future) =>
    future.map(String).map(String).map(String).catch(ignore),
  "a hook that returns it": (future) => {
    const other = new EventedFuture();
    other.setGetHook(() => future);
    return other.catch(ignore);
  },
};

for (const [name, read] of Object.entries(READINGS)) {
  test(`${name} reads a failure that is there`, async () => {
    const unread = await unreadOf(async () => {
      const future = new EventedFuture();
      future.setException("read");
      await delay(0);
      await read(future);
    });
    assertEquals(unread, []);
  });

  test(`${name} reads a failure in the same turn`, async () => {
    const unread = await unreadOf(async () => {
      const future = new EventedFuture();
      future.setException("read");
      await read(future);
    });
    assertEquals(unread, []);
  });

  test(`${name} reads a failure that comes`, async () => {
    const unread = await unreadOf(async () => {
      const future = new EventedFuture();
      const reading = read(future);
      await delay(0);
      future.setException("read");
      await reading;
    });
    assertEquals(unread, []);
  });
}

// What does not.

const OTHERS: Record<string, (future: Future<unknown>) => unknown> = {
  "nothing": () => {},
  "Future.map() that is not read": (future) => future.map(String),
  "Future.filter() that is not read": (future) =>
    (future as Future<never[]>).filter(() => true),
  "Future.reduce() that is not read": (future) =>
    (future as Future<never[]>).reduce((all) => all),
  "Future.join() that is not read": (future) =>
    future.join(new EventedFuture()),
  "a hook that has not run": (future) => {
    new EventedFuture().setGetHook(() => future);
  },
  "Future.set() that is refused": (future) => {
    try {
      future.set(1);
    } catch {
      // It has failed already.
    }
  },
};

for (const [name, touch] of Object.entries(OTHERS)) {
  test(`${name} does not read a failure, which is reported once`, async () => {
    const unread = await unreadOf(() => {
      const future = new EventedFuture();
      future.setException("unread");
      touch(future);
    });
    assertEquals(unread, ["unread"]);
  });
}

/** Made when it is needed: workerd lets no module do that while it is loaded. */
const aborted = () => AbortSignal.abort();

const GIVEN_UP: Record<string, (future: Future<unknown>) => unknown> = {
  "Future.get() that timed out": (future) => future.get({ timeout: 0 }),
  "Future.get() that timed out later": (future) => future.get({ timeout: 1 }),
  "Future.get() that was aborted": (future) =>
    future.get({ signal: aborted() }),
  "Future.get() that was refused": (future) => future.get({ timeout: NaN }),
  "getAll() that timed out": (future) => getAll([future], { timeout: 0 }),
  "getAll() that was aborted": (future) =>
    getAll([future], { signal: aborted() }),
  "getAll() that was refused": (future) => getAll([future], { timeout: -1 }),
};

for (const [name, giveUp] of Object.entries(GIVEN_UP)) {
  test(`${name} has not read a failure that comes after it`, async () => {
    const unread = await unreadOf(async () => {
      const future = new EventedFuture();
      await Promise.allSettled([giveUp(future)]);
      future.setException("unread");
    });
    assertEquals(unread, ["unread"]);
  });

  test(`${name} does not keep another from reading a failure`, async () => {
    const unread = await unreadOf(async () => {
      const future = new EventedFuture();
      const reading = future.catch(ignore);
      await Promise.allSettled([giveUp(future)]);
      future.setException("read");
      await reading;
    });
    assertEquals(unread, []);
  });
}

for (const name of Object.keys(GIVEN_UP)) {
  // What timed out late or was too late has got the failure.
  if (!/aborted|refused/.test(name)) continue;
  test(`${name} has not read a failure that was there`, async () => {
    const unread = await unreadOf(async () => {
      const future = new EventedFuture();
      future.setException("unread");
      await delay(0);
      await Promise.allSettled([GIVEN_UP[name]!(future)]);
    });
    assertEquals(unread, ["unread"]);
  });
}

test("EventedFuture is read by those who wait for the result that it wraps", async () => {
  const unread = await unreadOf(async () => {
    const result = new AsyncResult();
    new EventedFuture(result);
    const wait = result.catch(ignore);
    result.setException("read");
    await wait;
  });
  assertEquals(unread, []);
});

test("Future that fails unread is reported whatever it fails with", async () => {
  const exceptions = [new Error("unread"), "text", 0, null, undefined, false];
  const unread = await unreadOf(() => {
    for (const exception of exceptions) {
      new EventedFuture().setException(exception);
    }
  });
  assertEquals(unread, exceptions);
});

test("Future of a promise that fails unread is reported", async () => {
  const unread = await unreadOf(async () => {
    EventedFuture.from(Promise.reject("unread"));
    await delay(0);
  });
  assertEquals(unread, ["unread"]);
});

test("Future that has a value is never reported", async () => {
  const unread = await unreadOf(() => new EventedFuture().set(1));
  assertEquals(unread, []);
});

test("Future that nobody has set is never reported", async () => {
  assertEquals(await unreadOf(() => void new EventedFuture()), []);
});

test("Future that fails unread is not reported a second time", async () => {
  const future = new EventedFuture();
  assertEquals(await unreadOf(() => future.setException("once")), ["once"]);
  assertEquals(await unreadOf(() => {}), []);
  assertEquals(await unreadOf(() => future.catch(ignore)), []);
});

test("Future that a late reader reads raises no alarm afterwards", async () => {
  const unread = await unreadOf(async () => {
    const future = new EventedFuture();
    future.setException("read late");
    for (let i = 0; i < 5; i++) await delay(0);
    await future.catch(ignore);
  });
  assertEquals(unread, []);
});

// Of actors.

/** What the latest reply was handed over to. */
let slow: EventedFuture<never>;

function define(Base: ActorBase) {
  class Failing extends Base<string, number> {
    override onReceive(message: string): number {
      throw new RangeError(message);
    }
    call(): number {
      throw new RangeError("called");
    }
  }
  class Asking extends Base {
    readonly #failing = this.actorSystem.start(Failing);
    forget(): void {
      this.#failing.ask("forgotten");
    }
    delegate(): Future<number> {
      return this.#failing.ask("delegated");
    }
  }
  /** Hands its reply over to a future that fails later. */
  class Delegating extends Base<{ listens: boolean }, never> {
    override onReceive({ listens }: { listens: boolean }): Future<never> {
      const future = slow = new EventedFuture<never>();
      if (listens) {
        const { signal } = this;
        const obey = () => future.setException(signal.reason);
        signal.addEventListener("abort", obey);
      }
      return future;
    }
    ping(): string {
      return "pong";
    }
  }
  return { Failing, Asking, Delegating };
}

forEachRuntime(define, ({ Failing, Asking, Delegating }, test) => {
  test("ActorSystem reports an ask that failed unread when it is disposed", async () => {
    const logger = new Lines();
    let name: string;
    {
      await using system = new ActorSystem({ logger });
      const failing = system.start(Failing);
      name = String(failing);
      failing.ask("unread");
      assertEquals(logger.at("warn"), []);
    }
    const [line, ...others] = logger.at("warn");
    assertEquals(others, []);
    assertEquals(
      line!.text,
      `Failure of onReceive of ${name} was never read`,
    );
    assertMatch(String(line!.data[0]), /RangeError: unread/);
  });

  test("ActorSystem names the member of a call that failed unread", async () => {
    const logger = new Lines();
    {
      await using system = new ActorSystem({ logger });
      system.start(Failing).proxy().call();
    }
    assertEquals(logger.at("warn").length, 1);
    assertMatch(logger.at("warn")[0]!.text, /^Failure of call of Failing \(/);
  });

  test.unlessThread("ActorSystem names the asker of an ask that failed unread", async () => {
    const logger = new Lines();
    {
      await using system = new ActorSystem({ logger });
      await system.start(Asking).proxy().forget();
    }
    const texts = logger.at("warn").map(({ text }) => text);
    assertEquals(texts.length, 1);
    assertStringIncludes(texts[0]!, ", asked by Asking.forget, was never read");
  });

  test("ActorSystem tells its listeners of a failure that was never read", async () => {
    const seen: unknown[] = [];
    let failing;
    {
      await using system = new ActorSystem({ logger: new Lines() });
      system.addEventListener("unreadfailure", ({ actorRef, error }) => {
        seen.push(actorRef, String(error));
      });
      failing = system.start(Failing);
      failing.ask("unread");
    }
    assertEquals(seen.length, 2);
    assertEquals(seen[0] === failing, true);
    assertEquals(seen[1], "RangeError: unread");
  });

  test("ActorSystem reports no ask that was read", async () => {
    const logger = new Lines();
    {
      await using system = new ActorSystem({ logger });
      await system.start(Failing).ask("read").catch(ignore);
    }
    assertEquals(logger.loud(), []);
  });

  test.unlessThread("ActorSystem takes a delegated failure for read, and reports the reply", async () => {
    const logger = new Lines();
    {
      await using system = new ActorSystem({ logger });
      const proxy = system.start(Asking).proxy();
      await proxy.delegate().catch(ignore);
      assertEquals(logger.loud(), []);
      proxy.delegate();
    }
    const texts = logger.at("warn").map(({ text }) => text);
    assertEquals(texts.length, 1);
    assertMatch(texts[0]!, /^Failure of delegate of Asking \(/);
  });

  for (const listens of [false, true]) {
    const [verb, expected] = listens
      ? ["takes", [] as string[]]
      : ["does not take", ["too late"]];
    const who = listens ? "whose signal was read" : "that nobody waits for";
    test.unlessThread(`ActorSystem ${verb} a delegated failure for read, of an ask ${who}`, async () => {
      const unread = await unreadOf(async () => {
        await using delegating = Delegating.start();
        const controller = new AbortController();
        const { signal } = controller;
        const asked = delegating.ask({ listens }, { signal });
        await delegating.proxy().ping();
        controller.abort("given up");
        assertEquals(await asked.catch(String), "given up");
        if (!listens) slow.setException("too late");
      });
      assertEquals(unread, expected);
    });
  }

  test.unlessThread("ActorSystem does not take a delegated failure for read that comes after the end of the actor", async () => {
    const unread = await unreadOf(async () => {
      const delegating = Delegating.start();
      const asked = delegating.ask({ listens: false });
      await delegating.proxy().ping();
      delegating.kill("enough");
      await asked.catch(ignore);
      slow.setException("too late");
    });
    assertEquals(unread, ["too late"]);
  });

  test("ActorSystem reports no failure of another system", async () => {
    const [logger, other] = [new Lines(), new Lines()];
    await using system = new ActorSystem({ logger });
    const failing = system.start(Failing);
    failing.ask("unread");
    await failing.stop();
    await new ActorSystem({ logger: other })[Symbol.asyncDispose]();
    assertEquals([logger.at("warn"), other.at("warn")], [[], []]);
  });
});

// In a process of its own.

const PROGRAM = "tests/programs/unread_failures.ts";
const GC = ["run", "--quiet", "--v8-flags=--expose-gc"];

const noDeno = typeof Deno === "undefined" && "it runs programs with Deno";

const PROGRAMS: Record<
  string,
  { says?: string; warns?: RegExp[]; code?: number }
> = {
  "goes on": { says: "goes on\n", warns: [/never read unread/] },
  "exits at once": { warns: [/never read unread/], code: 3 },
  "exits later": { warns: [/never read unread/], code: 3 },
  "is an ask": {
    warns: [/Failure of onReceive of Failing \(urn:uuid:\S+\) was never read/],
  },
  "is an ask of an actor": {
    warns: [/, asked by Asking\.ask, was never read/],
  },
  "is collected": {
    says: "collected\nreported\ncollected\n",
    warns: [/never read unread/, /never read another/],
  },
  "is collected after a wait that timed out": {
    says: "collected\n",
    warns: [/never read unread/],
  },
  "has a source that is collected": {
    says: "collected\n",
    warns: [/never read unread/],
  },
  "is collected with its result": {
    says: "collected\n",
    warns: [/never read unread/],
  },
  "is read late": {},
  "is read and collected": {},
  "is held for ever": { says: "held\n", warns: [/never read unread/] },
};

for (const [way, expected] of Object.entries(PROGRAMS)) {
  const { says = "", warns = [], code = 0 } = expected;
  const what = warns.length > 0 ? "reports" : "does not report";
  testUnless(noDeno, `a program ${what} a failure that ${way}`, async () => {
    const outcome = await deno(...GC, PROGRAM, way);
    assertEquals(outcome.stdout, says, outcome.stderr);
    const found = outcome.stderr.match(/was never read.*$/gm) ?? [];
    assertEquals(found.length, warns.length, outcome.stderr);
    for (const warning of warns) assertMatch(outcome.stderr, warning);
    assertEquals(outcome.code, code);
  });
}

testUnless(
  noDeno,
  "a program counts the failures of an actor that has ended, however many are held back",
  async () => {
    const way = "is one of 100 that are collected after their actor has ended";
    const { stderr } = await deno(...GC, PROGRAM, way);
    const lines = stderr.match(/was never read/g) ?? [];
    assert(lines.length < 50, stderr);
    let count = lines.length;
    for (const [, held] of stderr.matchAll(/held back[^:]*: (\d+)/g)) {
      count += Number(held);
    }
    assertEquals(count, 100, stderr);
  },
);

function ignore(): void {}

/** What is reported as never read of what a function leaves behind. */
async function unreadOf(run: () => unknown): Promise<unknown[]> {
  const { default: system } = ActorSystem;
  const { logger } = system;
  const lines = new Lines();
  system.logger = lines;
  try {
    await run();
  } finally {
    await system[Symbol.asyncDispose]();
    system.logger = logger;
  }
  return lines.at("warn").map(({ text, data }) => {
    assertEquals(text, WARNING);
    return data[0];
  });
}
