import { asNobody } from "./context.ts";
import { Timeout } from "./errors.ts";
import type { Observer } from "./outcome.ts";

/** How long to wait for a value. */
export interface GetOptions {
  /**
   * Milliseconds to wait before giving up with a {@linkcode Timeout}.
   *
   * `Infinity` and `undefined` mean no limit; 0 fails at once if nothing is
   * there yet.
   *
   * @default {undefined}
   */
  timeout?: number | undefined;
  /** Aborts the wait, and rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
}

/** The longest time that the platform's timers take, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Whether options limit a wait by time. */
export function isTimed(options: GetOptions | undefined): boolean {
  const timeout = options?.timeout;
  return timeout !== undefined && timeout !== Infinity;
}

/** Why options allow no wait: they are wrong, or their signal is aborted. */
export function refusal(
  options: GetOptions,
  describe: () => string,
): { reason: unknown } | undefined {
  const object = Object(options) as GetOptions;
  const { timeout, signal } = object;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0)) {
    const text = `timeout must be 0 or more milliseconds, got ${
      String(timeout)
    }`;
    return { reason: new RangeError(`${describe()}: ${text}`) };
  }
  if (
    object !== options ||
    signal !== undefined && !signal?.addEventListener
  ) {
    const text = "options must be { timeout, signal }";
    return { reason: new TypeError(`${describe()}: ${text}`) };
  }
  return signal?.aborted ? { reason: signal.reason } : undefined;
}

/** Those who wait: what a deadline has to know of them. */
export interface Limits<Waiting> {
  /** Whether one of them waits no longer. */
  isOver(waiting: Waiting): boolean;
  /** Ends the wait of one of them. */
  expire(waiting: Waiting, timeout: number): void;
}

const patience: Limits<Patience> = {
  isOver: (patience) => patience.isOver,
  expire: (patience, timeout) => patience.expire(timeout),
};

/**
 * Somebody's patience: it ends at a deadline or an abort, unless what was
 * waited for comes first.
 */
export abstract class Patience {
  /** Whether it has ended. */
  isOver = false;
  #deadline: Deadline<Patience> | undefined;
  #aborts: Aborts | undefined;

  /** What is waited for, as the start of an error message. */
  protected abstract describe(): string;
  /** Called at most once, when the patience has ended. */
  abstract giveUp(reason: unknown): void;

  /**
   * Why there is no patience to start with: a wrong option or an aborted
   * signal; in a box, because a signal may be aborted for any reason.
   */
  refusal(options: GetOptions): { reason: unknown } | undefined {
    return refusal(options, () => this.describe());
  }

  /** Starts to be patient; with a timeout of 0 it ends at once. */
  begin(options: GetOptions): void {
    const { timeout, signal } = options;
    if (timeout === 0) return this.giveUp(timeoutOf(this.describe(), 0));
    if (signal !== undefined) {
      this.#aborts = abortsOf(signal);
      this.#aborts.join(this);
    }
    if (isTimed(options)) {
      this.#deadline = deadlineIn(timeout!, patience);
      this.#deadline.join(this);
      if (this.isOver) this.end(); // while the clock was looked up
    }
  }

  /** Stops waiting: frees the timer and the signal. */
  end(): void {
    this.isOver = true;
    this.#deadline?.settled();
    this.#deadline = undefined;
    this.#aborts?.leave(this);
    this.#aborts = undefined;
  }

  /** Called when the signal aborts. */
  abort(reason: unknown): void {
    this.end();
    this.giveUp(reason);
  }

  /** Called by the deadline. */
  expire(timeout: number): void {
    this.end();
    this.giveUp(timeoutOf(this.describe(), timeout));
  }
}

const aborts = new WeakMap<AbortSignal, Aborts>();

function abortsOf(signal: AbortSignal): Aborts {
  let known = aborts.get(signal);
  if (known === undefined) aborts.set(signal, known = new Aborts(signal));
  return known;
}

/**
 * The one listener of a signal, for all whose patience it ends: a platform looks
 * through all listeners that a signal has when it gets one more.
 */
class Aborts {
  readonly #waiting = new Set<Patience>();

  constructor(readonly signal: AbortSignal) {
    signal.addEventListener("abort", this);
  }

  join(patience: Patience): void {
    this.#waiting.add(patience);
  }

  leave(patience: Patience): void {
    this.#waiting.delete(patience);
    if (this.#waiting.size > 0) return;
    aborts.delete(this.signal);
    this.signal.removeEventListener("abort", this);
  }

  /** Called by the signal. */
  handleEvent(): void {
    const { reason } = this.signal;
    for (const patience of this.#waiting) patience.abort(reason);
  }
}

/** The error of who has waited in vain. */
export function timeoutOf(what: string, timeout: number): Timeout {
  return new Timeout(`${what}: nothing within ${timeout} ms`, timeout);
}

/** Who is over is looked for each time that so many more are. */
const SHARE = 16;

const { Date: realDate } = globalThis;

/** One timer of the platform for all whose patience ends at the same time. */
export class Deadline<Waiting = unknown> implements Observer {
  // Some who are over stay for a while, or until all before them are as well.
  #waiting: (Waiting | undefined)[] = [];
  #gone = 0;
  #isOpen = true;
  #left = 0;
  #joined = 0;
  readonly #date = Date;
  readonly #made: number = Date.now();
  // The clock that the timer is set on: a faked one may come or go meanwhile.
  readonly #set = globalThis.setTimeout;
  readonly #clear = globalThis.clearTimeout;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly timeout: number, readonly limits: Limits<Waiting>) {
    this.#arm(timeout);
  }

  /**
   * Whether a wait of so many milliseconds that starts now may join. To read the
   * clock costs as much as an ask, and time stands still for who does not let go
   * of the thread; a faked clock may be moved by hand.
   */
  admits(timeout: number, limits: object): boolean {
    return this.#isOpen && timeout === this.timeout && limits === this.limits &&
      this.#timer !== undefined && Date === this.#date &&
      (Date === realDate || this.#made === Date.now());
  }

  join(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#left++;
    this.#joined++;
  }

  /** Nobody joins any more. Who joined last may have come late. */
  close(): void {
    this.#isOpen = false;
    if (this.#timer === undefined || this.#joined === 1) return;
    if (this.#date !== realDate || this.#made === Date.now()) return;
    this.#stop();
    this.#arm(this.timeout);
  }

  /** One of those who wait is over; called by outcomes that it observes, too. */
  settled(): void {
    this.#left--;
    if (this.#timer === undefined) return;
    if (this.#left === 0) this.#end();
    else if (this.#left % SHARE === 0) this.#forget();
  }

  // Most are over in the order in which they came, and were looked at just now.
  // To look at all of them takes longer than all the rest.
  #forget(): void {
    const { isOver } = this.limits;
    const waiting = this.#waiting;
    while (this.#gone < waiting.length && isOver(waiting[this.#gone]!)) {
      waiting[this.#gone++] = undefined;
    }
    if (this.#left * 4 >= waiting.length - this.#gone) return;
    this.#waiting = waiting.filter((each) =>
      each !== undefined && !isOver(each)
    );
    this.#gone = 0;
  }

  #end(): void {
    this.#stop();
    this.#timer = undefined;
    this.#waiting = [];
  }

  #stop(): void {
    const clear = this.#clear;
    try {
      clear(this.#timer);
    } catch {
      // A faked clock that is gone, and its timers with it.
    }
  }

  // A delay beyond what the platform takes is slept through in parts. Of a
  // millisecond it takes no parts.
  #arm(left: number): void {
    const set = this.#set;
    this.#timer = set(() => {
      if (left > LONGEST) this.#arm(left - LONGEST);
      else this.#ring();
    }, Math.min(Math.ceil(left), LONGEST));
  }

  #ring(): void {
    this.#timer = undefined;
    const { isOver, expire } = this.limits;
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting === undefined || isOver(waiting)) continue;
      expire(waiting, this.timeout);
    }
  }
}

// It stays when it is closed: V8 forgets the code for objects of which none is left.
let latest: Deadline<never> | undefined;

/**
 * The deadline for a wait that starts now: those that start at once share a
 * timer, because setting one costs more than an ask. To look a clock up may run
 * microtasks, in which the wait may end.
 */
export function deadlineIn<Waiting>(
  timeout: number,
  limits: Limits<Waiting>,
): Deadline<Waiting> {
  if (!latest?.admits(timeout, limits)) {
    // The first one loads the timers of the platform.
    const deadline = asNobody(() => new Deadline(timeout, limits));
    latest = deadline as Deadline<never>;
    Promise.resolve().then(() => deadline.close());
  }
  return latest as Deadline<unknown> as Deadline<Waiting>;
}
