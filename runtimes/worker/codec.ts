/**
 * Copies as another thread gets them, made on this one.
 */
import type { ActorRef } from "../../ref.ts";
import { decode } from "./decoder.ts";
import { Encoder } from "./encoder.ts";
import type { Passage } from "./passage.ts";
import { type Movable, transfer, type Transfers } from "./transfer.ts";
import { uncloneable } from "./uncloneable.ts";

/**
 * Copies a value as if to another thread, with the references kept aside. What
 * has moved into the copy will move on with it.
 */
export function copyOf(value: unknown, what: string): unknown {
  const refs: ActorRef[] = [];
  const passage: Passage = {
    encodeRef: (ref) => refs.push(ref) - 1,
    decodeRef: (index) => refs[index as number]!,
  };
  const encoder = new Encoder(passage);
  const encoded = encoder.encode(value, what);
  const { specials, transfers } = encoder;
  const [[cloned, records], moved] = cloneNow(
    [encoded, specials] as const,
    transfers,
    what,
  );
  const copy = decode(cloned, records, passage);
  return moved.length > 0 ? transfer(copy as object, moved) : copy;
}

/** Clones a value, and moves what is to be moved; returns that as well. */
export function cloneNow<T>(
  value: T,
  moving: Movable[],
  what: string,
): [copy: T, moved: Movable[]] {
  try {
    const transfer = moving as Transfers;
    return structuredClone([value, moving], { transfer });
  } catch (error) {
    throw uncloneable(what, error);
  }
}
