import { InvalidStateError, Timeout } from "./errors.ts";
import { type GetOptions, Patience } from "./timers.ts";
import { isSettler, isThenable, type Settler } from "./functions.ts";
import { reportUncaught } from "./uncaught.ts";

/** The state of an {@linkcode AsyncResult}. */
export type AsyncResultState = "pending" | "fulfilled" | "rejected";

/** Told, synchronously, when a result is settled. Must not throw. */
export interface Observer {
  /**
   * Called once.
   *
   * @param result The result.
   * @param observers How many observers are told.
   */
  settled(result: AsyncResult<unknown>, observers: number): void;
}

/** Settles a result with a value, if it is pending; returns whether it was. */
export let settle: <T>(result: AsyncResult<T>, value: T) => boolean;
/** Settles a result with an exception, if it is pending; returns whether it was. */
export let fail: (result: AsyncResult<unknown>, exception: unknown) => boolean;
/** Tells an observer when a pending result is settled, in the order of the calls. */
export let observe: (result: AsyncResult<unknown>, observer: Observer) => void;
/** Takes an observer back. */
export let unobserve: (
  result: AsyncResult<unknown>,
  observer: Observer,
) => void;
/** Whether anybody waits for a result that is pending. */
export let hasObservers: (result: AsyncResult<unknown>) => boolean;
/** A native promise of a result. */
export let promiseOf: <T>(result: AsyncResult<T>) => Promise<T>;

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
export class AsyncResult<T> implements Promise<T> {
  #state: AsyncResultState = "pending";
  // The value or the exception; the state says which.
  #outcome: unknown = undefined;
  #observers: Observer | Observer[] | undefined = undefined;
  // The promise that whoever waits next shares with those before.
  #shared: Shared | undefined = undefined;

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
      (value) => result.#settle("fulfilled", value),
      (exception) => result.#settle("rejected", exception),
    );
    return result;
  }

  /** The state now. */
  get state(): AsyncResultState {
    return this.#state;
  }

  /**
   * Whether it holds a value or an exception.
   *
   * @returns `false` while it is pending.
   */
  ready(): boolean {
    return this.#state !== "pending";
  }

  /**
   * Whether it holds a value.
   *
   * @returns `false` while it is pending, and when it holds an exception.
   */
  successful(): boolean {
    return this.#state === "fulfilled";
  }

  /** The value, or `undefined` when there is none. */
  get value(): T | undefined {
    return this.#state === "fulfilled" ? this.#outcome as T : undefined;
  }

  /** The exception, or `undefined` when there is none. */
  get exception(): unknown {
    return this.#state === "rejected" ? this.#outcome : undefined;
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
    if (!this.#settle("fulfilled", value)) throw this.#settledAlready("value");
  }

  /**
   * Stores the exception and resumes the waiters.
   *
   * @param exception What to throw to the waiters.
   * @throws {InvalidStateError} If it is settled already.
   */
  setException(exception: unknown): void {
    if (!this.#settle("rejected", exception)) {
      throw this.#settledAlready("exception");
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
      ? this.#promise()
      : waitFor(new Wait(this), options);
  }

  /**
   * The value now.
   *
   * @returns The value.
   * @throws {Timeout} If there is none yet; else whatever the exception is.
   */
  getNowait(): T {
    if (this.#state === "fulfilled") return this.#outcome as T;
    if (this.#state === "rejected") throw this.#outcome;
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
    if (this.#state === "pending") this.#observe(link);
    else link.settled();
  }

  /**
   * Takes a callback back that waits for the result.
   *
   * @param callback A callback that was given to `link()`.
   */
  unlink(callback: (result: AsyncResult<T>) => void): void {
    const links: unknown[] = [this.#observers, ...dueLinks].flat();
    const link = links.find((link) =>
      link instanceof Link && link.result === this && link.callback === callback
    );
    if (!(link instanceof Link)) return;
    this.#unobserve(link);
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
    if (this.#state === "pending" && onRejected && isSettler(onFulfilled)) {
      const wait = new Await(onFulfilled, onRejected);
      this.#observe(wait);
      return wait as Promise<unknown> as Promise<Resolved | Rejected>;
    }
    return this.#promise().then(onFulfilled, onRejected);
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
    return this.#promise().catch(onRejected);
  }

  /**
   * Waits for either.
   *
   * @param onFinally Is called when there is a value or an exception.
   * @returns A promise of the value.
   */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#promise().finally(onFinally);
  }

  /** Always `"AsyncResult"`. */
  get [Symbol.toStringTag](): string {
    return "AsyncResult";
  }

  #settle(state: AsyncResultState, outcome: unknown): boolean {
    if (this.#state !== "pending") return false;
    this.#state = state;
    this.#outcome = outcome;
    const observers = this.#observers;
    if (observers !== undefined) {
      this.#observers = this.#shared = undefined;
      if (!Array.isArray(observers)) observers.settled(this, 1);
      else {
        for (const each of observers) each.settled(this, observers.length);
      }
    }
    return true;
  }

  #settledAlready(what: string): InvalidStateError {
    return new InvalidStateError(
      `Cannot set ${what} of AsyncResult: it is ${this.#state}`,
    );
  }

  // One observer is the usual case and needs no array.
  #observe(observer: Observer): void {
    this.#shared = undefined; // or who waits later would overtake this one
    if (this.#observers === undefined) this.#observers = observer;
    else if (Array.isArray(this.#observers)) this.#observers.push(observer);
    else this.#observers = [this.#observers, observer];
  }

  #unobserve(observer: Observer): void {
    if (this.#observers === observer) this.#observers = undefined;
    else if (Array.isArray(this.#observers)) {
      const index = this.#observers.indexOf(observer);
      if (index >= 0) this.#observers.splice(index, 1);
    }
  }

  #promise(): Promise<T> {
    if (this.#state === "fulfilled") return Promise.resolve(this.#outcome as T);
    if (this.#state === "rejected") return Promise.reject(this.#outcome);
    if (this.#shared === undefined) {
      const shared = new Shared();
      this.#observe(shared);
      this.#shared = shared;
    }
    return this.#shared!.promise as Promise<T>;
  }

  static {
    settle = (result, value) => result.#settle("fulfilled", value);
    fail = (result, exception) => result.#settle("rejected", exception);
    observe = (result, observer) => result.#observe(observer);
    unobserve = (result, observer) => result.#unobserve(observer);
    hasObservers = (result) => [result.#observers].flat().some(Boolean);
    promiseOf = (result) => result.#promise();
  }
}

/** The native promise of a result that is pending. */
class Shared implements Observer {
  resolve!: (value: unknown) => void;
  reject!: (reason: unknown) => void;
  readonly promise: Promise<unknown> = new Promise((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  settled(result: AsyncResult<unknown>): void {
    pass(result, this);
  }
}

/**
 * A wait by `await`, or by a combinator of the platform. These hand in functions
 * that settle a promise of theirs, which may be called at once, in the order of
 * the waiters, and without a promise in between.
 */
class Await extends AsyncResult<unknown> implements Observer {
  // The wait itself is what `then()` returns: few look at it.
  constructor(
    readonly resolve: Settler,
    readonly onRejected: (reason: unknown) => unknown,
  ) {
    super();
  }

  settled(result: AsyncResult<unknown>): void {
    if (!result.successful()) return this.#fail(result.exception);
    this.resolve(result.value);
    settle(this, undefined);
  }

  // To know a function of the platform costs so much that it is done once for a
  // wait; the other function may be a callback of a user.
  #fail(reason: unknown): void {
    if (isSettler(this.onRejected)) {
      this.onRejected(reason);
      settle(this, undefined);
    } else {
      Promise.reject(reason).catch(this.onRejected).then(
        (value) => settle(this, value),
        (error) => this.#threw(error),
      );
    }
  }

  // As with a native promise: an error that nobody looks at is not swallowed.
  #threw(error: unknown): void {
    const isObserved = hasObservers(this);
    fail(this, error);
    if (!isObserved) Promise.reject(error);
  }
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
    return this.callback(this.result); // which may be an async function
  }
}

/** Passes the outcome on at once: a detour would let later waiters overtake. */
function pass<T>(
  result: AsyncResult<T>,
  waiter: Pick<PromiseWithResolvers<T>, "resolve" | "reject">,
): void {
  if (result.successful()) waiter.resolve(result.value as T);
  else waiter.reject(result.exception);
}

/** A wait with a limit. It leaves nothing behind at the result when it ends. */
export class Wait<T> extends Patience implements Observer {
  /** What settles the promise of who waits. */
  protected readonly settlers: PromiseWithResolvers<T> = Promise
    .withResolvers<T>();

  /** @param result What is waited for. */
  constructor(readonly result: AsyncResult<T>) {
    super();
  }

  /** The promise of who waits. */
  get promise(): Promise<T> {
    return this.settlers.promise;
  }

  settled(): void {
    this.end();
    pass(this.result, this.settlers);
  }

  protected override describe(): string {
    return "Cannot get value of AsyncResult";
  }

  override giveUp(reason: unknown): void {
    unobserve(this.result, this);
    this.settlers.reject(reason);
  }
}

/** A wait that ends without an error in any case. */
class QuietWait<T> extends Wait<T | undefined> {
  override settled(): void {
    this.end();
    this.settlers.resolve(this.result.value);
  }

  override giveUp(): void {
    unobserve(this.result, this);
    this.settlers.resolve(undefined);
  }
}

/**
 * Waits for a result, at most as long as the options allow.
 *
 * @param wait Who waits.
 * @param options How long to wait.
 * @returns A promise of the value.
 */
export function waitFor<T>(
  wait: Wait<T>,
  options: GetOptions = {},
): Promise<T> {
  const refusal = wait.refusal(options);
  if (refusal !== undefined) {
    wait.giveUp(refusal.reason);
  } else if (wait.result.ready()) {
    wait.settled();
  } else {
    observe(wait.result, wait);
    wait.begin(options);
  }
  return wait.promise;
}

/** Fails for values that nobody could wait for as they are. */
export function refusePromise(value: unknown, what: string): void {
  if (!isThenable(value)) return;
  throw new TypeError(
    `Cannot set value of ${what}: it is a promise, which from() can follow`,
  );
}
