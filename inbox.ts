import type { Envelope } from "./envelope.ts";
import type { Future } from "./future.ts";
import { isReady } from "./outcome.ts";

/** A message that is not for `onReceive()`. */
export class Request {
  // One is kept: see `EventedFuture`.
  static readonly #kept = /* @__PURE__ */ new Request(
    { kind: "stop" },
    undefined,
  );

  /**
   * Constructs a new instance.
   *
   * @param envelope What is to be done.
   * @param reply Who waits for the outcome.
   */
  constructor(
    readonly envelope: Envelope,
    readonly reply: Future<unknown> | undefined,
  ) {}
}

/**
 * Who waits for the outcome of an entry: a future, or nobody; `null` if the
 * message is a request, which knows that itself.
 */
// To tell by the class of what stands there would take longer than all the rest,
// and so would a symbol of another module.
export type Slot = Future<unknown> | null | undefined;

/** The reply of an entry, if it has one. */
export function replyOf(
  message: unknown,
  slot: Slot,
): Future<unknown> | undefined {
  return slot === null ? (message as Request).reply : slot;
}

/** Whether somebody waits for the reply of an entry. */
export function isAsk(message: unknown, slot: Slot): boolean {
  const reply = replyOf(message, slot);
  return reply !== undefined && !isReady(reply);
}

/** Entries of a chunk. Few at first: most inboxes never hold more than one. */
const FIRST_SIZE = 4;
const SIZE = 64;

/** A part of an inbox: message, reply, message, reply, and at the end the next part. */
type Chunk = unknown[];

function chunkOf(size: number): Chunk {
  // Not with `undefined`: of that and numbers V8 makes an array of doubles, which
  // turns each number into an object when it is taken out.
  return new Array(2 * size + 1).fill(null);
}

/**
 * The messages that wait for an actor, the first come first.
 *
 * An entry is two slots of an array, so that sending a message makes no object;
 * chunks, because a long queue must neither be moved nor copied.
 */
export class Inbox {
  /** How many entries wait. */
  length = 0;
  /** The message that `shift()` took. */
  message: unknown = undefined;
  /** The reply that `shift()` took. */
  slot: Slot = undefined;
  #first = chunkOf(FIRST_SIZE);
  #last = this.#first;
  #read = 0;
  #write = 0;
  #givenUp = 0;

  /** Puts an entry at the end. */
  push(message: unknown, slot: Slot): void {
    if (this.#write === this.#last.length - 1) this.#grow();
    const chunk = this.#last;
    chunk[this.#write++] = message;
    chunk[this.#write++] = slot;
    this.length++;
  }

  /** Takes the first entry out, into `message` and `slot`. */
  shift(): void {
    const chunk = this.#first;
    this.message = chunk[this.#read];
    this.slot = chunk[this.#read + 1] as Slot;
    chunk[this.#read] = chunk[this.#read + 1] = undefined;
    this.#read += 2;
    if (--this.length === 0) {
      this.#read = this.#write = 0;
      this.#givenUp = 0;
    } else if (this.#read === chunk.length - 1) {
      this.#first = chunk[this.#read] as Chunk;
      // An old chunk that is done with would keep all young ones behind it.
      chunk[this.#read] = null;
      this.#read = 0;
    }
  }

  /** How many entries wait for a reply. */
  asks(): number {
    let asks = 0;
    let chunk = this.#first;
    let at = this.#read + 1;
    for (let left = this.length; left > 0; left--, at += 2) {
      if (at >= chunk.length) [chunk, at] = [chunk.at(-1) as Chunk, 1];
      if (isAsk(chunk[at - 1], chunk[at] as Slot)) asks++;
    }
    return asks;
  }

  /** Notes that an entry need not be handled; such entries do not pile up. */
  gaveUp(): void {
    if (++this.#givenUp < SIZE || this.#givenUp * 2 < this.length) return;
    this.#givenUp = 0;
    for (let left = this.length; left > 0; left--) {
      this.shift();
      const reply = replyOf(this.message, this.slot);
      if (reply === undefined || !isReady(reply)) {
        this.push(this.message, this.slot);
      }
    }
    this.message = this.slot = undefined;
  }

  #grow(): void {
    this.#last = this.#last[this.#write] = chunkOf(SIZE);
    this.#write = 0;
  }
}

// Only actors that have something to do need an inbox.
const spare: Inbox[] = [];

/** An empty inbox. */
export function takeInbox(): Inbox {
  return spare.pop() ?? new Inbox();
}

/** Takes an empty inbox back. */
export function giveInboxBack(inbox: Inbox): void {
  inbox.message = inbox.slot = undefined;
  if (spare.length < 64) spare.push(inbox);
}
