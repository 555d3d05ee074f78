// The types of some platforms do not agree about what a port is.
/** What can move: what `structuredClone()` moves on the platform. */
export type Movable =
  | NonNullable<
    NonNullable<Parameters<typeof structuredClone>[1]>["transfer"]
  >[number]
  | InstanceType<typeof MessageChannel>["port1"];

/** What `structuredClone()` takes as a list of what moves. */
export type Transfers = NonNullable<
  NonNullable<Parameters<typeof structuredClone>[1]>["transfer"]
>;

const transfers = new WeakMap<object, readonly Movable[]>();

/**
 * Marks a value whose buffers move to the other thread instead of being copied.
 *
 * The mark holds for the next message, reply or argument that the value is in.
 * Afterwards the buffers are empty on this side.
 *
 * @typeParam T The type of the value.
 * @param value What will be sent: an object that holds the buffers.
 * @param transferables The buffers, ports or streams to move.
 * @returns The same value.
 *
 * @example Usage
 * ```ts
 * import { transfer } from "@dekka/actors/worker";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const pixels = new Uint8Array(1024);
 * assertStrictEquals(transfer(pixels, [pixels.buffer]), pixels);
 * ```
 */
export function transfer<T extends object>(
  value: T,
  transferables: readonly Movable[],
): T {
  transfers.set(value, transferables);
  return value;
}

/** Takes the mark of a value away, and returns what is to be moved with it. */
export function takeTransfers(
  value: object,
): readonly Movable[] | undefined {
  const found = transfers.get(value);
  if (found !== undefined) transfers.delete(value);
  return found;
}
