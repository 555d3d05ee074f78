/**
 * How what cannot be cloned crosses to another thread: a record goes in its place.
 */
import type { ActorRef } from "../../ref.ts";
import type { ErrorRecord } from "./errors.ts";

/** What stands for a reference on its way; the link knows what is in it. */
export type RefRecord = readonly ["ref" | "proxy", unknown];

/** What is replaced by something that can be cloned. */
export type Special = RefRecord | ErrorRecord;

/** How references cross. */
export interface Passage {
  /** What stands for a reference. */
  encodeRef(ref: ActorRef): unknown;
  /** The reference on this side. */
  decodeRef(record: unknown): ActorRef;
}
