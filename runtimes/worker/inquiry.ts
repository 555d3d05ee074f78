/**
 * How a Worker asks the thread with the pool, and waits for the answer in the
 * same turn. No circle can come of it: nobody waits so for a Worker.
 *
 * The two share a word: the number of the last question that was answered. The
 * answer itself lies in the memory that came with the question, if there is room
 * for it, behind its length.
 */
import { Timeout } from "../../errors.ts";

/** The word when no more questions are answered, for the Worker is at its end. */
const OVER = -1;

/** Bytes of the length of an answer. */
const HEAD = 4;

/** Bytes of room for an answer; what is longer is asked for once more. */
const ROOM = 16_384;

/** For so many milliseconds the thread with the pool may be busy. */
const PATIENCE = 10_000;

// A faked clock must not rule it.
const now = performance.now.bind(performance);

/** The word to share with a Worker, where that is possible. */
export function createWord(): SharedArrayBuffer | undefined {
  return typeof SharedArrayBuffer === "function"
    ? new SharedArrayBuffer(4)
    : undefined;
}

/** What asks, in a Worker. */
export class Inquiry {
  readonly #word: Int32Array;
  readonly #memory = new SharedArrayBuffer(HEAD + ROOM);
  readonly #patience: number;
  #last = 0;

  /**
   * Constructs a new instance.
   *
   * @param word What is shared with the thread that answers.
   * @param patience For how many milliseconds that thread may be busy.
   */
  constructor(word: SharedArrayBuffer, patience: number = PATIENCE) {
    this.#word = new Int32Array(word);
    this.#patience = patience;
  }

  /**
   * Asks.
   *
   * @param send Sends the question, and the memory for the answer, at once.
   * @returns The answer; `undefined` if this Worker is at its end.
   * @throws {Timeout} If the other thread is busy for too long.
   */
  ask(send: (question: number, memory: SharedArrayBuffer) => void): unknown {
    let memory = this.#memory;
    while (true) {
      send(++this.#last, memory);
      if (!this.#wait(this.#last)) return undefined;
      const length = new Int32Array(memory, 0, 1)[0]!;
      if (length <= memory.byteLength - HEAD) return read(memory, length);
      memory = new SharedArrayBuffer(HEAD + length + ROOM);
    }
  }

  /** Waits for an answer; returns whether there is one. */
  #wait(question: number): boolean {
    const patience = this.#patience;
    const end = now() + patience;
    while (true) {
      const answered = Atomics.load(this.#word, 0);
      if (answered === question) return true;
      if (answered === OVER) return false;
      const left = end - now();
      if (left <= 0) {
        throw new Timeout(
          `Cannot look up actors: the thread that started the Workers has not answered for ${patience} ms`,
          patience,
        );
      }
      Atomics.wait(this.#word, 0, answered, left);
    }
  }
}

function read(memory: SharedArrayBuffer, length: number): unknown {
  // Not every platform decodes what is shared.
  const bytes = new Uint8Array(memory, HEAD, length).slice();
  return JSON.parse(new TextDecoder().decode(bytes));
}

/**
 * Answers a question of a Worker.
 *
 * @param word What is shared with it.
 * @param question The number of the question.
 * @param memory Where the answer goes.
 * @param value The answer; it is written as JSON.
 */
export function answer(
  word: SharedArrayBuffer,
  question: number,
  memory: SharedArrayBuffer,
  value: unknown,
): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  new Int32Array(memory, 0, 1)[0] = bytes.length;
  if (bytes.length <= memory.byteLength - HEAD) {
    new Uint8Array(memory, HEAD).set(bytes);
  }
  write(word, question);
}

/** Lets a Worker that waits go on: it will get no answer. */
export function refuse(word: SharedArrayBuffer): void {
  write(word, OVER);
}

function write(word: SharedArrayBuffer, value: number): void {
  const words = new Int32Array(word);
  Atomics.store(words, 0, value);
  Atomics.notify(words, 0);
}
