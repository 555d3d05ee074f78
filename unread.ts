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
export const unreadSink: {
  report: (failure: Failure) => void;
  /** Called when all were reported that there are. */
  close: (failure: Failure) => void;
} = {
  report: ({ exception }) => console.warn("Failure was never read", exception),
  close() {},
};

const failures = new Set<Failure>();
const byFuture = new WeakMap<object, Failure>();
const collected = new FinalizationRegistry(report);
const READY = Promise.resolve();

/** A longer array is not kept when it is empty. */
const LONG = 4096;

// Most failures are read in the same turn of the event loop: the book-keeping
// waits until it is clear that this one is not. The array is kept: a new one for
// each failure would cost more than the rest.
let recent: (Future<unknown> | undefined)[] = [];
let count = 0;
let failureOf: ((future: Future<unknown>) => Failure | undefined) | undefined;

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
  if (failureOf === undefined) onUnload(() => reportUnread(() => true));
  failureOf = look;
  recent[count++] = future;
  if (count === 1) READY.then(watchRecent);
}

function watchRecent(): void {
  const futures = recent;
  if (count > LONG) recent = [];
  for (let i = 0; i < count; i++) {
    const future = futures[i]!;
    futures[i] = undefined;
    const failure = failureOf!(future);
    if (failure === undefined) continue;
    failures.add(failure);
    byFuture.set(future, failure);
    collected.register(future, failure);
  }
  count = 0;
}

/** Notes that a failed future was read after all. */
export function forgetUnread(future: object): void {
  failures.delete(byFuture.get(future)!);
}

/** Takes the failures that nobody has read and that a filter selects. */
export function takeUnread(select: (failure: Failure) => boolean): Failure[] {
  watchRecent();
  const taken = [...failures].filter(select);
  for (const failure of taken) failures.delete(failure);
  return taken;
}

/** Reports at once the failures that nobody has read and that a filter selects. */
export function reportUnread(select: (failure: Failure) => boolean): void {
  const taken = takeUnread(select);
  for (const failure of taken) unreadSink.report(failure);
  for (const failure of taken) unreadSink.close(failure);
}

// Those that are collected together are reported together. An actor that lives
// has other lines to come.
function report(failure: Failure): void {
  if (!failures.delete(failure)) return;
  unreadSink.report(failure);
  if (failure.origin?.mailbox.death) {
    READY.then(() => unreadSink.close(failure));
  }
}
