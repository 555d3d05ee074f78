/**
 * Whether a Worker has anything left to do, and how the pool hears of it.
 */
import type { Future } from "../../future.ts";
import { isReady, observe } from "../../outcome.ts";
import { runInTask } from "../../platform.ts";
import type { ActorRef } from "../../ref.ts";
import { reportUnread } from "../../unread.ts";
import { hub, isDone } from "./entry_links.ts";
import { Op } from "./link.ts";
import type { Stub } from "./stub.ts";
import { living } from "./thread.ts";

/** Actors that were started here and live somewhere else. */
export const unplaced: Map<string, Stub> = new Map();
/** Whom a stopAll() of this thread still has to see the end of. */
const ending = new Set<unknown>();
/** Those that modules have started when they were loaded: they hold no Worker. */
const own = new Set<ActorRef>();
let starts = 0;
let saidIdle = true;

/** Counts the starts that the pool has asked for. */
export function countStart(): void {
  starts++;
}

/** Notes that there is something to do, whose end the pool has to hear of. */
export function noteWork(): void {
  saidIdle = false;
}

/** Notes an actor that a module has started when it was loaded. */
export function noteOwn(ref: ActorRef): void {
  own.add(ref);
}

/** Tells the pool, once, when there is nothing left to do. */
export function sayIdle(): void {
  if (!isIdle()) return;
  saidIdle = true;
  reportUnread(() => true);
  hub.post(Op.IDLE, starts, 0);
}

function isIdle(): boolean {
  if (saidIdle || living > own.size || unplaced.size > 0) return false;
  return living === countOwn() && ending.size === 0 && isDone();
}

/** Counts the actors that modules have started here for themselves. */
function countOwn(): number {
  for (const ref of own) if (!ref.isAlive()) own.delete(ref);
  return own.size;
}

/** Keeps this Worker until a future has settled, and what comes of it is done. */
export function awaitEnd(key: unknown, future: Future<unknown>): void {
  if (ending.has(key) || isReady(future)) return;
  ending.add(key);
  const forget = () => {
    ending.delete(key);
    hub.wake();
  };
  observe(future, { settled: () => runInTask(forget) });
}
