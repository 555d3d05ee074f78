/**
 * What is logged and emitted in a Worker, which goes to the thread with the pool.
 */
import { type Logger, silence } from "../../logger.ts";
import type { ActorEvent } from "../../report.ts";
import type { ActorSystem } from "../../system.ts";
import { hub } from "./entry_links.ts";
import { textOf } from "./errors.ts";
import { Op } from "./link.ts";
import type { Settings } from "./start.ts";
import { isHome } from "./thread.ts";

const EVENTS = [
  "started",
  "stopped",
  "failed",
  "killed",
  "stuck",
  "deadletter",
] as const;

/** Sends the events of a system to where the system is. */
export function forwardEvents(system: ActorSystem): void {
  for (const type of EVENTS) {
    system.addEventListener(type, (event) => {
      hub.wake();
      forward(type, event);
    });
  }
}

function forward(type: string, { actorRef, error, count }: ActorEvent): void {
  const urn = actorRef?.actorUrn;
  if (urn === undefined || !isHome(urn)) return;
  try {
    hub.post(Op.EVENT, 0, 0, [type, urn, error, count]);
  } catch {
    hub.post(Op.EVENT, 0, 0, [type, urn, new Error(textOf(error)), count]);
  }
}

/** What a system writes to in this Worker. */
export function loggerOf({ system, levels }: Settings): Logger {
  const at = (level: keyof Logger) =>
    levels.includes(level)
      ? (...args: unknown[]) => write(system, level, args)
      : silence;
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

function write(system: number, level: string, args: readonly unknown[]): void {
  try {
    hub.post(Op.LOG, 0, 0, [system, level, ...args]);
  } catch {
    hub.post(Op.LOG, 0, 0, [system, level, ...args.map(textOf)]);
  }
}
