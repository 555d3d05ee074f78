import { context, type Waiter } from "./context.ts";
import {
  forget,
  type Future,
  type Futures,
  giveUpReading,
  read,
  waiterFor,
} from "./future.ts";
import {
  exceptionOf,
  hasFailed,
  isReady,
  observe,
  type Observer,
  type Outcome,
  unobserve,
  valueOf,
} from "./outcome.ts";
import { type GetOptions, isTimed, Patience } from "./timers.ts";

/**
 * Waits for every value, in order, with one deadline for all.
 *
 * @typeParam Values The types of the values.
 * @param futures What to wait for.
 * @param options How long to wait for all of them together.
 * @returns A promise of the values. It rejects as soon as one future fails, and
 * as {@linkcode Future.get} does.
 *
 * @example Usage
 * ```ts
 * import { EventedFuture, getAll } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * const name = new EventedFuture<string>();
 * const age = EventedFuture.from(Promise.resolve(36));
 * name.set("Ada");
 * assertEquals(await getAll([name, age], { timeout: 1000 }), ["Ada", 36]);
 * ```
 */
export function getAll<Values extends unknown[]>(
  futures: readonly [...Futures<Values>],
  options?: GetOptions,
): Promise<Values> {
  return new Promise((resolve, reject) => {
    // A copy: the array may change meanwhile.
    const all = new All([...futures], (error) => {
      if (error) reject(error.reason);
      else resolve(all.futures.map((future) => valueOf(future)) as Values);
    });
    try {
      all.start(options);
    } catch {
      reject(new TypeError(`${all.describe()}: not all are futures`));
    }
  });
}

/** A wait for many futures: one observer for all, and no promise for any. */
class All extends Patience implements Observer {
  // One is kept: see `EventedFuture`.
  static readonly #kept = /* @__PURE__ */ new All([], () => {});
  // One more than are pending until all have been looked at.
  #pending = 1;
  #waiter: Waiter | undefined = undefined;

  constructor(
    readonly futures: readonly Future<unknown>[],
    readonly done: (error?: { reason: unknown }) => void,
  ) {
    super();
  }

  // All are read, also behind one that has failed, and before any is waited for:
  // what is no future throws here.
  start(options: GetOptions = {}): void {
    const refused = this.refusal(options);
    if (refused !== undefined) return this.done(refused);
    const isForEver = !isTimed(options);
    for (const future of this.futures) read(future);
    for (const future of this.futures) {
      this.#await(future, isForEver);
      if (this.isOver) return;
    }
    if (--this.#pending > 0) this.begin(options);
    else this.#succeed();
  }

  settled(outcome: Outcome<unknown>): void {
    if (hasFailed(outcome)) this.#fail(exceptionOf(outcome));
    else if (--this.#pending === 0) this.#succeed();
  }

  override describe(): string {
    return `Cannot get all of ${this.futures.length} futures`;
  }

  override giveUp(reason: unknown): void {
    for (const future of this.futures) giveUpReading(future);
    this.#fail(reason);
  }

  // Who calls waits for all of them from now on, unless there is a deadline.
  #await(future: Future<unknown>, isForEver: boolean): void {
    if (isReady(future)) {
      if (hasFailed(future)) this.#fail(exceptionOf(future));
      return;
    }
    if (!observe(future, this)) return; // it is there twice
    this.#pending++;
    const waiter = waiterFor(future);
    if (waiter === undefined || !isForEver) return;
    this.#waiter = waiter;
    const objection = context.wait(waiter, future);
    if (objection instanceof Error) this.#fail(objection);
    else objection?.catch((reason) => this.isOver || this.giveUp(reason));
  }

  #succeed(): void {
    this.end();
    this.done();
  }

  #fail(reason: unknown): void {
    this.end();
    // The latest first, as `forget()` looks for them: there may be very many.
    for (const future of [...new Set(this.futures)].reverse()) {
      unobserve(future, this);
      if (this.#waiter !== undefined) forget(this.#waiter, future);
    }
    this.done({ reason });
  }
}
