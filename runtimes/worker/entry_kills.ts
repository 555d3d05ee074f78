/**
 * Actors that were killed, and live on a thread that may never hear of it: the
 * pool sees to their end.
 */
import { hub } from "./entry_links.ts";
import { killed } from "./home.ts";
import { Op } from "./link.ts";
import { carry, Stub } from "./stub.ts";
import { findStub, thread } from "./thread.ts";

/** Lets the pool hear of the actors that are killed in this Worker. */
export function tellOfKills(): void {
  Stub.killed = ({ ref, link }, reason) => {
    const at = link!.thread;
    if (at === hub.thread || at === thread.id) return;
    hub.post(Op.KILLED, 0, 0, [ref, carry(reason)]);
  };
}

/** Gives an actor up that was killed, whose thread has not said so in time. */
export function giveUp([urn, reason]: readonly unknown[]): void {
  const stub = findStub(urn as string);
  if (stub?.ended === false) stub.lose(killed(reason));
}
