import { showAs } from "./inspect.ts";

/** What a {@linkcode Outcome} has come to. */
export type OutcomeState = "pending" | "fulfilled" | "rejected";

/** Told, synchronously, when there is an outcome. Must not throw. */
export interface Observer {
  /**
   * Called once.
   *
   * @param outcome What has settled.
   * @param isAlone Whether no other observer is told.
   */
  settled(outcome: Outcome<unknown>, isAlone: boolean): void;
}

/** Whether there is a value or an exception. */
export let isReady: (outcome: Outcome<unknown>) => boolean;
/** The state now. */
export let stateOf: (outcome: Outcome<unknown>) => OutcomeState;
/** The value, or `undefined` when there is none. */
export let valueOf: <T>(outcome: Outcome<T>) => T | undefined;
/** The exception, or `undefined` when there is none. */
export let exceptionOf: (outcome: Outcome<unknown>) => unknown;
/** Settles it with a value, if it is pending; returns whether it was. */
export let settle: <T>(outcome: Outcome<T>, value: T) => boolean;
/** Settles it with an exception, if it is pending; returns whether it was. */
export let fail: (outcome: Outcome<unknown>, exception: unknown) => boolean;
/** Tells an observer when a pending one is settled, in the order of the calls. */
export let observe: (outcome: Outcome<unknown>, observer: Observer) => void;
/** Takes an observer back. */
export let unobserve: (outcome: Outcome<unknown>, observer: Observer) => void;
/** Who waits for a pending one. */
export let observersOf: (outcome: Outcome<unknown>) => Observer[];
/** What a pending one is made from, if that is known. */
export let sourceOf: (outcome: Outcome<unknown>) => unknown;
/** Says what a pending one is made from. */
export let setSource: (outcome: Outcome<unknown>, source: unknown) => void;
/** A native promise of it, which is made only when somebody wants it. */
export let promiseOf: <T>(outcome: Outcome<T>) => Promise<T>;

/**
 * What is settled once, and who waits for it: the common part of futures and
 * results, which show of it what their users need.
 *
 * Every ask makes one. Its fields are private to the compiler only, here and in
 * futures, and set by the constructor: with `#` names or initializers an ask took
 * a sixth longer.
 *
 * @typeParam T The type of the value.
 */
export class Outcome<T> {
  declare private phase: OutcomeState;
  // The value or the exception; the phase says which. What it is made from while
  // it is pending, if that is known.
  declare private outcome: unknown;
  // One observer is the usual case, which needs no array.
  declare private observers: Observer | Observer[] | undefined;

  /** Constructs a new instance, which is pending. */
  constructor() {
    this.phase = "pending";
    this.outcome = undefined;
    this.observers = undefined;
  }

  /** Settles it, if it is pending; returns whether it was. */
  private settleAs(state: OutcomeState, outcome: unknown): boolean {
    if (this.phase !== "pending") return false;
    this.phase = state;
    this.outcome = outcome;
    const { observers } = this;
    if (observers === undefined) return true;
    this.observers = undefined;
    if (!Array.isArray(observers)) observers.settled(this, true);
    else {for (const each of observers) {
        each.settled(this, observers.length === 1);
      }}
    return true;
  }

  /** Puts an observer behind those that are there. */
  private addObserver(observer: Observer): void {
    const { observers } = this;
    if (observers === undefined) this.observers = observer;
    else if (Array.isArray(observers)) observers.push(observer);
    else this.observers = [observers, observer];
  }

  /** Takes an observer back. */
  private removeObserver(observer: Observer): void {
    const { observers } = this;
    if (observers === observer) this.observers = undefined;
    else if (Array.isArray(observers)) {
      const index = observers.indexOf(observer);
      if (index >= 0) observers.splice(index, 1);
    }
  }

  /** A promise of it. */
  // Those who want a promise one after the other share it; who came in between
  // is not overtaken.
  private toPromise(): Promise<T> {
    if (this.phase === "fulfilled") return Promise.resolve(this.outcome as T);
    if (this.phase === "rejected") return Promise.reject(this.outcome);
    const { observers } = this;
    const last = Array.isArray(observers) ? observers.at(-1) : observers;
    if (last instanceof Shared) return last.promise as Promise<T>;
    const shared = new Shared();
    this.addObserver(shared);
    return shared.promise as Promise<T>;
  }

  static {
    isReady = (outcome) => outcome.phase !== "pending";
    stateOf = (outcome) => outcome.phase;
    valueOf = <T>(outcome: Outcome<T>) =>
      outcome.phase === "fulfilled" ? outcome.outcome as T : undefined;
    exceptionOf = (outcome) =>
      outcome.phase === "rejected" ? outcome.outcome : undefined;
    settle = (outcome, value) => outcome.settleAs("fulfilled", value);
    fail = (outcome, exception) => outcome.settleAs("rejected", exception);
    observe = (outcome, observer) => outcome.addObserver(observer);
    unobserve = (outcome, observer) => outcome.removeObserver(observer);
    observersOf = (outcome) => [outcome.observers ?? []].flat();
    sourceOf = (outcome) =>
      outcome.phase === "pending" ? outcome.outcome : undefined;
    setSource = (outcome, source) => void (outcome.outcome = source);
    promiseOf = (outcome) => outcome.toPromise();
    showAs(
      this.prototype,
      (outcome) => `${outcome.constructor.name} (${outcome.phase})`,
    );
  }
}

/** The native promise of an outcome that is pending. */
class Shared implements Observer {
  resolve!: (value: unknown) => void;
  reject!: (reason: unknown) => void;
  readonly promise: Promise<unknown> = new Promise((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  settled(outcome: Outcome<unknown>): void {
    pass(outcome, this);
  }
}

/** Passes an outcome on at once: a detour would let later waiters overtake. */
export function pass<T>(
  outcome: Outcome<T>,
  waiter: Pick<PromiseWithResolvers<T>, "resolve" | "reject">,
): void {
  if (stateOf(outcome) === "fulfilled") waiter.resolve(valueOf(outcome) as T);
  else waiter.reject(exceptionOf(outcome));
}
