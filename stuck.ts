import { runInTask, unrefTimer } from "./platform.ts";

/** A handler that takes its time, in a list of all of them. */
export interface Pending {
  /** Milliseconds after which it counts as stuck. */
  readonly stuckAfter: number;
  /** When it began, rounded up to when the clock was read. */
  since: number;
  /** Whether it is in the list. */
  isWatched: boolean;
  /** Whether it was reported. */
  isStuck: boolean;
  /** Whether it was told that a stranger asked. */
  isNoted: boolean;
  /** The one that began before it. */
  before: Pending | undefined;
  /** The one that began after it. */
  after: Pending | undefined;
  /** Reports that it has run for too long. */
  reportStuck(): void;
  /** Hears that somebody asked who is not known: it may have been it. */
  noteStranger(): void;
}

/** The clock is read so many times before a handler counts as stuck. */
const READS = 4;

let last: Pending | undefined;
let timer: Timer | undefined;
let now = 0;
let isStopping = false;
/** The period of the timer that is wanted and not there yet. */
let wanted = Infinity;

/** A handler that ends within so many microtasks needs no timer. */
const TICKS = 8;
/** How many times that is tried: to wait costs more than a timer that is there. */
let trials = 8;

/** The one timer for all. */
interface Timer {
  readonly period: number;
  readonly clock: typeof Date;
  readonly stop: () => void;
}

/** Watches a handler. */
export function watch(pending: Pending): void {
  const { stuckAfter } = pending;
  const period = stuckAfter / READS;
  if (period === Infinity || timer === undefined && trials > 0) {
    pending.since = Date.now();
    if (period < wanted) want(period);
  } else if (
    timer === undefined || period < timer.period || timer.clock !== Date
  ) {
    start(period);
    pending.since = now;
  } else pending.since = now + timer.period;
  pending.isWatched = true;
  pending.before = last;
  if (last !== undefined) last.after = pending;
  last = pending;
}

/** Watches a handler no more: it has ended, or nobody waits for its end. */
export function unwatch(pending: Pending): void {
  if (!pending.isWatched) return;
  pending.isWatched = false;
  const { before, after } = pending;
  if (before !== undefined) before.after = after;
  if (after !== undefined) after.before = before;
  else last = before;
  pending.before = pending.after = undefined;
  // Most handlers end in the task in which they began: the next one is about to
  // begin, and a timer costs more than either.
  if (last !== undefined || isStopping || timer === undefined) return;
  isStopping = true;
  runInTask(() => {
    isStopping = false;
    if (last === undefined) stop();
  });
}

/** Tells the handlers that run that somebody asked who is not known. */
export function noteStranger(): void {
  for (let each = last; each && !each.isNoted; each = each.before) {
    each.isNoted = true;
    each.noteStranger();
  }
}

// Not at once: a platform takes its time to load its timers, and a program may
// end before it needs one.
async function want(period: number): Promise<void> {
  const isFirst = wanted === Infinity;
  wanted = period;
  if (!isFirst) return;
  for (let tick = 0; tick < TICKS; tick++) await undefined;
  const shortest = wanted;
  wanted = Infinity;
  if (last !== undefined) start(shortest);
  else trials--;
}

function start(period: number): void {
  stop();
  now = Date.now();
  const { setTimeout, clearTimeout } = globalThis;
  const id = setTimeout(look, Math.min(period, 2 ** 31 - 1));
  unrefTimer(id);
  timer = { period, clock: Date, stop: () => clearTimeout(id) };
}

function stop(): void {
  try {
    timer?.stop();
  } catch {
    // A faked clock that is gone, and its timers with it.
  }
  timer = undefined;
}

function look(): void {
  const { period } = timer!;
  timer = undefined;
  now = Date.now();
  let isNeeded = false;
  const stuck: Pending[] = [];
  for (let each = last; each !== undefined; each = each.before) {
    if (each.isStuck || each.stuckAfter === Infinity) continue;
    if (now - each.since < each.stuckAfter) isNeeded = true;
    else {
      each.isStuck = true;
      stuck.push(each);
    }
  }
  if (isNeeded) start(period);
  // Who hears of one may kill it, or others: that changes the list.
  for (const each of stuck) if (each.isWatched) each.reportStuck();
}
