import type { Objection, Waiter } from "./context.ts";
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

/** How many futures are noted before those that are over are looked for. */
const MANY = 16;

/** Notes a future among those. */
export function note(
  futures: Future<unknown>[],
  future: Future<unknown>,
): void {
  const { length } = futures;
  if (length >= MANY && (length & (length - 1)) === 0) {
    let kept = 0;
    for (const each of futures) if (!isReady(each)) futures[kept++] = each;
    futures.length = kept;
  }
  futures.push(future);
}

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
  note(waiter.waits ??= [], future);
  if (!waiter.suspended) return objectLater(waiter, future);
  const object = waiter.late?.get(future);
  const objection = search(waiter, future);
  if (object === undefined) return objection;
  if (objection instanceof Error) object(objection);
  else objection?.catch(object);
}

/** Goes on with a search where it leaves this thread; `crossing.ts` puts itself
 * in when a runtime brings it. */
export const far: {
  search: (
    waiter: Waiter,
    future: Future<unknown>,
    ends: readonly Step[],
  ) => Objection | undefined;
} = { search: () => undefined };

/** Looks for a circle that a wait closes. */
function search(
  waiter: Waiter,
  future: Future<unknown>,
): Objection | undefined {
  const ends: Step[] = [];
  const circle = findCircle(future, waiter, ends);
  if (circle === undefined) {
    return ends.length > 0 ? far.search(waiter, future, ends) : undefined;
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

/** A step of a search: what is waited for, and who has to get on before. */
export interface Step {
  /** What is waited for. */
  readonly future: Future<unknown>;
  /** The step before this one. */
  readonly before: Step | undefined;
  /** Who has to get on before the future can be settled, if anybody has. */
  readonly holder?: Waiter;
}

/** What somebody waits for. */
export function waitsOf({ waits }: Waiter): readonly Future<unknown>[] {
  return waits ?? [];
}

/**
 * The way from a future back to who would wait for it, if there is one.
 *
 * @param future Where to begin.
 * @param waiter Who would wait for it.
 * @param ends Gets the steps where the way leaves this thread.
 * @param look What somebody waits for, as far as it counts.
 * @returns The last step of a circle.
 */
export function findCircle(
  future: Future<unknown>,
  waiter: Waiter | undefined,
  ends: Step[],
  look: typeof waitsOf = waitsOf,
): Step | undefined {
  const seen = new Set<Waiter>();
  const steps: Step[] = [];
  const visit = (future: Future<unknown>, before?: Step) => {
    const holder = holderOf(future);
    if (holder === undefined) {
      if (isFar(future)) ends.push({ future, before });
    } else if (!seen.has(holder)) {
      seen.add(holder);
      steps.push({ future, before, holder });
    }
  };
  visit(future);
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (step.holder === waiter) return step;
    for (const next of look(step.holder!)) visit(next, step);
  }
}

function isFar(future: Future<unknown>): boolean {
  if (isReady(future)) return false;
  const origin = originOf(future);
  return origin !== undefined && origin.kind !== "timed" &&
    mailboxOf(origin.ref).probe !== undefined;
}

/** The steps of a way, the first one first. */
export function stepsTo(last: Step): Step[] {
  const steps: Step[] = [];
  for (let step: Step | undefined = last; step; step = step.before) {
    steps.unshift(step);
  }
  return steps;
}

/** Those on a way, as `Class.member`. */
export function labelsOf(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => labelOf(step.holder));
}

/** Somebody as `Class.member`; nothing for futures. */
export function labelOf(waiter: Waiter | undefined): string[] {
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
export function breakCircle(
  waiter: Waiter,
  future: Future<unknown>,
  steps: readonly Step[],
  labels: readonly string[] = labelsOf(steps),
): Error | undefined {
  const asked = steps.find((step) => originOf(step.future) !== undefined);
  if (asked === undefined) {
    return new DeadlockError("Cannot get future: it waits for itself", []);
  }
  const { mailbox, label: target } = originOf(asked.future)!;
  const fails = isOwn(waiter, asked.future);
  const path = [...labels, target];
  const verb = fails ? `ask ${target}` : `wait for ${describe(future)}`;
  const error = new DeadlockError(
    `Cannot ${verb}: the asks form a circle: ${path.join(" \u2192 ")}`,
    path,
  );
  if (!fails) return error;
  mailbox.cancel(asked.future, error);
}

/** Whether somebody has asked for what it waits for, itself or by a future. */
export function isOwn(waiter: Waiter, future: Future<unknown>): boolean {
  const asker = askerOf(future);
  let each: Waiter | undefined = waiter;
  while (each !== undefined && each !== asker) each = each.reader;
  return each !== undefined && originOf(future)?.kind !== "end";
}
