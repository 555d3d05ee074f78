/**
 * What the tests use of `@std/async`.
 *
 * It stands on the global timers and not on `node:timers/promises`, because
 * those do not obey `FakeTime`, as `@std` does.
 *
 * @module
 */

/** Options of {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait with its reason. */
  signal?: AbortSignal;
}

/** Resolves after `ms` milliseconds, rejects when the signal aborts. */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", abort, { once: true });

    function end(): void {
      signal?.removeEventListener("abort", abort);
      resolve();
    }

    function abort(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
  });
}
