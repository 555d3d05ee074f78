import { postTask, unrefTimer } from "./platform.ts";

/** A handler that takes its time, in a list of all of them. */
export interface Pending {
  /** Milliseconds after which it counts as stuck. */
  readonly stuckAfter: number;
  /** When it began, rounded up to when the clock was read. */
  since: number;
  /** Whether it was reported. */
  isStuck: boolean;
  /** The one that began before it. */
  before: Pending | undefined;
  /** The one that began after it. */
  after: Pending | undefined;
  /** Reports that it has run for too long. */
  reportStuck(): void;
}

/** The clock is read so many times before a handler counts as stuck. */
const READS = 4;

let last: Pending | undefined;
let period = Infinity;
let stopTimer: (() => void) | undefined;
let now = 0;
let isStopping = false;

/** Watches a handler, with one timer for all. */
export function watch(pending: Pending): void {
  pending.before = last;
  if (last !== undefined) last.after = pending;
  last = pending;
  const { stuckAfter } = pending;
  if (stopTimer === undefined || stuckAfter / READS < period) {
    if (stuckAfter < Infinity) start(stuckAfter / READS);
    pending.since = now;
  } else pending.since = now + period;
}

/** Watches a handler no more: it has ended. */
export function unwatch(pending: Pending): void {
  const { before, after } = pending;
  if (before !== undefined) before.after = after;
  if (after !== undefined) after.before = before;
  else last = before;
  pending.before = pending.after = undefined;
  // Most handlers end in the task in which they began: the next one is about to
  // begin, and a timer costs more than either.
  if (last !== undefined || isStopping || stopTimer === undefined) return;
  isStopping = true;
  postTask(() => {
    isStopping = false;
    if (last === undefined) stop();
  });
}

function start(ms: number): void {
  stop();
  period = ms;
  now = Date.now();
  const { setTimeout, clearTimeout } = globalThis;
  const timer = setTimeout(look, Math.min(ms, 2 ** 31 - 1));
  unrefTimer(timer);
  stopTimer = () => clearTimeout(timer);
}

function stop(): void {
  try {
    stopTimer?.();
  } catch {
    // A faked clock that is gone, and its timers with it.
  }
  stopTimer = undefined;
  period = Infinity;
}

function look(): void {
  stopTimer = undefined;
  if (last === undefined) return;
  start(period);
  for (let each: Pending | undefined = last; each; each = each.before) {
    if (each.isStuck || now - each.since < each.stuckAfter) continue;
    each.isStuck = true;
    each.reportStuck();
  }
}
