import type { Waiter } from "./context.ts";
import { DeadlockError } from "./errors.ts";
import {
  computing,
  describe,
  type Future,
  originOf,
  resultOf,
} from "./future.ts";
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
  const circle = findCircle(future, waiter);
  if (circle === undefined) return undefined;
  waits.pop();
  return breakCircle(waiter, future, circle);
}

function keepPending(waits: Future<unknown>[]): void {
  const pending = waits.filter((future) => !resultOf(future).ready());
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
  waiter: Waiter,
): Step | undefined {
  const seen = new Set<Waiter>();
  const steps: Step[] = [{ future, before: undefined }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const holder = holderOf(step.future);
    if (holder === undefined || seen.has(holder)) continue;
    const here = { ...step, holder };
    if (holder === waiter) return here;
    seen.add(holder);
    for (const next of holder.waits ?? []) {
      steps.push({ future: next, before: here });
    }
  }
}

/** Who has to get on before a future can be settled. */
function holderOf(future: Future<unknown>): Waiter | undefined {
  if (resultOf(future).ready()) return undefined;
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
  last: Step,
): Error | undefined {
  const steps: Step[] = [];
  for (let step: Step | undefined = last; step; step = step.before) {
    steps.unshift(step);
  }
  const asked = steps.find((step) => originOf(step.future) !== undefined);
  if (asked === undefined) {
    return new DeadlockError("Cannot get future: it waits for itself", []);
  }
  const { ref, member, asker, kind } = originOf(asked.future)!;
  const isOwn = asker !== undefined &&
    (asker === waiter || asker === waiter.reader) && kind !== "end";
  const target = `${ref.actorClass.name}.${member}`;
  const path = steps.map((step) => step.holder!.label)
    .filter((label) => label !== undefined);
  path.push(target);
  const verb = isOwn ? `ask ${target}` : `wait for ${describe(future)}`;
  const error = new DeadlockError(
    `Cannot ${verb}: the asks form a circle: ${path.join(" → ")}`,
    path,
  );
  if (!isOwn) return error;
  mailboxOf(ref).cancel(asked.future, error);
}
