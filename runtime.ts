/**
 * What authors of runtimes need, and nobody else.
 *
 * A runtime is a subclass of {@linkcode Actor} with a static `runtime`, which
 * makes the {@linkcode Mailbox} behind each reference. Where the actor runs on
 * the same thread, a {@linkcode Cell} is all that it takes.
 *
 * @module
 */
export { Cell, type Loop } from "./cell.ts";
export type { Handler, Running, Waiter } from "./context.ts";
export { passOn, type Probe, type Stamp } from "./crossing.ts";
export type { Call, Envelope, Message, Read, Stop, Write } from "./envelope.ts";
export {
  fulfil,
  Origin,
  type OriginKind,
  read,
  reject,
  type Then,
} from "./future.ts";
export {
  deadError,
  type Death,
  type Mailbox,
  type Runtime,
} from "./mailbox.ts";
export type { Request, Slot } from "./inbox.ts";
export { Handling, type Hooks } from "./handling.ts";
export {
  exceptionOf,
  fail,
  hasFailed,
  isReady,
  observe,
  type Observer,
  Outcome,
  type OutcomeState,
  settle,
  stateOf,
  unobserve,
  valueOf,
} from "./outcome.ts";
export type { MemberKind } from "./members.ts";
export { Behaviour, type KnownMethod } from "./behaviour.ts";
export { Delegations } from "./delegations.ts";
export { Inbox } from "./inbox.ts";
export type { Logger } from "./logger.ts";
export { createRef, mailboxOf } from "./ref.ts";
export type { Pending } from "./stuck.ts";
export type { Turn } from "./turn.ts";
