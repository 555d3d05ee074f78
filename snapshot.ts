import { Cell } from "./cell.ts";
import { describe } from "./future.ts";
import { isAsk } from "./inbox.ts";
import type { Mailbox } from "./mailbox.ts";

/** A snapshot of an actor, for those who look inside. */
export interface MailboxState {
  /** Where in its life the actor is. */
  readonly state: "starting" | "running" | "stopping" | "ended";
  /** How many messages wait in the inbox. */
  readonly inbox: number;
  /** How many asks have not been answered: in the inbox, at hand, delegated. */
  readonly asks: number;
  /** What an asynchronous handler handles, if one runs. */
  readonly handles: string | undefined;
  /** Since when, in milliseconds of `Date.now()`, give or take some seconds. */
  readonly since: number | undefined;
  /** What the handler waits for. */
  readonly waitsFor: readonly string[];
  /** How many messages the actor has begun to handle. */
  readonly handled: number;
  /** How many of them threw. */
  readonly failures: number;
}

/** What an actor does now, where its runtime lets that be seen. */
export function lookInto(mailbox: Mailbox): MailboxState | undefined {
  if (mailbox.local !== undefined) return lookInto(mailbox.local);
  return mailbox instanceof Cell ? Glass.look(mailbox) : undefined;
}

// What a cell keeps to itself, the compiler shows to its subclasses alone.
abstract class Glass extends Cell {
  static look(cell: Cell): MailboxState {
    const glass = cell as Glass;
    const { message, slot, inbox, reply, delegations } = glass;
    const turn = glass.current?.suspended ? glass.current : undefined;
    const isFirst = slot !== false;
    return {
      state: Glass.#stateOf(glass),
      inbox: (inbox?.length ?? 0) + Number(isFirst),
      asks: (inbox?.asks() ?? 0) +
        (delegations?.turns.length ?? 0) +
        Number(isFirst && isAsk(message, slot)) +
        Number(isAsk(undefined, reply)),
      handles: turn?.handler.member,
      since: turn?.isWatched ? turn.since : undefined,
      waitsFor: turn?.pending.map(describe) ?? [],
      handled: cell.handled,
      failures: cell.failures,
    };
  }

  static #stateOf(glass: Glass): MailboxState["state"] {
    if (glass.hasEnded) return "ended";
    if (glass.death !== undefined) return "stopping";
    // Nothing else than a hook is called back when it is over.
    const { current, hasStarted } = glass;
    const isStarting = current?.suspended && current.done !== undefined;
    return isStarting || !hasStarted ? "starting" : "running";
  }
}
