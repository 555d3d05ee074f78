/**
 * What the thread that has the pool logs and emits about actors of Workers: for
 * the Workers, and where they cannot do so any more.
 */
import type { Logger } from "../../logger.ts";
import { mailboxOf } from "../../ref.ts";
import { emit, log, write } from "../../report.ts";
import { ActorSystem } from "../../system.ts";
import type { Stub } from "./stub.ts";
import { findRef, systemOf } from "./thread.ts";

/** So many actors that are lost are told of by name. */
const LINES = 5;

/** Those whose Workers have not told in time that they were killed. */
const givenUp = new WeakSet<object>();

/** Writes what a system has written in a Worker. */
export function forwardLog(
  [id, level, text, ...data]: readonly unknown[],
): void {
  const system = systemOf(id as number) ?? ActorSystem.default;
  write(system, level as keyof Logger, text as string, data);
}

/** Emits what was emitted in a Worker. */
export function forwardEvent(
  [type, urn, error, count]: readonly unknown[],
): void {
  const actorRef = findRef(urn as string);
  if (actorRef === undefined) return;
  if (type === "killed" && givenUp.delete(actorRef)) return; // it is known
  emit(mailboxOf(actorRef).system, type as "started", {
    actorRef,
    error,
    count: count as number,
  });
}

/** Tells that an actor was killed, whose Worker has not said so in time. */
export function reportGivenUp({ ref, system, death }: Stub): void {
  emit(system, "killed", { actorRef: ref, error: death!.cause });
  givenUp.add(ref);
}

/** Tells of actors that wait for a Worker which a killed one does not leave. */
export function reportWaits(stubs: readonly Stub[], killed: Stub): void {
  for (const { ref, system } of stubs) {
    emit(system, "stuck", { actorRef: ref });
    const text = `${ref} waits for its Worker: a handler of`;
    log(system, "warn", ref, `${text} ${killed.ref} runs on after kill()`);
  }
}

/** Tells of actors that have gone with their Worker; there may be many. */
export function reportLoss(
  stubs: readonly Stub[],
  reason: "lost" | "start-failed",
  cause: unknown,
): void {
  const counts = new Map<ActorSystem, number>();
  for (const { ref, system } of stubs) {
    emit(system, "failed", { actorRef: ref, error: cause });
    const count = (counts.get(system) ?? 0) + 1;
    counts.set(system, count);
    if (count > LINES) continue;
    const verb = reason === "lost" ? "is lost" : "failed to start";
    log(system, "error", ref, `${ref} ${verb}: its Worker has ended`, cause);
  }
  for (const [system, count] of counts) {
    if (count <= LINES) continue;
    const verb = reason === "lost" ? "are lost" : "failed to start";
    const text = `${count - LINES} more actors ${verb}: their Worker has ended`;
    write(system, "error", text, [cause]);
  }
}
