import type { Waiter } from "./context.ts";
import { onUnload } from "./platform.ts";
import type { Future, Origin } from "./future.ts";

/** A failure that nobody has read so far. It does not keep its future alive. */
export interface Failure {
  /** What the future failed with. */
  readonly exception: unknown;
  /** Where the future comes from, if an actor was asked. */
  readonly origin: Origin | undefined;
  /** Who asked for it, if an actor did. */
  readonly asker: Waiter | undefined;
}

/** Who is told of failures that nobody will read; the default system puts
 * itself in. */
export const unreadSink: { report: (failure: Failure) => void } = {
  report: ({ exception }) => console.warn("Failure was never read", exception),
};

const failures = new Set<Failure>();
const byFuture = new WeakMap<object, Failure>();
const collected = new FinalizationRegistry(report);
const READY = Promise.resolve();
let unloadHeard = false;

// Most failures are read in the same turn of the event loop: the book-keeping
// waits until it is clear that this one is not.
let recent: Future<unknown>[] = [];
let failureOf: (future: Future<unknown>) => Failure | undefined;

/**
 * Reports a failure when its future is collected and has not been read.
 *
 * @param future What failed.
 * @param look How it failed, unless it has been read by now.
 */
export function watchUnread(
  future: Future<unknown>,
  look: (future: Future<unknown>) => Failure | undefined,
): void {
  failureOf = look;
  if (!unloadHeard) {
    unloadHeard = true;
    onUnload(() => reportUnread(() => true));
  }
  if (recent.push(future) === 1) READY.then(watchRecent);
}

function watchRecent(): void {
  const futures = recent;
  recent = [];
  for (const future of futures) {
    const failure = failureOf(future);
    if (failure === undefined) continue;
    failures.add(failure);
    byFuture.set(future, failure);
    collected.register(future, failure, failure);
  }
}

/** Notes that a failed future was read after all. */
export function forgetUnread(future: object): void {
  const failure = byFuture.get(future);
  if (failure === undefined) return;
  failures.delete(failure);
  collected.unregister(failure);
}

/** Takes the failures that nobody has read and that a filter selects. */
export function takeUnread(select: (failure: Failure) => boolean): Failure[] {
  watchRecent();
  const taken = [...failures].filter(select);
  for (const failure of taken) {
    failures.delete(failure);
    collected.unregister(failure);
  }
  return taken;
}

/** Reports at once the failures that nobody has read and that a filter selects. */
export function reportUnread(select: (failure: Failure) => boolean): void {
  for (const failure of takeUnread(select)) unreadSink.report(failure);
}

function report(failure: Failure): void {
  if (failures.delete(failure)) unreadSink.report(failure);
}
