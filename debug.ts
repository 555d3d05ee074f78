/**
 * A look inside: what each actor does now.
 *
 * @example Usage
 * ```ts
 * import { EventedActor } from "@dekka/actors";
 * import { inspectActors } from "@dekka/actors/debug";
 * import { assertEquals } from "@std/assert";
 *
 * class Idler extends EventedActor {}
 *
 * await using _idler = Idler.start();
 * const [snapshot] = inspectActors();
 * assertEquals(snapshot?.className, "Idler");
 * assertEquals(snapshot?.inbox, 0);
 * ```
 *
 * @module
 */
import type { Mailbox } from "./mailbox.ts";
import { mailboxOf } from "./ref.ts";
import { byStart, everyRef } from "./registry.ts";
import { write } from "./report.ts";
import { lookInto, type MailboxState } from "./snapshot.ts";
import { ActorSystem } from "./system.ts";

export type { MailboxState } from "./snapshot.ts";

/** What an actor does now. */
export interface ActorSnapshot extends MailboxState {
  /** The name of its class. */
  readonly className: string;
  /** Its URN. */
  readonly actorUrn: string;
  /**
   * Milliseconds for which its handler runs, or up to a quarter of `stuckAfter`
   * more. `undefined` if it has only just begun, or if none runs.
   */
  readonly handlesFor: number | undefined;
}

/**
 * What each actor does now that has not ended.
 *
 * @param system The system to look into.
 * @returns A snapshot for each actor, in the order of their start.
 */
export function inspectActors(
  system: ActorSystem = ActorSystem.default,
): ActorSnapshot[] {
  return everyRef(system.registry).sort(byStart)
    .map((ref) => snapshot(mailboxOf(ref)));
}

const UNKNOWN: MailboxState = {
  state: "running",
  inbox: 0,
  asks: 0,
  handles: undefined,
  since: undefined,
  waitsFor: [],
  handled: 0,
  failures: 0,
};

function snapshot(mailbox: Mailbox): ActorSnapshot {
  const state = lookInto(mailbox) ?? UNKNOWN;
  return {
    className: mailbox.actorClass.name,
    actorUrn: mailbox.actorUrn,
    ...state,
    handlesFor: state.since === undefined
      ? undefined
      : Math.max(0, Date.now() - state.since),
  };
}

/**
 * Writes what each actor does to the logger of the system, a line each, as
 * warnings.
 *
 * @param system The system to look into.
 */
export function dumpActors(system: ActorSystem = ActorSystem.default): void {
  const snapshots = inspectActors(system);
  const title = `Actors that have not ended: ${snapshots.length}`;
  for (const line of [title, ...snapshots.map(lineOf)]) {
    write(system, "warn", line, []);
  }
}

function lineOf(actor: ActorSnapshot): string {
  const parts = [
    `${actor.className} (${actor.actorUrn}) is ${actor.state}`,
    `inbox ${actor.inbox}`,
    `handled ${actor.handled}`,
    `failed ${actor.failures}`,
  ];
  if (actor.handles !== undefined) {
    const time = actor.handlesFor === undefined
      ? ""
      : ` for ${actor.handlesFor} ms`;
    parts.push(`handles ${actor.handles}${time}`);
  }
  if (actor.waitsFor.length > 0) {
    parts.push(`waits for ${actor.waitsFor.join(" and ")}`);
  }
  return parts.join(", ");
}
