import { refusePromise, settleBy, wait } from "./async_result.ts";
import { context, currentWaiter, runAs, type Waiter } from "./context.ts";
import { InvalidStateError } from "./errors.ts";
import { isSettler, isThenable, type Settler } from "./functions.ts";
import {
  exceptionOf,
  fail,
  hasFailed,
  isReady,
  Outcome,
  promiseOf,
  setSource,
  settle as fulfil,
  sourceOf,
  stateOf,
  valueOf,
} from "./outcome.ts";
import { noteStranger } from "./stuck.ts";
import { type GetOptions, isTimed, refusal } from "./timers.ts";
import { type Failure, forgetUnread, watchUnread } from "./unread.ts";
import { Wait, waitFor } from "./wait.ts";
import type { Mailbox } from "./mailbox.ts";
import type { ActorRef } from "./ref.ts";

/**
 * Computes the outcome of a {@linkcode Future} on its first read. It runs once
 * and its outcome is kept; each `get()` bounds only its own wait.
 */
export type GetHook<T> = () => T | PromiseLike<T>;

/** The type of the method `then()` of futures. */
export interface Then<T> {
  /**
   * Waits for the value.
   *
   * @param onFulfilled Is called with the value.
   * @param onRejected Is called with the exception.
   * @returns A promise of what the callback returns.
   */
  <Resolved = T, Rejected = never>(
    onFulfilled?: ((value: T) => Resolved | PromiseLike<Resolved>) | null,
    onRejected?:
      | ((reason: unknown) => Rejected | PromiseLike<Rejected>)
      | null,
  ): Promise<Resolved | Rejected>;
}

/**
 * Where futures come from that an actor will settle. Those that are asked for the
 * same share one.
 */
export class Origin {
  /** The same for asks with a deadline, if there were any. */
  timed: Origin | undefined = undefined;

  /**
   * Constructs a new instance.
   *
   * @param mailbox The actor that is asked.
   * @param member What for: the path of a member, or the name of a hook.
   * @param kind What it tells. Who waits for a timed one does not wait for ever,
   * and no circle may undo an end.
   */
  constructor(
    readonly mailbox: Mailbox,
    readonly member: string,
    readonly kind: OriginKind,
  ) {}

  /** The actor that is asked. */
  get ref(): ActorRef {
    return this.mailbox.ref;
  }

  /** `Class.member`. */
  get label(): string {
    return `${String(this.ref.actorClass.name)}.${this.member}`;
  }
}

/** What a future from an actor tells: a reply, one that its asker waits for no
 * longer than a deadline, or the end of the actor. */
export type OriginKind = "reply" | "timed" | "end";

/** Where a future comes from, if an actor was asked. */
export let originOf: (future: Future<unknown>) => Origin | undefined;
/** Says where a future comes from, and who asked for it, if an actor did. */
export let setOrigin: (
  future: Future<unknown>,
  origin: Origin,
  asker: Waiter | undefined,
) => void;
/** Who asked for a future, if an actor did. */
export let askerOf: (future: Future<unknown>) => Waiter | undefined;
/** Who computes a future, while its hook runs. */
export let computing: (future: Future<unknown>) => Waiter | undefined;
let then: (this: Future<unknown>, ...callbacks: [unknown, unknown]) => unknown;
/** Marks a future as read and starts its hook. */
export let read: (future: Future<unknown>) => void;
/** Gives a future its value, if it is pending. */
export { settle as fulfil } from "./outcome.ts";
/** Gives a future its exception, if it is pending. */
export let reject: (future: Future<unknown>, exception: unknown) => boolean;
/** Whether somebody has read a future. */
export let wasRead: (future: Future<unknown>) => boolean;
/** How a future failed that nobody has read. */
let unreadFailure: (future: Future<unknown>) => Failure | undefined;
/** Takes a read back that was given up before there was an outcome. */
export let giveUpReading: (future: Future<unknown>) => void;

/**
 * A value that is available now or later.
 *
 * A future can be awaited. An exception that nobody reads stays in the future:
 * it is never an unhandled rejection, but it is reported as a warning when the
 * future is collected.
 *
 * After Pykka's `pykka.Future`.
 *
 * @typeParam T The type of the value.
 *
 * @example Usage
 * ```ts
 * import { EventedFuture, type Future } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * const future: Future<number[]> = new EventedFuture();
 * const doubled = future.map((numbers) => numbers.map((n) => n * 2));
 * future.set([1, 2, 3]);
 * assertEquals(await doubled, [2, 4, 6]);
 * assertEquals(await future.get({ timeout: 1000 }), [1, 2, 3]);
 * ```
 */
export abstract class Future<T> extends Outcome<T> implements PromiseLike<T> {
  // Who waits or has got the outcome; a wait that was given up does not count.
  declare private readers: number;
  declare private origin: Origin | undefined;
  declare private asker: Waiter | undefined;

  /** Constructs a new instance, which is pending. */
  constructor() {
    super();
    this.readers = 0;
    this.origin = undefined;
    this.asker = undefined;
  }

  /**
   * Waits for the value.
   *
   * The options bound only this wait: the value can be read later.
   *
   * @param options How long to wait.
   * @returns A promise of the value. It rejects with the exception of the
   * future, with `Timeout`, with the reason of the signal, with
   * `DeadlockError` if this wait would close a circle of waiting actors, or
   * with `RangeError` if the timeout is negative or not a number.
   */
  get(options?: GetOptions): Promise<T> {
    const refused = options !== undefined &&
      refusal(options, () => `Cannot get ${describe(this)}`);
    if (refused) return Promise.reject(refused.reason);
    this.startReading();
    const reader = waiterFor(this);
    const waiter = isTimed(options) ? undefined : reader;
    const objection = waiter && context.wait(waiter, this);
    if (objection instanceof Error) return Promise.reject(objection);
    const promise = options === undefined
      ? promiseOf(this)
      : waitFor(new Reading(this, waiter), options);
    return objection === undefined ? promise : contested(promise, objection);
  }

  /**
   * Gives the future its value.
   *
   * @param value The value; to follow a promise, see `EventedFuture.from()`.
   * @throws {InvalidStateError} If it has a value or an exception already.
   * @throws {TypeError} If the value is a promise or a future: nobody could
   * wait for such a value without waiting for what it stands for.
   */
  set(value: T): void {
    refusePromise(value, describe(this));
    if (!fulfil(this, value)) throw this.settledAlready("value");
  }

  /**
   * Gives the future an exception to throw to its readers.
   *
   * @param exception The exception. Unlike Pykka's it is not optional, because
   * JavaScript has no current exception.
   * @throws {InvalidStateError} If it has a value or an exception already.
   */
  setException(exception: unknown): void {
    if (!reject(this, exception)) throw this.settledAlready("exception");
  }

  /**
   * Gives the future a function that computes its value on the first read.
   *
   * @param hook Computes the value, or a promise of it. It runs at most once.
   * @throws {InvalidStateError} If it has a value or an exception already, or
   * if a hook that it was given before runs.
   */
  setGetHook(hook: GetHook<T>): void {
    if (isReady(this)) throw this.settledAlready("get hook");
    if (computing(this) !== undefined) {
      throw new InvalidStateError(
        `Cannot set get hook of ${describe(this)}: it is being computed`,
      );
    }
    setSource(this, new Hook(hook));
    if (this.readers > 0) this.compute();
  }

  /** Lets the future be awaited. */
  get then(): Then<T> {
    context.looked = true;
    return then as Then<T>;
  }

  /**
   * Handles the exception.
   *
   * @param onRejected Is called with the exception.
   * @returns A promise of the value, or of what the callback returns.
   */
  catch<Rejected = never>(
    onRejected?:
      | ((reason: unknown) => Rejected | PromiseLike<Rejected>)
      | null,
  ): Promise<T | Rejected> {
    return this.thenOf(undefined, onRejected) as Promise<T | Rejected>;
  }

  /**
   * Runs when there is an outcome.
   *
   * @param onFinally Is called without arguments.
   * @returns A promise of the value.
   */
  finally(onFinally?: (() => void) | null): Promise<T> {
    this.startReading();
    return promiseOf(this).finally(onFinally);
  }

  /**
   * A future of `fn` applied to the value.
   *
   * Like all futures made from others it is lazy: nothing runs before it is
   * read. Its outcome is computed once.
   *
   * @typeParam U What `fn` returns.
   * @param fn Is called with the value; may return a promise.
   * @returns A new future.
   */
  map<U>(fn: (value: T) => U): Future<Awaited<U>> {
    return this.derive(() => this.get().then(fn) as Promise<Awaited<U>>);
  }

  /**
   * A future of the items that satisfy a predicate that narrows their type.
   *
   * @typeParam Item What the value of this future consists of.
   * @typeParam Kept The type of the items that satisfy the predicate.
   * @param predicate Is called with each item.
   * @returns A new future.
   */
  filter<Item, Kept extends Item>(
    this: Future<Iterable<Item>>,
    predicate: (item: Item) => item is Kept,
  ): Future<Kept[]>;
  /**
   * A future of the items that satisfy the predicate.
   *
   * @typeParam Item What the value of this future consists of.
   * @param predicate Is called with each item.
   * @returns A new future.
   */
  filter<Item>(
    this: Future<Iterable<Item>>,
    predicate: (item: Item) => boolean,
  ): Future<Item[]>;
  filter<Item>(
    this: Future<Iterable<Item>>,
    predicate: (item: Item) => boolean,
  ): Future<Item[]> {
    return this.map((items) => [...items].filter((item) => predicate(item)));
  }

  /**
   * A future of the values of this future and the others, in order.
   *
   * @typeParam Others The types of the values of the others.
   * @param others The other futures.
   * @returns A new future.
   */
  join<Others extends unknown[]>(
    ...others: Futures<Others>
  ): Future<[T, ...Others]> {
    return this.derive(() =>
      // Where one is no future, the promises of the others are handled all the same.
      Promise.all(
        [this, ...others].map(async (each: Future<unknown>) =>
          await each.get()
        ),
      )
    ) as Future<[T, ...Others]>;
  }

  /**
   * A future of the items folded from the left.
   *
   * @typeParam Item What the value of this future consists of.
   * @param fn Folds an item into what there is so far.
   * @returns A new future. It fails with `TypeError` if there are no items.
   */
  reduce<Item>(
    this: Future<Iterable<Item>>,
    fn: (accumulator: Item, item: Item) => Item,
  ): Future<Item>;
  /**
   * A future of the items folded from the left, from an initial value.
   *
   * @typeParam Item What the value of this future consists of.
   * @typeParam Result What they are folded into.
   * @param fn Folds an item into what there is so far.
   * @param initial What there is at first.
   * @returns A new future.
   */
  reduce<Item, Result>(
    this: Future<Iterable<Item>>,
    fn: (accumulator: Result, item: Item) => Result,
    initial: Result,
  ): Future<Result>;
  reduce(
    this: Future<Iterable<unknown>>,
    fn: (accumulator: unknown, item: unknown) => unknown,
    ...initial: [unknown?]
  ): Future<unknown> {
    const fold = (accumulator: unknown, item: unknown) => fn(accumulator, item);
    return this.map((items) =>
      [...items].reduce(fold, ...initial as [unknown])
    );
  }

  /** What `then()` does. */
  private thenOf(onFulfilled: unknown, onRejected: unknown): Promise<unknown> {
    const isAwait = isAwaiting(onFulfilled);
    this.startReading();
    const waiter = waiterFor(this);
    if (waiter !== undefined && isAwait) {
      const objection = context.wait(waiter, this);
      if (objection !== undefined) {
        const promise: Promise<unknown> = objection instanceof Error
          ? Promise.reject(objection)
          : contested(promiseOf(this), objection);
        return promise.then(onFulfilled, onRejected as Settler);
      }
    }
    if (!isAwait || !onRejected) {
      return promiseOf(this).then(
        onFulfilled as Settler,
        onRejected as Settler,
      );
    }
    if (!isReady(this)) return wait(this, onFulfilled, onRejected as Settler);
    if (!hasFailed(this)) return settleBy(onFulfilled, valueOf(this));
    return isAwaiting(onRejected)
      ? settleBy(onRejected, exceptionOf(this))
      : promiseOf(this).catch(onRejected as Settler);
  }

  /** A future of the same runtime, computed by a hook. */
  private derive<U>(hook: GetHook<U>): Future<U> {
    const future = new (this.constructor as new () => Future<U>)();
    future.setGetHook(hook);
    return future;
  }

  /** Notes a reader, and starts the hook for the first. */
  private startReading(): void {
    if (this.readers++ > 0) return;
    if (hasFailed(this)) forgetUnread(this);
    else if (sourceOf(this) !== undefined) this.compute();
  }

  /** Runs the hook, once. */
  // What the hook reads is read by this future, not by who reads this future.
  private compute(): void {
    const hook = sourceOf(this) as Hook<T>;
    if (hook.started) return;
    hook.start();
    const run = () => this.run(hook);
    // A long chain must not be as deep a stack.
    if (hook.depth % 100 === 0) Promise.resolve().then(run);
    else run();
  }

  /** Runs the hook, once it has started. */
  private run(hook: Hook<T>): void {
    runAs(hook, () => {
      try {
        const value = hook.fn();
        if (value as unknown === this) {
          throw new TypeError(
            `Cannot compute ${describe(this)}: its hook returned it`,
          );
        }
        if (isThenable(value)) {
          // Now, while it is known who reads it.
          return adopt(this, value instanceof Future ? value.get() : value);
        }
        fulfil(this, value);
      } catch (exception) {
        reject(this, exception);
      }
    });
  }

  /** The error of who comes too late. */
  private settledAlready(what: string): InvalidStateError {
    return new InvalidStateError(
      `Cannot set ${what} of ${describe(this)}: it is ${stateOf(this)}`,
    );
  }

  static {
    then = this.prototype.thenOf;
    originOf = (future) => future.origin;
    setOrigin = (future, origin, asker) => {
      future.origin = origin;
      future.asker = asker;
    };
    askerOf = (future) => future.asker;
    computing = (future) => {
      const hook = sourceOf(future) as Hook<unknown> | undefined;
      return hook?.started ? hook : undefined;
    };
    read = (future) => future.startReading();
    wasRead = (future) => future.readers > 0;
    giveUpReading = (future) => void future.readers--;
    unreadFailure = (future) => {
      const { readers, origin, asker } = future;
      return readers > 0
        ? undefined
        : { exception: exceptionOf(future), origin, asker };
    };
    reject = (future, exception) => {
      const failed = fail(future, exception);
      if (failed && future.readers === 0) watchUnread(future, unreadFailure);
      return failed;
    };
  }
}

/**
 * Whether what is given to `then()` is the platform's, which may be called at
 * once. `await` looks for `then` now and calls it later, a user in the same
 * breath: who calls it after a burst in which nobody looked is no user, or has
 * waited in between, as in `future.then(await callback(), handle)`. To look at the
 * text of a function costs as much as a message.
 */
function isAwaiting(onFulfilled: unknown): onFulfilled is Settler {
  return context.looked
    ? isSettler(onFulfilled)
    : typeof onFulfilled === "function";
}

/** A wait by `get()` with a limit. */
class Reading<T> extends Wait<T> {
  constructor(
    readonly future: Future<T>,
    readonly waiter: Waiter | undefined,
  ) {
    super(future);
  }

  protected override describe(): string {
    return `Cannot get ${describe(this.future)}`;
  }

  override giveUp(reason: unknown): void {
    giveUpReading(this.future);
    if (this.waiter !== undefined) forget(this.waiter, this.future);
    super.giveUp(reason);
  }
}

/** A tuple of futures, one for each type of a tuple of values. */
export type Futures<Values extends readonly unknown[]> = {
  [I in keyof Values]: Future<Values[I]>;
};

/** What computes a future; as a waiter, it waits for what it reads. */
class Hook<T> implements Waiter {
  waits: Future<unknown>[] | undefined = undefined;
  readonly sources: Future<unknown>[] = [];
  declare readonly label: undefined;
  readonly followed = true;
  reader: Waiter | undefined = undefined;
  ignored: boolean | undefined = undefined;
  started = false;
  /** How many hooks have led to each other up to this one. */
  depth = 1;

  constructor(readonly fn: GetHook<T>) {}

  // What it has started may go on for ever; nobody waits for that.
  get suspended(): boolean {
    return this.started;
  }

  start(): void {
    this.started = true;
    const reader = this.reader = currentWaiter();
    this.ignored = reader?.ignored;
    if (reader instanceof Hook) this.depth += reader.depth;
  }
}

/** Gives a future the outcome of a promise, as soon as there is one. */
export function adopt<T>(
  future: Future<T>,
  source: T | PromiseLike<T>,
): Promise<unknown> {
  const promise = Promise.resolve(source);
  promise.then(
    (value) => fulfil(future, value),
    (exception) => reject(future, exception),
  );
  return promise;
}

/** A future in a few words, for messages. */
export function describe(future: Future<unknown>): string {
  const origin = originOf(future);
  if (origin === undefined) return future.constructor.name;
  return `reply of ${origin.label}`;
}

/** A wait that may still have to fail; who is to know of that need not care. */
function contested<T>(wait: Promise<T>, objection: Promise<never>): Promise<T> {
  const promise = Promise.race([wait, objection]);
  objection.catch(() => promise.catch(() => {}));
  return promise;
}

/** Who would wait for a future if it were read now. */
export function waiterFor(future: Future<unknown>): Waiter | undefined {
  if (isReady(future)) return undefined;
  const waiter = currentWaiter();
  if (waiter !== undefined) {
    if (waiter.sources) context.note(waiter.sources, future);
    return waiter;
  }
  const asker = askerOf(future);
  // A turn that cannot be followed is taken to wait for what it has asked.
  if (asker?.suspended && !asker.followed) return asker;
  if (asker !== undefined || originOf(future) === undefined) noteStranger();
  return undefined;
}

/** Notes that a wait is over, though the future is pending; returns whether
 * there was one. */
export function forget(waiter: Waiter, future: Future<unknown>): boolean {
  const index = waiter.waits?.lastIndexOf(future) ?? -1;
  if (index >= 0) waiter.waits!.splice(index, 1);
  return index >= 0;
}
