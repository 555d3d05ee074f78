import type { Cell } from "../cell.ts";
import { context } from "../context.ts";
import { runInTask } from "../platform.ts";
import { reportUncaught } from "../uncaught.ts";

/** Milliseconds for which actors run before the event loop has its turn. */
const BUDGET = 4;

/** How many messages an actor handles at most before the others have a turn. */
const BURST = 1024;

type State = "idle" | "scheduled" | "draining" | "yielded";

const READY = Promise.resolve();

// The actors that have something to do, the first come first; `batch` is the
// part that is being worked off.
let queue: Cell[] = [];
let state: State = "idle";

// Reading the clock costs as much as several messages. So it is read after a
// number of them that follows how long they take.
let interval = BURST;
let left = interval;
let started = 0;
let checked = 0;

/** Lets an actor have its turn soon, and never inside this call. */
export function schedule(cell: Cell): void {
  queue.push(cell);
  if (state !== "idle") return;
  state = "scheduled";
  READY.then(drain);
}

/** Lets an actor have its turn; nothing else runs now. */
export function resume(cell: Cell): void {
  queue.push(cell);
  if (state === "idle") drain();
}

// A microtask inherits the asynchronous context of who queued it, which may be
// the handler of another actor. Turns begin in none.
function drain(): void {
  const { storage } = context;
  if (storage === undefined) turnAll();
  else storage.run(undefined, turnAll);
}

function turnAll(): void {
  state = "draining";
  while (queue.length > 0) {
    const batch = queue;
    queue = [];
    for (let i = 0; i < batch.length; i++) {
      turn(batch[i]!);
      if (left > 0 || !isTimeUp()) continue;
      queue = batch.slice(i + 1).concat(queue);
      if (queue.length > 0) return yieldToPlatform();
    }
  }
  state = "idle";
}

function turn(cell: Cell): void {
  try {
    left -= cell.turn(Math.min(left, BURST)) || 1;
  } catch (error) {
    reportUncaught("Turn of an actor threw", error);
  }
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

function yieldToPlatform(): void {
  state = "yielded";
  runInTask(() => {
    started = checked = performance.now();
    drain();
  });
}
