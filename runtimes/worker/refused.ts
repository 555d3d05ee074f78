/**
 * What becomes of a record that the platform does not clone though all that is
 * in it can be: for it is too large.
 */
import { reject } from "../../future.ts";
import { log } from "../../report.ts";
import { type Link, Op } from "./link.ts";
import type { StartRecord } from "./start.ts";
import type { Stub } from "./stub.ts";
import { uncloneable } from "./uncloneable.ts";

const NAMES: Readonly<Record<number, string>> = {
  [Op.MESSAGE]: "message",
  [Op.CALL]: "argument",
  [Op.START]: "argument",
  [Op.SPAWN]: "argument",
  [Op.WRITE]: "value",
  [Op.VALUE]: "reply",
  [Op.EXCEPTION]: "exception",
};

/** The reply that was last replaced by an error. */
const replaced = new WeakMap<Link, number>();

/** Settles what waits for a record that cannot be sent, or tells of it. */
export function refused(
  link: Link,
  op: number,
  n: number,
  id: number,
  payload: unknown,
  error: unknown,
): void {
  if (link.lost !== undefined) return;
  const failure = uncloneable(NAMES[op] ?? "record", error);
  if (op === Op.START || op === Op.SPAWN) {
    const [start] = payload as [StartRecord];
    return link.post(op, n, 0, [{ ...start, failure }]);
  }
  const isReply = op === Op.VALUE || op === Op.EXCEPTION;
  if (isReply && replaced.get(link) !== id) {
    replaced.set(link, id);
    return link.post(Op.EXCEPTION, 0, id, failure);
  }
  const reply = isReply ? undefined : link.pending.get(id);
  if (reply !== undefined) {
    link.pending.delete(id);
    return void reject(reply, failure);
  }
  const stub = link.stubs.get(n) as Stub | undefined;
  if (stub === undefined) throw failure; // nobody would ever know
  const { ref, system } = stub;
  log(system, "error", ref, `${ref} was not reached`, failure);
}
