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
/** Whether there is an exception. */
export let hasFailed: (outcome: Outcome<unknown>) => boolean;
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
/** Tells an observer when a pending one is settled, in the order of the calls;
 * returns whether it is a new one: none is told twice. */
export let observe: (outcome: Outcome<unknown>, observer: Observer) => boolean;
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

// Numbers, because to compare strings takes a look at what they are.
const PENDING = 0;
const FULFILLED = 1;
const REJECTED = 2;
type Phase = typeof PENDING | typeof FULFILLED | typeof REJECTED;
const STATES: readonly OutcomeState[] = ["pending", "fulfilled", "rejected"];

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
  declare private phase: Phase;
  // The value or the exception; the phase says which. What it is made from while
  // it is pending, if that is known.
  declare private outcome: unknown;
  // One observer is the usual case, and two are not rare: more of them are a
  // crowd, for there may be very many, who go in any order.
  declare private observer: Observer | undefined;
  declare private others: Observer | undefined;

  /** Constructs a new instance, which is pending. */
  constructor() {
    this.phase = PENDING;
    this.outcome = undefined;
    this.observer = undefined;
    this.others = undefined;
  }

  /** Settles it, if it is pending; returns whether it was. */
  private settleAs(phase: Phase, outcome: unknown): boolean {
    if (this.phase !== PENDING) return false;
    try {
      this.phase = phase;
    } catch {
      return false; // somebody has frozen it
    }
    this.outcome = outcome;
    const { observer, others } = this;
    if (observer !== undefined) {
      this.observer = undefined;
      observer.settled(this, others === undefined);
    }
    if (others !== undefined) {
      this.others = undefined;
      others.settled(this, false);
    }
    return true;
  }

  /** Puts an observer behind those that are there; returns whether it is new. */
  private addObserver(observer: Observer): boolean {
    const { others } = this;
    if (this.observer === observer || others === observer) return false;
    if (others === undefined) {
      if (this.observer === undefined) this.observer = observer;
      else this.others = observer;
      return true;
    }
    const crowd = others instanceof Crowd ? others : new Crowd([others]);
    const { size } = crowd;
    this.others = crowd.add(observer);
    return crowd.size > size;
  }

  /** Takes an observer back. */
  private removeObserver(observer: Observer): void {
    if (this.observer === observer) this.observer = undefined;
    else if (this.others === observer) this.others = undefined;
    else if (this.others instanceof Crowd) this.others.delete(observer);
  }

  /** A promise of it. */
  // Those who want a promise one after the other share it; who came in between
  // is not overtaken.
  private toPromise(): Promise<T> {
    if (this.phase === FULFILLED) return Promise.resolve(this.outcome as T);
    if (this.phase === REJECTED) return Promise.reject(this.outcome);
    const { others: last = this.observer } = this;
    if (last instanceof Shared) return last.promise as Promise<T>;
    const shared = new Shared();
    this.addObserver(shared);
    return shared.promise as Promise<T>;
  }

  static {
    isReady = (outcome) => outcome.phase !== PENDING;
    hasFailed = (outcome) => outcome.phase === REJECTED;
    stateOf = (outcome) => STATES[outcome.phase]!;
    valueOf = <T>(outcome: Outcome<T>) =>
      outcome.phase === FULFILLED ? outcome.outcome as T : undefined;
    exceptionOf = (outcome) =>
      outcome.phase === REJECTED ? outcome.outcome : undefined;
    settle = (outcome, value) => outcome.settleAs(FULFILLED, value);
    fail = (outcome, exception) => outcome.settleAs(REJECTED, exception);
    observe = (outcome, observer) => outcome.addObserver(observer);
    unobserve = (outcome, observer) => outcome.removeObserver(observer);
    observersOf = ({ observer, others }) =>
      [observer, ...others instanceof Crowd ? others : [others]]
        .filter((each) => !!each);
    sourceOf = (outcome) =>
      outcome.phase === PENDING ? outcome.outcome : undefined;
    setSource = (outcome, source) => void (outcome.outcome = source);
    promiseOf = (outcome) => outcome.toPromise();
    showAs(
      this.prototype,
      (outcome) => `${outcome.constructor.name} (${stateOf(outcome)})`,
    );
  }
}

/** More observers than two. */
class Crowd extends Set<Observer> implements Observer {
  settled(outcome: Outcome<unknown>): void {
    for (const each of this) each.settled(outcome, false);
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
  if (hasFailed(outcome)) waiter.reject(exceptionOf(outcome));
  else waiter.resolve(valueOf(outcome) as T);
}

const calls: (() => void)[] = [];

/**
 * Calls a function: at once, or if that is called by such a function, as soon as
 * those are over that came before. A long chain, in which each leads to the next,
 * must not be as deep a stack.
 *
 * @param call The function, which must not throw.
 */
export function oneByOne(call: () => void): void {
  if (calls.push(call) > 1) return;
  try {
    for (const each of calls) each();
  } finally {
    calls.length = 0;
  }
}
