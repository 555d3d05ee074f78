import { context, type Objection, type Waiter } from "./context.ts";
import { DeadlockError } from "./errors.ts";
import {
  askerOf,
  computing,
  describe,
  type Future,
  originOf,
} from "./future.ts";
import { isReady } from "./outcome.ts";
import { mailboxOf } from "./ref.ts";

/** How many waits are kept before those that are over are looked for. */
const MANY = 16;

/**
 * Records that somebody waits for a future, unless that closes a circle.
 *
 * @param waiter Who waits.
 * @param future What it waits for.
 * @returns Why the wait must fail, if that is known or may become known.
 * `undefined` if there is no circle, and also if the ask itself was made to
 * fail, for then the wait fails with it.
 */
export function wait(
  waiter: Waiter,
  future: Future<unknown>,
): Objection | undefined {
  if (waiter.ignored) return undefined;
  if (originOf(future)?.kind === "timed") return undefined; // it cannot wait for ever
  const waits = waiter.waits ??= [];
  if (waits.length >= MANY && (waits.length & (waits.length - 1)) === 0) {
    keepPending(waits);
  }
  waits.push(future);
  if (!waiter.suspended) return objectLater(waiter, future);
  const object = waiter.late?.get(future);
  const objection = search(waiter, future);
  if (object === undefined) return objection;
  if (objection instanceof Error) object(objection);
  else objection?.catch(object);
}

/** Looks for a circle that a wait closes. */
function search(
  waiter: Waiter,
  future: Future<unknown>,
): Objection | undefined {
  const far: Step[] = [];
  const circle = findCircle(future, waiter, far);
  if (circle === undefined) {
    return far.length > 0 ? searchFar(waiter, future, far) : undefined;
  }
  waiter.waits!.pop();
  return breakCircle(waiter, future, stepsTo(circle));
}

// A handler that is no async function is known to wait when it has returned a
// promise. By then only the ask could be made to fail, if there is one.
function objectLater(
  waiter: Waiter,
  future: Future<unknown>,
): Promise<never> | undefined {
  const isEnd = originOf(future)?.kind === "end";
  if (!isEnd && computing(future)?.reader !== waiter) return undefined;
  const objection = new Promise<never>((_, reject) => {
    (waiter.late ??= new Map()).set(future, reject);
  });
  objection.catch(() => {}); // nobody need care
  return objection;
}

function keepPending(waits: Future<unknown>[]): void {
  const pending = waits.filter((future) => !isReady(future));
  waits.length = 0;
  for (const future of pending) waits.push(future);
}

interface Step {
  readonly future: Future<unknown>;
  readonly before: Step | undefined;
  readonly holder?: Waiter;
}

/** The way from a future back to who would wait for it, if there is one. */
function findCircle(
  future: Future<unknown>,
  waiter: Waiter | undefined,
  far: Step[],
  until?: Stamp,
): Step | undefined {
  const seen = new Set<Waiter>();
  const steps: Step[] = [{ future, before: undefined }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const holder = holderOf(step.future);
    if (holder === undefined && isFar(step.future)) far.push(step);
    if (holder === undefined || seen.has(holder)) continue;
    const here = { ...step, holder };
    if (holder === waiter) return here;
    seen.add(holder);
    for (const next of waitsOf(holder, until)) {
      steps.push({ future: next, before: here });
    }
  }
}

function isFar(future: Future<unknown>): boolean {
  if (isReady(future)) return false;
  const origin = originOf(future);
  return origin !== undefined && origin.kind !== "timed" &&
    mailboxOf(origin.ref).probe !== undefined;
}

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
function waitsOf(
  waiter: Waiter,
  until: Stamp | undefined,
): readonly Future<unknown>[] {
  const waits = waiter.waits ?? [];
  const known = until && stamps.get(waiter);
  if (known === undefined) return waits;
  return waits.filter((future) => {
    const stamp = known.get(future);
    return stamp === undefined || !isNewer(stamp, until!);
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
  far: readonly Step[],
): Promise<never> | undefined {
  const stamp = stampOf(waiter, future);
  let object: (error: Error) => void = () => {};
  const objection = isOwn(waiter, future)
    ? undefined
    : new Promise<never>((_, reject) => object = reject);
  objection?.catch(() => {}); // nobody need care
  for (const last of far) {
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
  for (const future of waitsOf(holder, probe.stamp)) {
    const far: Step[] = [];
    const circle = findCircle(future, waiter, far, probe.stamp);
    if (circle !== undefined) {
      return probe.found([...path, ...labelsOf(stepsTo(circle))]);
    }
    for (const last of far) {
      const further = [...path, ...labelsOf(stepsTo(last))];
      send(last.future, { ...probe, path: further });
    }
  }
}

function stepsTo(last: Step): Step[] {
  const steps: Step[] = [];
  for (let step: Step | undefined = last; step; step = step.before) {
    steps.unshift(step);
  }
  return steps;
}

function labelsOf(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => labelOf(step.holder));
}

function labelOf(waiter: Waiter | undefined): string[] {
  return waiter?.label === undefined ? [] : [waiter.label];
}

/** Who has to get on before a future can be settled. */
function holderOf(future: Future<unknown>): Waiter | undefined {
  if (isReady(future)) return undefined;
  const origin = originOf(future);
  if (origin === undefined) return computing(future);
  return origin.kind === "timed"
    ? undefined
    : mailboxOf(origin.ref).holderOf(future);
}

/** Fails the ask that closed a circle, or returns why only the wait must fail. */
function breakCircle(
  waiter: Waiter,
  future: Future<unknown>,
  steps: readonly Step[],
  labels: readonly string[] = labelsOf(steps),
): Error | undefined {
  const asked = steps.find((step) => originOf(step.future) !== undefined);
  if (asked === undefined) {
    return new DeadlockError("Cannot get future: it waits for itself", []);
  }
  const { ref, member } = originOf(asked.future)!;
  const fails = isOwn(waiter, asked.future);
  const target = `${ref.actorClass.name}.${member}`;
  const path = [...labels, target];
  const verb = fails ? `ask ${target}` : `wait for ${describe(future)}`;
  const error = new DeadlockError(
    `Cannot ${verb}: the asks form a circle: ${path.join(" \u2192 ")}`,
    path,
  );
  if (!fails) return error;
  mailboxOf(ref).cancel(asked.future, error);
}

/** Whether somebody has asked itself for what it waits for. */
function isOwn(waiter: Waiter, future: Future<unknown>): boolean {
  const asker = askerOf(future);
  return asker !== undefined && originOf(future)?.kind !== "end" &&
    (asker === waiter || asker === waiter.reader);
}
