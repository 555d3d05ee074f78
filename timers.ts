import { Timeout } from "./errors.ts";

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
  { timeout, signal }: GetOptions,
  describe: () => string,
): { reason: unknown } | undefined {
  if (timeout !== undefined && !(timeout >= 0)) {
    const text = `timeout must be 0 or more milliseconds, got ${timeout}`;
    return { reason: new RangeError(`${describe()}: ${text}`) };
  }
  return signal?.aborted ? { reason: signal.reason } : undefined;
}

/**
 * Somebody's patience: it ends at a deadline or an abort, unless what was
 * waited for comes first.
 */
export abstract class Patience {
  #deadline: Deadline | undefined;
  #index = 0;
  #signal: AbortSignal | undefined;
  #isOver = false;

  /** What is waited for, as the start of an error message. */
  protected abstract describe(): string;
  /** Called at most once, when the patience has ended. */
  abstract giveUp(reason: unknown): void;

  /**
   * Why there is no patience to start with: a wrong option or an aborted
   * signal; in a box, because a signal may be aborted for any reason.
   */
  refusal(options: GetOptions): { reason: unknown } | undefined {
    const { timeout = 0, signal } = options;
    if (timeout >= 0 && signal === undefined) return undefined; // most are so
    return refusal(options, () => this.describe());
  }

  /** Starts to be patient; with a timeout of 0 it ends at once. */
  begin({ timeout, signal }: GetOptions): void {
    if (timeout === 0) return this.giveUp(this.#timeout(0));
    // To look a clock up may run microtasks, in which all may be over.
    if (latest === undefined) void globalThis.setTimeout;
    if (this.#isOver) return;
    if (timeout !== undefined && timeout !== Infinity) {
      this.#deadline = deadlineIn(timeout);
      this.#index = this.#deadline.join(this);
    }
    if (signal !== undefined) {
      signal.addEventListener("abort", this);
      this.#signal = signal;
    }
  }

  /** Stops waiting: frees the timer and the signal. */
  end(): void {
    this.#isOver = true;
    this.#deadline?.leave(this.#index);
    this.#deadline = undefined;
    this.#signal?.removeEventListener("abort", this);
    this.#signal = undefined;
  }

  /** Called by the signal. */
  handleEvent(event: Event): void {
    const { reason } = event.target as AbortSignal;
    this.end();
    this.giveUp(reason);
  }

  /** Called by the deadline, which is gone by then. */
  expire(timeout: number): void {
    if (this.#deadline === undefined) return; // it ended while others expired
    this.#deadline = undefined;
    this.end();
    this.giveUp(this.#timeout(timeout));
  }

  /** Called by the deadline when it moves others up. */
  moved(index: number): void {
    this.#index = index;
  }

  #timeout(timeout: number): Timeout {
    return new Timeout(
      `${this.describe()}: nothing within ${timeout} ms`,
      timeout,
    );
  }
}

/** One timer of the platform for all whose patience ends at the same time. */
class Deadline {
  readonly #waiting: Patience[] = [];
  readonly #made: number = Date.now();
  // The clock that the timer is set on: a faked one may come or go meanwhile.
  readonly #set = globalThis.setTimeout;
  readonly #clear = globalThis.clearTimeout;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly timeout: number) {
    this.#arm(timeout);
  }

  /** Whether a wait of so many milliseconds that starts now may join. */
  admits(timeout: number): boolean {
    return timeout === this.timeout && this.#timer !== undefined &&
      this.#set === globalThis.setTimeout && this.#made === Date.now();
  }

  join(patience: Patience): number {
    return this.#waiting.push(patience) - 1;
  }

  /** Takes one out by moving the last into its place. */
  leave(index: number): void {
    const last = this.#waiting.pop()!;
    if (index < this.#waiting.length) {
      this.#waiting[index] = last;
      last.moved(index);
    }
    if (this.#waiting.length > 0) return;
    const clear = this.#clear;
    try {
      clear(this.#timer);
    } catch {
      // A faked clock that is gone, and its timers with it.
    }
    this.#timer = undefined;
  }

  // A delay beyond what the platform takes is slept through in parts.
  #arm(left: number): void {
    const set = this.#set;
    this.#timer = set(() => {
      if (left > LONGEST) this.#arm(left - LONGEST);
      else this.#ring();
    }, Math.min(left, LONGEST));
  }

  #ring(): void {
    this.#timer = undefined;
    for (const patience of this.#waiting.splice(0)) {
      patience.expire(this.timeout);
    }
  }
}

let latest: Deadline | undefined;

// Asks that are made at once share a timer: setting one costs more than the ask
// itself. The clock alone does not tell, for it may be a faked one.
function deadlineIn(timeout: number): Deadline {
  if (!latest?.admits(timeout)) {
    latest = new Deadline(timeout);
    Promise.resolve().then(() => latest = undefined);
  }
  return latest;
}
