import type { Waiter } from "./context.ts";
import { DeadlockError } from "./errors.ts";
import {
  computing,
  describe,
  type Future,
  originOf,
  reject,
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
 * @returns Why the wait must fail. `undefined` if there is no circle, and also
 * if the ask itself was made to fail, for then the wait fails with it.
 */
export function wait(
  waiter: Waiter,
  future: Future<unknown>,
): Error | undefined {
  if (waiter.ignored) return undefined;
  if (originOf(future)?.kind === "timed") return undefined; // it cannot wait for ever
  const waits = waiter.waits ??= [];
  if (waits.length >= MANY && (waits.length & (waits.length - 1)) === 0) {
    keepPending(waits);
  }
  waits.push(future);
  if (!waiter.suspended) return undefined;
  const far: Step[] = [];
  const circle = findCircle(future, waiter, far);
  if (circle === undefined) {
    if (far.length > 0) searchFar(waiter, future, far);
    return undefined;
  }
  waits.pop();
  return breakCircle(waiter, future, stepsTo(circle));
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
    for (const next of holder.waits ?? []) {
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

/** A search that goes on where the actors live that are waited for. */
export interface Probe {
  /** Who waits, as `Class.member`, from the one that is waited for first. */
  readonly path: readonly string[];
  /** Is called if the way leads back; with all who wait. */
  found(path: readonly string[]): void;
}

/** So many steps make a circle that others will find. */
const FAR = 64;

// The circle is closed only if the wait still stands when the probe is back.
function searchFar(
  waiter: Waiter,
  future: Future<unknown>,
  far: readonly Step[],
): void {
  for (const last of far) {
    const steps = stepsTo(last);
    const found = (path: readonly string[]) => {
      if (!waiter.suspended || isReady(future)) return;
      if (!waiter.waits?.includes(future)) return;
      const error = breakCircle(waiter, future, steps, path);
      // Each stop() has a future of its own: it fails, and the stop stands.
      const origin = originOf(future);
      if (error !== undefined && origin?.member === "stop") {
        if (origin.kind === "end") reject(future, error);
      }
    };
    const probe: OwnProbe = { path: labelsOf(steps), found, waiter };
    send(last.future, probe);
  }
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
  if (path.length > FAR) return;
  if (holder === waiter) return probe.found(path);
  for (const future of holder.waits ?? []) {
    const far: Step[] = [];
    const circle = findCircle(future, waiter, far);
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
  const { ref, member, asker, kind } = originOf(asked.future)!;
  const isOwn = asker !== undefined &&
    (asker === waiter || asker === waiter.reader) && kind !== "end";
  const target = `${ref.actorClass.name}.${member}`;
  const path = [...labels, target];
  const verb = isOwn ? `ask ${target}` : `wait for ${describe(future)}`;
  const error = new DeadlockError(
    `Cannot ${verb}: the asks form a circle: ${path.join(" → ")}`,
    path,
  );
  if (!isOwn) return error;
  mailboxOf(ref).cancel(asked.future, error);
}
