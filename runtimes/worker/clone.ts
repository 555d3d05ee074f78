import type { Mailbox } from "../../mailbox.ts";
import type { ActorClass } from "../../ref.ts";
import { type ActorSystem, cloning } from "../../system.ts";
import { prepare, register, startAt } from "./start.ts";
import { linkToSelf } from "./thread.ts";

/** Starts an actor of this thread that gets copies, as if on another one. */
function spawn(
  system: ActorSystem,
  actorClass: ActorClass,
  args: readonly unknown[],
): Mailbox {
  const [stub, start] = prepare(system, actorClass, undefined);
  startAt(stub, linkToSelf(), start, args);
  register(stub);
  return stub;
}

cloning.runtime = { spawn };
