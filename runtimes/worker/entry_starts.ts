/**
 * How actors in a Worker start actors, which live where the pool has room.
 */
import { noteSend } from "../../crossing.ts";
import { noteWork, unplaced } from "./entry_idle.ts";
import { hub } from "./entry_links.ts";
import { Op } from "./link.ts";
import { isLoading } from "./modules.ts";
import type { StartRecord } from "./start.ts";
import type { Stub } from "./stub.ts";
import { thread, watch } from "./thread.ts";

/** Starts an actor where the pool has room. */
export function spawn(
  stub: Stub,
  start: StartRecord,
  args: readonly unknown[],
): void {
  if (isLoading()) {
    throw new TypeError(
      `Cannot start ${stub.actorClass.name} while its module is being loaded in a Worker: what only the program does belongs under \`if (import.meta.main)\``,
    );
  }
  noteSend();
  hub.post(Op.SPAWN, 0, 0, [start, ...args], "argument");
  unplaced.set(stub.actorUrn, stub);
  noteWork();
}

/** Asks the pool where an actor lives that another thread has started. */
export function locate(stub: Stub, starter: number): void {
  unplaced.set(stub.actorUrn, stub);
  hub.post(Op.LOCATE, starter, 0, stub.actorUrn);
}

/** Opens the way to an actor, now that the pool says where it lives. */
export function placed(urn: string, at: number): void {
  const stub = unplaced.get(urn);
  unplaced.delete(urn);
  if (stub === undefined || stub.link !== undefined) return;
  watch(stub, thread.linkTo(at));
}
