/**
 * Evented actors of a system whose messages are cloned, as a base class: the
 * tests start their actors in systems of all kinds.
 *
 * @module
 */
import { Actor } from "@dekka/actors";
import type { Runtime } from "@dekka/actors/runtime";
import "@dekka/actors/worker";
import { cloning } from "../../system.ts";

/** An evented actor whose messages, arguments and replies are copies. */
export abstract class ClonedActor<Message = unknown, Reply = unknown>
  extends Actor<Message, Reply> {
  static override readonly runtime: Runtime = cloning.runtime!;
}
