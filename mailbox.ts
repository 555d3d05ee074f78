import { ActorDeadError, type DeathReason } from "./errors.ts";
import type { Waiter } from "./context.ts";
import type { Probe } from "./crossing.ts";
import type { Envelope } from "./envelope.ts";
import type { Future, Origin } from "./future.ts";
import type { MemberKind } from "./members.ts";
import type { ActorClass, ActorRef } from "./ref.ts";
import type { ActorSystem } from "./system.ts";

/** What a runtime brings: mailboxes, futures, and what turns the loop. */
export interface Runtime {
  /**
   * Starts an actor.
   *
   * @param system The system that owns it.
   * @param actorClass The class to construct.
   * @param args The arguments of its constructor.
   * @returns Where references send its messages.
   */
  spawn(
    system: ActorSystem,
    actorClass: ActorClass,
    args: readonly unknown[],
  ): Mailbox;
}

/** What is behind a reference: the way to an actor, wherever that runs. */
export interface Mailbox {
  /** The class of the actor. */
  readonly actorClass: ActorClass;
  /** Identifies the actor, universally. */
  readonly actorUrn: string;
  /** The URN, if anybody has read it: who never did cannot look for it. */
  readonly knownUrn: string | undefined;
  /** The system that owns it. */
  readonly system: ActorSystem;
  /** The one reference on this thread. */
  readonly ref: ActorRef;
  /** Why the actor takes no more messages; `undefined` while it does. */
  readonly death: Death | undefined;
  /** Where replies to messages come from; kept here by who asks. */
  origin?: Origin | undefined;
  /** Settles when the actor has ended. */
  readonly stopped: Future<void>;
  /** Makes a future for a reply. */
  createFuture<T>(): Future<T>;
  /** Sends a message to `onReceive()`. The actor must be alive. */
  post(message: unknown, reply: Future<unknown> | undefined): void;
  /** Sends any other envelope. The actor must be alive. */
  send(envelope: Envelope, reply: Future<unknown> | undefined): void;
  /** Sends a stop, unless the actor has ended. */
  stop(): Future<boolean>;
  /** Gives an ask up: it fails, and is not handled if it has not begun. */
  cancel(reply: Future<unknown>, reason: unknown): void;
  /** Ends the actor now. */
  kill(reason: unknown): void;
  /** What a name is, decided from the live object. */
  kindOf(path: readonly string[]): MemberKind | undefined;
  /** What keeps the actor, where that is another one on this thread. */
  readonly local?: Mailbox | undefined;
  /** Who has to get on before a reply can come, if that is known to wait. */
  holderOf(reply: Future<unknown>): Waiter | undefined;
  /**
   * Looks elsewhere for who has to get on before a reply can come, and goes on
   * from there by `passOn()`; for mailboxes that cannot say it at once.
   */
  probe?(reply: Future<unknown>, probe: Probe): void;
  /** Whether the actor was registered before it is constructed. */
  readonly registered?: boolean;
  /** Called by the cell behind this mailbox when it takes no more messages. */
  closed?(death: Death): void;
}

/** How an actor ended. */
export interface Death {
  /** Why. */
  readonly reason: DeathReason;
  /** The error that ended it, if one did. */
  readonly cause?: unknown;
}

const STATES: Record<DeathReason, string> = {
  stopped: "actor is stopped",
  killed: "actor was killed",
  failed: "actor has failed",
  "start-failed": "actor failed to start",
  lost: "actor is lost",
};

/**
 * The error for what an actor did not do.
 *
 * @param what What could not be done, as "Cannot send message to".
 * @param mailbox The actor.
 * @param death How it ended.
 */
export function deadError(
  what: string,
  mailbox: Mailbox,
  { reason, ...cause }: Death,
): ActorDeadError {
  return new ActorDeadError(
    `${what} ${mailbox.ref}: ${STATES[reason]}`,
    { actorUrn: mailbox.actorUrn, reason, ...cause },
  );
}
