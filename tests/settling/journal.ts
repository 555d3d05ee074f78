/**
 * What the actors of a program say of what they do and of what they get.
 *
 * @module
 */
import { ActorDeadError, type ActorRef } from "@dekka/actors";
import type { Kind, Limit, Via } from "./program.ts";

/** What became of a future or of a wait, as far as programs tell it apart. */
export interface Outcome {
  readonly failed: boolean;
  /** Everything; equal outcomes have equal texts. */
  readonly text: string;
  /** The name of the error. */
  readonly name?: string;
  /** Of an `ActorDeadError`. */
  readonly dead?: { reason: string; urn: string; cause: string };
}

/** One thing that happened. */
export type Note =
  | {
    readonly what: "born";
    readonly name: string;
    readonly urn: string;
    readonly kind: Kind;
  }
  | {
    readonly what: "started";
    readonly name: string;
    readonly ref: ActorRef;
  }
  | {
    readonly what: "notStarted";
    readonly name: string;
    readonly outcome: Outcome;
  }
  | {
    readonly what: "sent";
    readonly id: string;
    readonly to: string;
    readonly via: Via | "stop" | "stopped";
    readonly by: string;
    readonly from: string;
    readonly seq: number;
    readonly alive: boolean;
    /** The faked time, in milliseconds. */
    readonly time: number;
    readonly limit?: Limit | undefined;
    /** Why it threw, if so. */
    readonly refused?: Outcome;
  }
  | {
    readonly what: "outcome";
    readonly id: string;
    readonly time: number;
    readonly outcome: Outcome;
  }
  /** What a future holds a minute later. */
  | {
    readonly what: "later";
    readonly id: string;
    readonly outcome: Outcome;
  }
  | {
    readonly what: "begin";
    readonly id: string;
    readonly actor: string;
    readonly from: string;
    readonly seq: number;
    readonly alive: boolean;
    readonly listed: boolean;
    /** Whether it goes on after it has returned. */
    readonly later: boolean;
    /** Whether it is an `async` function, of which no wait may be missed. */
    readonly isAsync: boolean;
    readonly hook?: string;
  }
  | {
    readonly what: "end";
    readonly id: string;
    readonly actor: string;
    readonly outcome: Outcome;
  }
  | {
    readonly what: "delegate";
    readonly id: string;
    readonly actor: string;
    /** The ask that the reply was handed over to. */
    readonly source: string | undefined;
    /** Whether it was handed over to the ask itself. */
    readonly direct: boolean;
    /** Whether the handler goes on, for it is asynchronous. */
    readonly awaits: boolean;
  }
  /** What the future of a delegated reply is settled with, or will be. */
  | {
    readonly what: "settle";
    readonly id: string;
    readonly outcome: Outcome;
  }
  | {
    readonly what: "wait";
    readonly key: string;
    readonly by: string;
    /** Ids of futures, or all ends. */
    readonly of: readonly string[] | "all";
    readonly timed: boolean;
    /** Whether the platform goes on to wait for the rest when it is over. */
    readonly lingers: boolean;
  }
  | {
    readonly what: "waited";
    readonly key: string;
    readonly outcome: Outcome;
  }
  | {
    readonly what: "kill";
    readonly actor: string;
    readonly reason: string;
    readonly alive: boolean;
    /** How many notes were old: nothing has gone on since the last of them. */
    readonly rested?: number | undefined;
  }
  | {
    readonly what: "stopSelf";
    readonly actor: string;
    readonly seq: number;
  };

/** The outcome of what gave a value. */
export function valued(value: unknown): Outcome {
  return { failed: false, text: textOf(value) };
}

/** The outcome of what threw. */
export function thrown(error: unknown): Outcome {
  const text = textOf(error);
  if (error instanceof ActorDeadError) {
    const { reason, actorUrn: urn, cause } = error;
    const dead = { reason, urn, cause: textOf(cause) };
    return { failed: true, text, name: error.name, dead };
  }
  return error instanceof Error
    ? { failed: true, text, name: error.name }
    : { failed: true, text };
}

function textOf(value: unknown): string {
  if (value instanceof ActorDeadError) {
    return `dead ${value.reason} ${value.actorUrn} ${textOf(value.cause)}`;
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return JSON.stringify(value) ?? "undefined";
}
