import type { Cell } from "../cell.ts";
import { context } from "../context.ts";
import { runInTask } from "../platform.ts";
import { reportUncaught } from "../uncaught.ts";

/** Milliseconds for which actors run before the event loop has its turn. */
const BUDGET = 4;

/** How many messages an actor handles at most before the others have a turn. */
const BURST = 64;

// What the loop does. Numbers, because to compare strings takes a look at what
// they are.
const IDLE = 0;
const SCHEDULED = 1;
const DRAINING = 2;
const YIELDED = 3;

const READY = Promise.resolve();

/** Places of the queue when there are few actors in it: a power of 2. */
const SHORT = 64;

/** A longer queue than this is not kept when it is empty. */
const LONG = 4096;

// The actors that have something to do, from `head` to `tail`, in a circle: an
// array that began anew for each burst, or grew with it, would cost more than the
// burst.
let queue: (Cell | undefined)[] = circleOf(SHORT);
let head = 0;
let tail = 0;
let state: number = IDLE;
// Whether the event loop should have its turn before the next actor has.
let isTired = false;
// Whether somebody will call `release()` soon.
let isHeld = false;

// Reading the clock costs as much as several messages. So it is read after a
// number of them that follows how long they take.
let interval = 1;
let left = interval;
let started = 0;
let checked = 0;

/** Lets an actor have its turn soon, and never inside this call. */
export function schedule(cell: Cell): void {
  enqueue(cell);
  if (state !== IDLE) return;
  if (isTired && isStillTired()) return yieldToPlatform();
  state = SCHEDULED;
  if (isInForeignContext()) wake();
  else if (!isHeld) READY.then(turnAll);
}

/** Lets nobody have a turn before `release()`, in the same task. */
export function hold(): void {
  isHeld = true;
}

/**
 * Lets those have their turn at once that were scheduled since `hold()`, before
 * the microtasks have theirs; nothing else runs now.
 */
export function release(): void {
  isHeld = false;
  if (!isInForeignContext()) turnAll();
}

/** Lets an actor have its turn; nothing else runs now. */
export function resume(cell: Cell): void {
  enqueue(cell);
  if (state !== IDLE) return;
  if (isTired && isStillTired()) return yieldToPlatform();
  state = SCHEDULED;
  turnAll();
}

function enqueue(cell: Cell): void {
  if (tail - head === queue.length) grow();
  queue[tail++ & (queue.length - 1)] = cell;
}

function grow(): void {
  const { length } = queue;
  const longer = circleOf(2 * length);
  for (let i = 0; i < length; i++) longer[i] = queue[(head + i) & (length - 1)];
  queue = longer;
  head = 0;
  tail = length;
}

function circleOf(length: number): (Cell | undefined)[] {
  return new Array(length).fill(undefined);
}

// A microtask inherits the asynchronous context of who queued it, which may be
// the handler of another actor. Turns begin in the context in which this module
// was loaded: the promise that starts the next ones waits since the last.
let wake: () => void;

function isInForeignContext(): boolean {
  return context.followed > 0 && context.storage?.getStore() !== undefined;
}

function arm(): void {
  new Promise<void>((resolve) => wake = resolve).then(turnAwoken);
}

function turnAwoken(): void {
  arm();
  turnAll();
}

arm();

function turnAll(): void {
  if (state !== SCHEDULED) return; // somebody came before
  state = DRAINING;
  context.looked = false;
  while (head < tail) {
    const at = head++ & (queue.length - 1);
    const cell = queue[at]!;
    queue[at] = undefined;
    try {
      // Not by `Math.min()`: all that is counted there would be no integer.
      left -= cell.turn(left < BURST ? left : BURST) || 1;
    } catch (error) {
      reportUncaught("Turn of an actor threw", error);
    }
    if (left <= 0 && isTimeUp()) {
      if (head < tail) return yieldToPlatform();
      isTired = true; // what awaits, goes on in microtasks
    }
  }
  head = tail = 0;
  if (queue.length > LONG) queue = circleOf(SHORT);
  state = IDLE;
  context.looked = false; // who looked in the burst has called, or awaits
}

/** Reads the clock; says whether the event loop should have its turn. */
function isTimeUp(): boolean {
  const now = performance.now();
  const took = now - checked;
  if (took > BUDGET / 4) interval = Math.max(1, interval >> 1);
  else if (took < BUDGET / 16) interval = Math.min(BURST, interval << 1);
  left = interval;
  checked = now;
  return now - started > BUDGET;
}

// After a pause the event loop has had its turn: what goes on in microtasks is
// back at once.
function isStillTired(): boolean {
  isTired = false;
  const now = performance.now();
  if (now - checked < 1) return true;
  started = checked = now;
  return false;
}

function yieldToPlatform(): void {
  state = YIELDED;
  isTired = false;
  // Actors that never rest would count beyond the small integers one day.
  const first = head & (queue.length - 1);
  tail -= head - first;
  head = first;
  runInTask(() => {
    started = checked = performance.now();
    state = SCHEDULED;
    if (isInForeignContext()) wake();
    else turnAll();
  });
}
