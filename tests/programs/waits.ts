/**
 * Waits in one way, and says what is left of it; `tests/timers_test.ts` runs it
 * with `--v8-flags=--expose-gc`.
 */
import { AsyncResult, EventedFuture, getAll } from "@dekka/actors";

declare const gc: () => void;

const WAYS: Record<string, () => unknown> = {
  "ends by its deadline": () =>
    leftOf((signal) => ignoring(pending.get({ timeout: 1, signal }))),
  "ends at once": () =>
    leftOf((signal) => ignoring(pending.get({ timeout: 0, signal }))),
  "ends by its signal": () =>
    leftOf((signal, abort) => {
      const wait = ignoring(pending.get({ timeout: 60_000, signal }));
      abort();
      return wait;
    }),
  "for all ends by its deadline": () =>
    leftOf((signal) =>
      ignoring(getAll([pending, done], { timeout: 1, signal }))
    ),
  "for all ends by its signal": () =>
    leftOf((signal, abort) => {
      const wait = ignoring(getAll([pending, pending], { signal }));
      abort();
      return wait;
    }),
  "for all ends by a failure": () =>
    leftOf((signal) => ignoring(getAll([pending, failed], { signal }))),
  "for a result ends by its deadline": () =>
    leftOf((signal) => result.wait({ timeout: 1, signal })),
  "for a result ends by its signal": () =>
    leftOf((signal, abort) => {
      const wait = result.wait({ signal });
      abort();
      return wait;
    }),
  "for a derived future ends by its deadline": () =>
    leftOf((signal) => ignoring(derived.get({ timeout: 1, signal }))),
  "starts a hook that has run": () =>
    leftOf(async (signal) => {
      const future = new EventedFuture<boolean>();
      Object.assign(globalThis, { kept: future });
      future.setGetHook(() => signal.aborted);
      await future;
    }),
  "starts a hook that was set aside": () =>
    leftOf((signal) => {
      const future = new EventedFuture<boolean>();
      Object.assign(globalThis, { kept: future });
      future.setGetHook(() => signal.aborted);
      future.set(true);
    }),
  // A wait that goes on is there to see that the others are rightly missed.
  "goes on": () => leftOf((signal) => void ignoring(pending.get({ signal }))),
  "is forgotten without a deadline": () => {
    ignoring(pending.get());
    ignoring(getAll([pending]));
    console.log("the program ends");
  },
  "is forgotten with a deadline": () => {
    new EventedFuture().get({ timeout: 1 }).catch(({ name }) =>
      console.log(`the program ends with ${name}`)
    );
  },
};

const pending = new EventedFuture<number>();
const derived = pending.map((n) => n + 1);
const result = new AsyncResult<number>();
const done = new EventedFuture<number>();
const failed = new EventedFuture<number>();
done.set(1);
failed.setException("no");

/** Tells whether anything holds the signal of a wait when that is over. */
async function leftOf(
  wait: (signal: AbortSignal, abort: () => void) => unknown,
): Promise<void> {
  const left = await begin();
  for (let i = 0; i < 50 && left.deref() !== undefined; i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    gc();
  }
  console.log(left.deref() === undefined ? "nothing is left" : "it is held");

  // In a function of its own, so that its variables are gone.
  async function begin(): Promise<WeakRef<AbortSignal>> {
    const controller = new AbortController();
    await wait(controller.signal, () => controller.abort());
    return new WeakRef(controller.signal);
  }
}

function ignoring(wait: Promise<unknown>): Promise<unknown> {
  return wait.catch(() => {});
}

await WAYS[Deno.args[0]!]!();
