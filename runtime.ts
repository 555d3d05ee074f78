/**
 * What authors of runtimes need, and nobody else.
 *
 * @module
 */
export { Cell, type Loop } from "./cell.ts";
export type { Call, Envelope, Message, Read, Stop, Write } from "./envelope.ts";
export { type Death, type Mailbox, type Runtime } from "./mailbox.ts";
export type { Waiter } from "./context.ts";
export type { MemberKind } from "./members.ts";
