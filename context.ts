import {
  type AsyncContext,
  createAsyncContext,
  importAsyncContext,
} from "./platform.ts";
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
  /** Whether it is known by its asynchronous context after an `await`. */
  readonly followed?: boolean;
  /** What it has read, for those who ask what it is made from. */
  readonly sources?: Future<unknown>[];
  /** Whether its waits are nobody's concern: nobody looks for circles. */
  readonly ignored?: boolean | undefined;
  /** How waits fail that began before it was known to wait in earnest. */
  late?: Map<Future<unknown>, (error: Error) => void> | undefined;
  /** What is known of the code that waits. */
  readonly handler?: Handler | undefined;
}

/** Why a wait must fail: now, or as soon as a promise rejects that may never. */
export type Objection = Error | Promise<never>;

/** What is known of a handler of a class. */
export interface Handler {
  /** The name of the method, attribute or hook. */
  readonly member: string;
  /** Whether it is `async`. */
  readonly isAsync: boolean;
  /** Whether it has returned a promise. */
  isPromising: boolean;
  /** Whether it asked or waited for anybody, or may have. */
  asks: boolean;
  /** How many times it was followed. */
  turns: number;
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
  wait: (waiter: Waiter, future: Future<unknown>) => Objection | undefined;
  /** Notes a future among others that somebody has read; see `deadlock.ts`. */
  note: (futures: Future<unknown>[], future: Future<unknown>) => void;
  /** Whether anybody has looked for the method `then` of a future since the last
   * burst. */
  looked: boolean;
  /** How many handlers and hooks are followed and have not ended. */
  followed: number;
} = {
  running: undefined,
  storage: undefined,
  wait: () => undefined,
  note: () => {},
  looked: false,
  followed: 0,
};

/** Whether the asynchronous context was made, or cannot be. */
let isSought = false;

/** The asynchronous context, made at the first call. */
export function asyncContext(): AsyncContext<Waiter> | undefined {
  if (!isSought) {
    isSought = true;
    context.storage = asNobody(() => createAsyncContext());
  }
  return context.storage;
}

let loading: Promise<void> | undefined;

/**
 * Makes the asynchronous context before it is needed, where that saves time.
 *
 * @returns A promise that settles when it is there, if it is not there yet.
 */
export function prepareAsyncContext(): Promise<void> | undefined {
  if (isSought) return undefined;
  return loading ??= asNobody(() => importAsyncContext<Waiter>())
    ?.then((storage) => {
      if (isSought || storage === undefined) return;
      isSought = true;
      context.storage = storage;
    });
}

/**
 * Calls what is no part of the work of who runs now: a listener, or what loads
 * something, for which some platforms run microtasks.
 */
export function asNobody<T>(call: () => T): T {
  return runAs(undefined, call);
}

/** The waiter that runs now, if any. */
export function currentWaiter(): Waiter | undefined {
  const { running } = context;
  const waiter = running === undefined ? followedWaiter() : running.waiter();
  if (waiter?.handler !== undefined) waiter.handler.asks = true;
  return waiter;
}

/**
 * The waiter whose code runs after an `await`, if any. To look into the storage
 * costs a tenth of an ask: that is spared while nobody can be found there. Who is
 * over may have left its context behind, in what it started.
 */
export function followedWaiter(): Waiter | undefined {
  if (context.followed === 0) return undefined;
  const waiter = context.storage?.getStore();
  return waiter?.suspended ? waiter : undefined;
}

/**
 * Runs a function as a waiter: what it reads, that waiter waits for, until the
 * promise that the function returns is settled.
 */
export function runAs<T>(waiter: Waiter | undefined, fn: () => T): T {
  const { running, storage } = context;
  context.running = waiter && { waiter: () => waiter };
  try {
    // To leave a context costs as much as an ask: not where nobody is followed.
    const result =
      storage === undefined || waiter === undefined && context.followed === 0
        ? fn()
        : storage.run(waiter, fn);
    if (result instanceof Promise) {
      context.followed++;
      const ended = () => context.followed--;
      result.then(ended, ended);
    }
    return result;
  } finally {
    context.running = running;
  }
}
