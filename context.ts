import { type AsyncContext, createAsyncContext } from "./platform.ts";
import type { Future } from "./future.ts";

/** Who can wait for futures: the turn of an actor, or a future with a hook. */
export interface Waiter {
  /** What it waits for; those that are settled do not count any more. */
  waits: Future<unknown>[] | undefined;
  /** `Class.member` of a turn; a future has no name of its own. */
  readonly label: string | undefined;
  /** The turn on whose behalf a future is computed. */
  readonly reader?: Waiter | undefined;
  /** Whether it waits in earnest: what only runs to its end closes no circle. */
  readonly suspended: boolean;
}

/** Who runs now, as far as the synchronous part goes. */
export interface Running {
  /** The waiter that stands for what runs now. */
  waiter(): Waiter;
}

/** What runs now. One mutable record, because it is read on hot paths. */
export const context: {
  /** Whose code runs synchronously. */
  running: Running | undefined;
  /** Whose code runs after an `await`; made when an asynchronous handler runs. */
  storage: AsyncContext<Waiter> | undefined;
  /** Records a wait and says why it must not be, if so; see `deadlock.ts`. */
  wait: (waiter: Waiter, future: Future<unknown>) => Error | undefined;
  /** Grows when actors have their turn. */
  burst: number;
} = {
  running: undefined,
  storage: undefined,
  wait: () => undefined,
  burst: 0,
};

let looked = false;

/** The asynchronous context, made at the first call. */
export function asyncContext(): AsyncContext<Waiter> | undefined {
  if (!looked) {
    looked = true;
    context.storage = createAsyncContext();
  }
  return context.storage;
}

/** The waiter that runs now, if any. */
export function currentWaiter(): Waiter | undefined {
  const { running, storage } = context;
  return running === undefined ? storage?.getStore() : running.waiter();
}

/** Runs a function as a waiter: what it reads, that waiter waits for. */
export function runAs<T>(waiter: Waiter, fn: () => T): T {
  const { running, storage } = context;
  context.running = { waiter: () => waiter };
  try {
    return storage === undefined ? fn() : storage.run(waiter, fn);
  } finally {
    context.running = running;
  }
}
