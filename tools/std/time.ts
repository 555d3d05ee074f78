/**
 * What the tests use of `@std/testing/time`, made from
 * `npm:@sinonjs/fake-timers`.
 *
 * @module
 */

import { install } from "@sinonjs/fake-timers";

type Clock = ReturnType<typeof install>;

let current: FakeTime | undefined;

/** Time is faked already, or not faked. */
export class TimeError extends Error {
  override readonly name = "TimeError";
}

/** Rules the clock and the timers until it is restored. */
export class FakeTime implements Disposable {
  /** The time at the beginning, in milliseconds since the epoch. */
  readonly start: number;
  readonly #clock: Clock;
  readonly #real: RealTime = realTime();

  /** @param start The time to begin with. Now by default. */
  constructor(start?: number | string | Date | null) {
    if (current !== undefined) {
      throw new TimeError("Cannot construct FakeTime: time is already faked");
    }
    this.start = new Date(start ?? Date.now()).getTime();
    if (Number.isNaN(this.start)) {
      throw new TypeError("Cannot construct FakeTime: invalid start time NaN");
    }
    this.#clock = install({
      now: this.start,
      toFake: [
        "setTimeout",
        "clearTimeout",
        "setInterval",
        "clearInterval",
        "Date",
      ],
    });
    AbortSignal.timeout = abortAfter;
    current = this;
  }

  /** Restores real time. */
  static restore(): void {
    if (current === undefined) {
      throw new TimeError("Cannot restore time: time is already restored");
    }
    current.restore();
  }

  /** The faked time. Setting it runs what is due by then. */
  get now(): number {
    return this.#clock.now;
  }
  set now(value: number) {
    if (value < this.now) {
      throw new RangeError(`Cannot set current time in the past: ${value}`);
    }
    this.tick(value - this.now);
  }

  /** Resolves after `ms` milliseconds of real time. */
  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.#real.setTimeout(resolve, ms));
  }

  /** Runs what waits in the microtask queue. */
  runMicrotasks(): Promise<void> {
    return this.delay(0);
  }

  /** Goes `ms` milliseconds forward and runs what is due on the way. */
  tick(ms = 0): void {
    this.#clock.tick(ms);
  }

  /** Runs the microtasks, then ticks. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.tick(ms);
  }

  /** Goes to the next timer; false if there is none. */
  next(): boolean {
    if (this.#clock.countTimers() === 0) return false;
    this.#clock.next();
    return true;
  }

  /** Runs the microtasks, then goes to the next timer. */
  async nextAsync(): Promise<boolean> {
    await this.runMicrotasks();
    return this.next();
  }

  /** Goes from timer to timer until none is left. */
  runAll(): void {
    while (this.next());
  }

  /** The same, with the microtasks in between. */
  async runAllAsync(): Promise<void> {
    while (await this.nextAsync());
  }

  /** Restores real time. */
  restore(): void {
    if (current !== this) {
      throw new TimeError("Cannot restore time: time is already restored");
    }
    current = undefined;
    this.#clock.uninstall();
    AbortSignal.timeout = this.#real.abortSignalTimeout;
  }

  /** Restores real time at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.restore();
  }
}

interface RealTime {
  setTimeout: typeof globalThis.setTimeout;
  abortSignalTimeout: typeof AbortSignal.timeout;
}

function realTime(): RealTime {
  const { setTimeout } = globalThis;
  return {
    setTimeout: setTimeout.bind(globalThis) as typeof setTimeout,
    abortSignalTimeout: AbortSignal.timeout,
  };
}

/** The fake timers know nothing of `AbortSignal.timeout()`. */
function abortAfter(ms: number): AbortSignal {
  const controller = new AbortController();
  const reason = new DOMException("Signal timed out.", "TimeoutError");
  setTimeout(() => controller.abort(reason), ms);
  return controller.signal;
}
