/**
 * A message on its way: a plain record, so that it can be cloned to another
 * thread or machine. The reply goes to whoever holds the `replyTo`.
 */
export type Envelope = Message | Call | Read | Write | Stop;

/** For `onReceive()`. */
export interface Message {
  /** What the message is; the message itself is never looked into. */
  readonly kind: "message";
  /** What was told or asked. */
  readonly message: unknown;
}

/** Calls a method. */
export interface Call {
  /** What the message is. */
  readonly kind: "call";
  /** Names of members, from the actor inwards. */
  readonly path: readonly string[];
  /** What to call the method with. */
  readonly args: readonly unknown[];
}

/** Reads an attribute. */
export interface Read {
  /** What the message is. */
  readonly kind: "read";
  /** Names of members, from the actor inwards. */
  readonly path: readonly string[];
}

/** Assigns an attribute. */
export interface Write {
  /** What the message is. */
  readonly kind: "write";
  /** Name of a member of the actor. */
  readonly name: string;
  /** What to assign. */
  readonly value: unknown;
}

/** Stops the actor. */
export interface Stop {
  /** What the message is. */
  readonly kind: "stop";
}

/** What an envelope is for, as the member that a user knows. */
export function memberOf(envelope: Envelope): string {
  switch (envelope.kind) {
    case "message":
      return "onReceive";
    case "write":
      return envelope.name;
    case "stop":
      return "stop";
    default:
      return envelope.path.length === 1
        ? envelope.path[0]!
        : envelope.path.join(".");
  }
}
