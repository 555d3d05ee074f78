/**
 * Circles of waits that go through several threads: a search that leaves a thread
 * goes on as a probe on the next one. The runtimes of actors elsewhere bring it.
 */
import { context, type Waiter } from "./context.ts";
import {
  breakCircle,
  far,
  findCircle,
  isOwn,
  labelOf,
  labelsOf,
  type Step,
  stepsTo,
  waitsOf,
} from "./deadlock.ts";
import { type Future, originOf } from "./future.ts";
import { isReady } from "./outcome.ts";
import { mailboxOf } from "./ref.ts";

/**
 * When a wait began that leads to another thread, for which it is the newest
 * wait of a circle that fails: a time, and a number of the thread for two that
 * began at the same time. A wait that is looked for on a thread is older than
 * all that begin there afterwards, whatever their clocks say.
 */
export type Stamp = readonly [time: number, thread: number];

const ME = Math.random();
/** So many milliseconds after it was sent, a wait may belong to a message. */
const TASK = 100;
let time = 0;
/** When the first message was sent since the last one came; 0 if none was. */
let task = 0;

let origin: number | undefined;

function clock(): number {
  return (origin ??= performance.timeOrigin) + performance.now();
}

/** Notes that a message has come from another thread. */
export function beginTask(): void {
  task = 0;
}

/**
 * Notes that something goes to another thread. A wait that follows in the same
 * task counts from then: what comes of it over there may wait before who sent it
 * does.
 */
export function noteSend(): void {
  if (context.running === undefined && context.followed === 0) return;
  const now = clock();
  if (now - task > TASK) task = now;
}

const stamps = new WeakMap<Waiter, WeakMap<Future<unknown>, Stamp>>();

function stampOf(waiter: Waiter, future: Future<unknown>): Stamp {
  const now = clock();
  time = Math.max(now - task < TASK ? task : now, time + 0.001);
  const stamp: Stamp = [time, ME];
  let known = stamps.get(waiter);
  if (known === undefined) stamps.set(waiter, known = new WeakMap());
  known.set(future, stamp);
  return stamp;
}

function isNewer([time, thread]: Stamp, than: Stamp): boolean {
  return time > than[0] || time === than[0] && thread > than[1];
}

/** What somebody waits for, or has waited for since before some time. */
function waitsUntil(waiter: Waiter, until: Stamp): readonly Future<unknown>[] {
  const waits = waitsOf(waiter);
  const known = stamps.get(waiter);
  if (known === undefined) return waits;
  return waits.filter((future) => {
    const stamp = known.get(future);
    return stamp === undefined || !isNewer(stamp, until);
  });
}

/** A search that goes on where the actors live that are waited for. */
export interface Probe {
  /** Who waits, as `Class.member`, from the one that is waited for first. */
  readonly path: readonly string[];
  /** When the wait began: one that began later looks for the same circle. */
  readonly stamp: Stamp;
  /** Is called if the way leads back; with all who wait. */
  found(path: readonly string[]): void;
}

// The circle is closed only if the wait still stands when the probe is back.
function searchFar(
  waiter: Waiter,
  future: Future<unknown>,
  ends: readonly Step[],
): Promise<never> | undefined {
  const stamp = stampOf(waiter, future);
  let object: (error: Error) => void = () => {};
  const objection = isOwn(waiter, future)
    ? undefined
    : new Promise<never>((_, reject) => object = reject);
  objection?.catch(() => {}); // nobody need care
  for (const last of ends) {
    const steps = stepsTo(last);
    const found = (path: readonly string[]) => {
      const at = waiter.waits?.indexOf(future) ?? -1;
      if (at < 0 || !waiter.suspended || isReady(future)) return;
      waiter.waits!.splice(at, 1);
      const error = breakCircle(waiter, future, steps, path);
      if (error !== undefined) object(error);
    };
    const probe: OwnProbe = { path: labelsOf(steps), stamp, found, waiter };
    send(last.future, probe);
  }
  return objection;
}

/** A probe on the thread that sent it, which knows who will be found. */
export interface OwnProbe extends Probe {
  /** Who waits. */
  readonly waiter: Waiter;
}

function send(future: Future<unknown>, probe: Probe): void {
  mailboxOf(originOf(future)!.ref).probe!(future, probe);
}

/**
 * Notes that a search has come from elsewhere, also where nobody waits yet: who
 * will, waits since later than who began it, whatever the clocks say.
 */
export function noteSearch([began]: Stamp): void {
  time = Math.max(time, began);
}

/**
 * Goes on with a search that has come from elsewhere.
 *
 * @param holder Who has to get on before the one that waits can.
 * @param probe The search.
 * @param waiter Who waits, if that is on this thread.
 */
export function passOn(
  holder: Waiter,
  probe: Probe,
  waiter: Waiter | undefined,
): void {
  const path = [...probe.path, ...labelOf(holder)];
  if (holder === waiter) return probe.found(path);
  const look = (waiter: Waiter) => waitsUntil(waiter, probe.stamp);
  for (const future of look(holder)) {
    const ends: Step[] = [];
    const circle = findCircle(future, waiter, ends, look);
    if (circle !== undefined) {
      return probe.found([...path, ...labelsOf(stepsTo(circle))]);
    }
    for (const last of ends) {
      const further = [...path, ...labelsOf(stepsTo(last))];
      send(last.future, { ...probe, path: further });
    }
  }
}

far.search = searchFar;
