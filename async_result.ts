import { asNobody } from "./context.ts";
import { InvalidStateError, Timeout } from "./errors.ts";
import {
  exceptionOf,
  fail,
  hasFailed,
  isReady,
  observe,
  type Observer,
  observersOf,
  Outcome,
  type OutcomeState,
  promiseOf,
  settle,
  stateOf,
  unobserve,
  valueOf,
} from "./outcome.ts";
import type { GetOptions } from "./timers.ts";
import { isSettler, isThenable, type Settler } from "./functions.ts";
import { reportUncaught } from "./uncaught.ts";
import { Wait, waitFor } from "./wait.ts";

/** The state of an {@linkcode AsyncResult}. */
export type AsyncResultState = OutcomeState;

/**
 * A promise that is settled from outside, and whose state can be read.
 *
 * After gevent's `gevent.event.AsyncResult`. Its native promise is made only
 * when somebody waits, so that a result which nobody waits for costs little and
 * never is an unhandled rejection.
 *
 * @typeParam T The type of the value.
 *
 * @example Usage
 * ```ts
 * import { AsyncResult } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * const result = new AsyncResult<number>();
 * assertEquals(result.state, "pending");
 * result.set(42);
 * assertEquals(result.value, 42);
 * assertEquals(await result, 42);
 * ```
 */
export class AsyncResult<T> extends Outcome<T> implements Promise<T> {
  /**
   * A result that follows a promise.
   *
   * @typeParam T The type of the value.
   * @param promise What to follow; any object with a `then()` method.
   * @returns A result with the outcome of the promise, as soon as there is one.
   */
  static from<T>(promise: PromiseLike<T>): AsyncResult<T> {
    const result = new AsyncResult<T>();
    Promise.resolve(promise).then(
      (value) => settle(result, value),
      (exception) => fail(result, exception),
    );
    return result;
  }

  /** The state now. */
  get state(): AsyncResultState {
    return stateOf(this);
  }

  /**
   * Whether it holds a value or an exception.
   *
   * @returns `false` while it is pending.
   */
  ready(): boolean {
    return isReady(this);
  }

  /**
   * Whether it holds a value.
   *
   * @returns `false` while it is pending, and when it holds an exception.
   */
  successful(): boolean {
    return stateOf(this) === "fulfilled";
  }

  /** The value, or `undefined` when there is none. */
  get value(): T | undefined {
    return valueOf(this);
  }

  /** The exception, or `undefined` when there is none. */
  get exception(): unknown {
    return exceptionOf(this);
  }

  /**
   * Stores the value and resumes the waiters.
   *
   * @param value The value; to follow a promise, see `AsyncResult.from()`.
   * @throws {InvalidStateError} If it is settled already.
   * @throws {TypeError} If the value is a promise or a future: nobody could
   * wait for such a value without waiting for what it stands for.
   */
  set(value: T): void {
    refusePromise(value, "AsyncResult");
    if (!settle(this, value)) throw this.settledAlready("value");
  }

  /**
   * Stores the exception and resumes the waiters.
   *
   * @param exception What to throw to the waiters.
   * @throws {InvalidStateError} If it is settled already.
   */
  setException(exception: unknown): void {
    if (!fail(this, exception)) {
      throw this.settledAlready("exception");
    }
  }

  /**
   * Waits for the value.
   *
   * @param options How long to wait.
   * @returns A promise of the value, which rejects with the exception, with
   * `Timeout`, with the reason of the signal, or with `RangeError` if the
   * timeout is negative or not a number.
   */
  get(options?: GetOptions): Promise<T> {
    return options === undefined
      ? promiseOf(this)
      : waitFor(new Wait(this), options);
  }

  /**
   * The value now.
   *
   * @returns The value.
   * @throws {Timeout} If there is none yet; else whatever the exception is.
   */
  getNowait(): T {
    if (this.successful()) return this.value as T;
    if (this.ready()) throw this.exception;
    throw new Timeout("Cannot get value of AsyncResult: it is pending", 0);
  }

  /**
   * Waits until it is ready, and never rejects.
   *
   * @param options How long to wait.
   * @returns A promise of the value, or of `undefined` when there is none.
   */
  wait(options?: GetOptions): Promise<T | undefined> {
    return waitFor(new QuietWait<T | undefined>(this), options);
  }

  /**
   * Calls back once, soon after it is ready, also if it is ready already.
   *
   * The call is never made inside `set()`. A callback that throws is reported
   * and keeps no other from being called.
   *
   * @param callback Is called with this result.
   */
  link(callback: (result: AsyncResult<T>) => void): void {
    const link = new Link(this, callback);
    if (this.ready()) link.settled();
    else observe(this, link);
  }

  /**
   * Takes a callback back that waits for the result.
   *
   * @param callback A callback that was given to `link()`.
   */
  unlink(callback: (result: AsyncResult<T>) => void): void {
    const links: unknown[] = [...observersOf(this), ...dueLinks];
    const link = links.find((link) =>
      link instanceof Link && link.result === this && link.callback === callback
    );
    if (!(link instanceof Link)) return;
    unobserve(this, link);
    dueLinks.delete(link);
  }

  /**
   * Waits for the value.
   *
   * @param onFulfilled Is called with the value.
   * @param onRejected Is called with the exception.
   * @returns A promise of what the callback returns.
   */
  then<Resolved = T, Rejected = never>(
    onFulfilled?: ((value: T) => Resolved | PromiseLike<Resolved>) | null,
    onRejected?:
      | ((reason: unknown) => Rejected | PromiseLike<Rejected>)
      | null,
  ): Promise<Resolved | Rejected> {
    if (!this.ready() && onRejected && isSettler(onFulfilled)) {
      return wait(this, onFulfilled, onRejected) as Promise<never>;
    }
    return promiseOf(this).then(onFulfilled, onRejected);
  }

  /**
   * Waits for the exception.
   *
   * @param onRejected Is called with the exception.
   * @returns A promise of the value, or of what the callback returns.
   */
  catch<Rejected = never>(
    onRejected?:
      | ((reason: unknown) => Rejected | PromiseLike<Rejected>)
      | null,
  ): Promise<T | Rejected> {
    return promiseOf(this).catch(onRejected);
  }

  /**
   * Waits for either.
   *
   * @param onFinally Is called when there is a value or an exception.
   * @returns A promise of the value.
   */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return promiseOf(this).finally(onFinally);
  }

  /** Always `"AsyncResult"`. */
  get [Symbol.toStringTag](): string {
    return "AsyncResult";
  }

  /** The error of who comes too late. */
  private settledAlready(what: string): InvalidStateError {
    return new InvalidStateError(
      `Cannot set ${what} of AsyncResult: it is ${this.state}`,
    );
  }
}

/**
 * A wait by `await`, or by a combinator of the platform. These hand in functions
 * that settle a promise of theirs, which may be called at once, in the order of
 * the waiters, and without a promise in between.
 */
class Await extends AsyncResult<unknown> implements Observer {
  // One is kept: see `EventedFuture`. It is never settled.
  static readonly #kept = /* @__PURE__ */ new Await(isThenable, isThenable);

  // The wait itself is what `then()` returns: few look at it.
  constructor(
    readonly resolve: Settler,
    readonly onRejected: (reason: unknown) => unknown,
  ) {
    super();
  }

  settled(outcome: Outcome<unknown>): void {
    if (hasFailed(outcome)) this.rejected(exceptionOf(outcome));
    else this.follow(settleBy(this.resolve, valueOf(outcome)));
  }

  // To know a function of the platform costs so much that it is done once for a
  // wait; the other function may be a callback of a user.
  private rejected(reason: unknown): void {
    this.follow(
      isSettler(this.onRejected)
        ? settleBy(this.onRejected, reason)
        : Promise.reject(reason).catch(this.onRejected),
    );
  }

  private follow(result: Promise<unknown>): void {
    if (result === DONE) settle(this, undefined);
    else {
      result.then(
        (value) => settle(this, value),
        (error) => this.threw(error),
      );
    }
  }

  // As with a native promise: an error that nobody looks at is not swallowed.
  private threw(error: unknown): void {
    const isObserved = observersOf(this).length > 0;
    fail(this, error);
    if (!isObserved) Promise.reject(error);
  }
}

/** What comes of a function of the platform. */
const DONE: Promise<unknown> = Promise.resolve();

/**
 * Calls what is taken for a function of the platform. Those return nothing and
 * never throw; what a user's does is not lost.
 *
 * @param settler The function.
 * @param outcome What it gets.
 * @returns A promise of what it returns.
 */
export function settleBy(settler: Settler, outcome: unknown): Promise<unknown> {
  try {
    const result: unknown = settler(outcome);
    return result === undefined ? DONE : Promise.resolve(result);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Lets functions of the platform wait for a pending outcome.
 *
 * @param outcome What is waited for.
 * @param resolve Is called with the value.
 * @param onRejected Is called with the exception; it may be a user's.
 * @returns A promise of what is called.
 */
export function wait(
  outcome: Outcome<unknown>,
  resolve: Settler,
  onRejected: (reason: unknown) => unknown,
): Promise<unknown> {
  const wait = new Await(resolve, onRejected);
  observe(outcome, wait);
  return wait;
}

/** The links whose callbacks are about to be called. */
const dueLinks = new Set<unknown>();

/** A callback to be called when a result is ready. */
class Link<T> implements Observer {
  constructor(
    readonly result: AsyncResult<T>,
    readonly callback: (result: AsyncResult<T>) => void,
  ) {}

  settled(): void {
    dueLinks.add(this);
    Promise.resolve().then(() => this.#call()).catch((error) =>
      reportUncaught("Callback linked to AsyncResult threw", error)
    );
  }

  #call(): unknown {
    if (!dueLinks.delete(this)) return undefined; // it was taken back
    // Which may be an async function. Who has set the result waits for no such.
    return asNobody(() => this.callback(this.result));
  }
}

/** A wait that ends without an error in any case. */
class QuietWait<T> extends Wait<T | undefined> {
  override settled(): void {
    this.end();
    this.settlers.resolve(valueOf(this.outcome));
  }

  override giveUp(): void {
    unobserve(this.outcome, this);
    this.settlers.resolve(undefined);
  }
}

/** Fails for values that nobody could wait for as they are. */
export function refusePromise(value: unknown, what: string): void {
  if (!isThenable(value)) return;
  throw new TypeError(
    `Cannot set value of ${what}: it is a promise, which from() can follow`,
  );
}
