/**
 * Shared memory where a thread leaves a short post for a Worker that looks out
 * for one: so the Worker need not be woken up, which may take longer than all
 * the rest of a round trip.
 *
 * The first word of the memory counts the posts that go the usual way, in steps
 * of `SENT`, and has two flags. While the Worker looks out, it has taken all of
 * them, so that no post overtakes another.
 */
import type { Port, Post } from "./link.ts";

/** The Worker looks out. */
const LOOKING = 1;
/** A post lies there. */
const LEFT = 2;
const SENT = 4;

/** The longest post that fits. */
const ROOM = 500;

/** Milliseconds for which a Worker looks out for a post. */
const PATIENCE = 0.1;

/** If posts come faster than that, a Worker is fast enough by itself. */
const SOON = 0.03;

/** If posts come slower than that, it is not worth while. */
const LATE = 0.25;

/** So many posts in a row must be neither before a Worker looks out for more. */
const SOME = 2;

/** So many more after it has looked out in vain. */
const MANY = 8;

/** Milliseconds, at most, without a turn for the event loop of the Worker. */
const LONG = 0.3;

// A faked clock must not stop in the middle.
const now = performance.now.bind(performance);

/** Memory to share with a Worker, where that is any use. */
export function createMemory(): SharedArrayBuffer | undefined {
  return typeof SharedArrayBuffer === "function" &&
      navigator.hardwareConcurrency > 1
    ? new SharedArrayBuffer(8 + 2 * ROOM)
    : undefined;
}

class Memory {
  /** The count and the flags, and the length of the post. */
  protected readonly words: Int32Array;
  protected readonly chars: Uint16Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, 2);
    this.chars = new Uint16Array(memory, 8);
  }
}

/** The way to a Worker, for the one thread that has its memory. */
export class Doorstep extends Memory implements Port {
  readonly #worker: Port;

  /**
   * Constructs a new instance.
   *
   * @param memory What is shared with the Worker.
   * @param worker The usual way.
   */
  constructor(memory: SharedArrayBuffer, worker: Port) {
    super(memory);
    this.#worker = worker;
  }

  postMessage(post: Post, transfer?: object[]): void {
    if (typeof post === "string" && this.#leave(post)) return;
    if (transfer === undefined) this.#worker.postMessage(post);
    else this.#worker.postMessage(post, transfer);
    Atomics.add(this.words, 0, SENT);
    Atomics.and(this.words, 0, ~LOOKING); // it finds the post in its event loop
  }

  #leave(post: string): boolean {
    const word = Atomics.load(this.words, 0);
    if ((word & LOOKING) === 0 || post.length > ROOM) return false;
    for (let i = 0; i < post.length; i++) this.chars[i] = post.charCodeAt(i);
    this.words[1] = post.length;
    const left = word ^ (LOOKING | LEFT);
    return Atomics.compareExchange(this.words, 0, word, left) === word;
  }
}

/** What a Worker does with the memory. */
export class Lookout extends Memory {
  /** The first word when all posts were taken. */
  #taken = 0;
  /** When the last post came. */
  #last = 0;
  /** How many in a row came soon, but not as soon as they might have. */
  #steady = 0;

  /**
   * Notes that a post has come the usual way.
   *
   * @returns Whether to look out for the next.
   */
  arrived(): boolean {
    this.#taken = this.#taken + SENT | 0;
    const time = now();
    const took = time - this.#last;
    this.#last = time;
    if (took < SOON || took > LATE) this.#steady = Math.min(this.#steady, 0);
    else this.#steady++;
    return this.#steady >= SOME;
  }

  /**
   * Looks out for posts after one was handled, while that pays.
   *
   * @param isDone Whether there is nothing else to do.
   * @param deliver Is called with each post.
   */
  async look(
    isDone: () => boolean,
    deliver: (post: string) => void,
  ): Promise<void> {
    const end = this.#last + LONG;
    while (this.#last < end) {
      await undefined; // what goes on in microtasks comes first
      const post = isDone() ? this.#wait() : undefined;
      if (post === undefined) return;
      deliver(post);
    }
  }

  #wait(): string | undefined {
    const { words } = this;
    const free = this.#taken;
    const looking = free | LOOKING;
    if (Atomics.compareExchange(words, 0, free, looking) !== free) return;
    const end = now() + PATIENCE;
    while (Atomics.load(words, 0) === looking && (this.#last = now()) < end);
    const word = Atomics.and(words, 0, ~(LOOKING | LEFT));
    if ((word & LEFT) === 0) return void (this.#steady = -MANY);
    const chars = this.chars.subarray(0, words[1]);
    return String.fromCharCode.apply(null, chars as unknown as number[]);
  }
}
