/**
 * Leaves failures unread, each in its own way; `tests/unread_test.ts` says which
 * and looks at what is printed.
 */
import {
  AsyncResult,
  EventedActor,
  EventedFuture,
  type Future,
} from "@dekka/actors";

declare const gc: () => void;
declare const Deno: { args: string[]; exit(code: number): never };

class Failing extends EventedActor<string, number> {
  override onReceive(message: string): number {
    throw new RangeError(message);
  }
}

class Asking extends EventedActor {
  ask(of: string): void {
    Failing.start().ask(of);
  }
}

const WAYS: Record<string, () => unknown> = {
  "goes on": async () => {
    fail("unread");
    await turn();
    console.log("goes on");
  },
  "exits at once": () => {
    fail("unread");
    Deno.exit(3);
  },
  "exits later": async () => {
    fail("unread");
    await turn();
    Deno.exit(3);
  },
  "is an ask": () => void Failing.start().ask("unread"),
  "is an ask of an actor": async () => {
    await Asking.start().proxy().ask("unread");
  },
  "is collected": async () => {
    fail("unread");
    await collected("unread");
    console.log("reported");
    fail("another");
    await collected("another");
  },
  "is collected after a wait that timed out": async () => {
    await (async () => {
      const future = new EventedFuture<never>();
      await future.get({ timeout: 0 }).catch(() => {});
      future.setException("unread");
    })();
    await collected("unread");
  },
  "has a source that is collected": async () => {
    (() => void fail("unread").map((value) => value).map(String))();
    await collected("unread");
  },
  "is collected with its result": async () => {
    (() => {
      const result = new AsyncResult();
      new EventedFuture(result);
      result.setException("unread");
    })();
    await collected("unread");
  },
  "is one of 100 that are collected after their actor has ended": async () => {
    const failing = Failing.start();
    for (let i = 0; i < 100; i++) failing.ask("unread");
    await failing.stop();
    await collections();
  },
  "is read late": async () => {
    const future = fail("read late");
    await collections();
    await future.get().catch(() => {});
  },
  "is read and collected": async () => {
    await fail("read").catch(() => {});
    await fail("read in time").map((value) => value).get().catch(() => {});
    await collections();
  },
  "is held for ever": async () => {
    Object.assign(globalThis, { held: fail("unread") });
    await collections();
    console.log("held");
  },
};

function fail(message: string): Future<unknown> {
  const future = new EventedFuture();
  future.setException(message);
  return future;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Collects until a warning with a text in it has been printed. */
async function collected(text: string): Promise<void> {
  const { warn } = console;
  let found = false;
  console.warn = (...data) => {
    warn(...data);
    found ||= data.includes(text);
  };
  for (let i = 0; i < 200 && !found; i++) await collections(1);
  console.warn = warn;
  console.log(found ? "collected" : "never collected");
}

async function collections(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) {
    gc();
    await turn();
  }
}

await WAYS[Deno.args[0]!]!();
