import type { Mailbox } from "../../mailbox.ts";
import type { ActorClass } from "../../ref.ts";
import type { ActorSystem } from "../../system.ts";
import { prepare, register, startAt } from "./start.ts";
import { linkToSelf } from "./thread.ts";

/** Starts an actor of this thread that gets copies, as if on another one. */
export function spawn(
  system: ActorSystem,
  actorClass: ActorClass,
  args: readonly unknown[],
): Mailbox {
  const [stub, start] = prepare(system, actorClass, undefined);
  startAt(stub, linkToSelf(), start, args);
  register(stub);
  return stub;
}
