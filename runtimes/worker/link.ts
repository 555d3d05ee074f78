import { context } from "../../context.ts";
import { beginTask } from "../../crossing.ts";
import type { Death, Mailbox } from "../../mailbox.ts";
import type { ActorSystem } from "../../system.ts";
import { EventedFuture } from "../evented.ts";
import { hold, release } from "../loop.ts";
import { cloneNow } from "./codec.ts";
import { decode } from "./decoder.ts";
import { Encoder } from "./encoder.ts";
import type { Passage, Special } from "./passage.ts";
import { isBrief, isPlain } from "./plain.ts";
import { type Movable, transfer } from "./transfer.ts";
import { uncloneable } from "./uncloneable.ts";

/** What a record in a post is about. */
export const Op = {
  // To an actor: its number, the id of the reply or 0, what it gets.
  MESSAGE: 1,
  CALL: 2,
  READ: 3,
  WRITE: 4,
  STOP: 5,
  KILL: 6,
  WATCH: 7,
  START: 8,
  // About an ask: nothing, its id, what became of it.
  CANCEL: 9,
  VALUE: 10,
  EXCEPTION: 11,
  PROBE: 12,
  // About an actor, to those who know it: its number, nothing, how it ended.
  CLOSED: 14,
  ENDED: 15,
  // Between a Worker and the pool.
  HELLO: 16,
  READY: 17,
  IDLE: 18,
  DYING: 19,
  SPAWN: 20,
  LOCATE: 21,
  PLACED: 22,
  CONNECT: 23,
  PORT: 24,
  LOST: 25,
  LOG: 26,
  EVENT: 27,
  // An envelope that was made by hand, and the last word about an actor.
  ENVELOPE: 28,
  GONE: 29,
  // To the pool and back: what it had sent before has arrived by then.
  ECHO: 30,
  // To a Worker: what a system writes and looks after now.
  SETTINGS: 31,
  // To the pool: all actors of a system are asked for.
  ROSTER: 32,
  // To the pool: an actor is in a registry, or no more; somebody looks for some.
  LIST: 33,
  UNLIST: 34,
  LOOK_UP: 35,
  // To the pool: an actor was killed. From it: its thread does not hear of that.
  KILLED: 36,
} as const;

// A record begins with the number of the operation and that of the actor, in one:
// what has fewer parts is cloned faster.
const OPS = 64;

/** Set where the payload has special values in it. */
const SPECIAL = OPS;

/** The number of an actor is multiplied by this. */
const FIRST = 2 * OPS;

/** How many parts a record has. */
const PARTS = 3;

/** A post is sent before the end of the turn when it is so long. */
const LONG = PARTS * 2048;

/** Records that travel together, as JSON where that is faster. */
export type Post = readonly unknown[] | string;

/** The way out to another thread. */
export interface Port {
  /** Sends a post. */
  postMessage(post: Post, transfer?: object[]): void;
}

/** A future whose ask went to another thread. */
export class RemoteFuture<T> extends EventedFuture<T> {
  /** The number of the ask; 0 if it was not sent. */
  id = 0;
}

/** The reply to an ask from another thread. */
export interface Served extends EventedFuture<unknown> {
  /** Who was asked. */
  readonly target: Mailbox;
}

/** What stands for a payload with special values, or what moves on, in it. */
type Decoded = readonly [unknown, Special[], relayed?: Movable[]];

/** What a link calls with the records that arrive. */
export type Receiver = (
  link: Link,
  op: number,
  n: number,
  id: number,
  payload: unknown,
) => void;

/** What a link calls with a record that the platform does not clone. */
export type Refused = (
  ...record: [...Parameters<Receiver>, error: unknown]
) => void;

const READY = Promise.resolve();

/** The links with something to send at the end of the turn. */
let awake: Link[] = [];

let isDelivering = false;

// A microtask inherits the context of the handler that queued it.
function flushAwake(): void {
  if (awake.length === 0) return;
  const { followed, storage } = context;
  const isForeign = followed > 0 && storage?.getStore() !== undefined;
  if (isForeign) storage!.run(undefined, flushLinks);
  else flushLinks();
}

function flushLinks(): void {
  if (awake.length === 1) return awake.pop()!.flush();
  const links = awake;
  awake = [];
  for (const link of links) link.flush();
}

/**
 * The connection to one other thread, or to this thread itself.
 *
 * What is sent in one turn goes in one post: a flat array of records of three
 * parts, because a record of its own for each would take longer to clone.
 */
export class Link {
  /** Asks that wait for an answer from there. */
  readonly pending: Map<number, RemoteFuture<unknown>> = new Map();
  /** Asks from there that wait for an answer from here. */
  readonly serving: Map<number, Served> = new Map();
  /** Asks from there to actors that are not constructed yet. */
  readonly early: Set<number> = new Set();
  /** The last ask from there that has arrived here. */
  arrived = 0;
  /** What is known here of each actor there, by the number it got here. */
  readonly stubs: Map<number, unknown> = new Map();
  /** How many actors were sent there to live there, and have not ended. */
  placed = 0;
  /** Actors here that are known there, by the number they got there. */
  readonly targets: Map<number, unknown> = new Map();
  /** Classes that were described to the other side. */
  readonly described: Set<string> = new Set();
  /** How the other thread has ended, if it has. */
  lost: Death | undefined = undefined;
  /** Called before a message of a system goes there. */
  beforeMessage: ((system: ActorSystem) => void) | undefined = undefined;
  /** Called before a post is sent. */
  beforePost: (() => void) | undefined = undefined;
  #port: Port | undefined;
  #queue: unknown[] = [];
  /** What moves with the queue. */
  #moved: Movable[] = [];
  /** Whether the first record in the queue may be written as JSON. */
  #brief = false;
  #scheduled = false;
  #ids = 0;
  #numbers = 0;

  /**
   * Constructs a new instance.
   *
   * @param thread The number of the other thread.
   * @param passage How references cross.
   * @param receiver Is called with the records that arrive.
   * @param refused Is called with those that cannot be sent.
   * @param port The way out; what is sent before there is one, waits.
   */
  constructor(
    readonly thread: number,
    readonly passage: (link: Link) => Passage,
    readonly receiver: Receiver,
    readonly refused: Refused,
    port?: Port,
  ) {
    this.#port = port;
  }

  /** Opens the way out. */
  open(port: Port): void {
    this.#port = port;
    this.flush();
  }

  /** A number for an actor there. */
  number(stub: unknown): number {
    this.stubs.set(++this.#numbers, stub);
    return this.#numbers;
  }

  /** Remembers an ask; returns its id. */
  expect(reply: RemoteFuture<unknown>): number {
    reply.id = ++this.#ids;
    this.pending.set(reply.id, reply);
    return reply.id;
  }

  /**
   * Sends a record.
   *
   * @param op What it is.
   * @param n The number of an actor.
   * @param id The number of an ask.
   * @param payload What it carries.
   * @param what What the payload is, for the error.
   * @throws {TypeError} If the payload cannot be cloned; nothing is sent then.
   */
  post(
    op: number,
    n: number,
    id: number,
    payload?: unknown,
    what: string = "message",
  ): void {
    if (this.lost !== undefined) return;
    if (isPlain(payload)) {
      this.#push(op, n, id, payload, isBrief(payload));
    } else {
      try {
        if (this.#encode(op, n, id, payload, what)) return;
      } catch (error) {
        this.described.clear(); // what was to be described there has not come
        throw error;
      }
    }
    if (this.#queue.length >= LONG) this.flush();
    else this.wake();
  }

  /** Sends a record that is made for it: nothing has to be copied or replaced. */
  postAsIs(op: number, n: number, id: number, payload: unknown): void {
    if (this.lost !== undefined) return;
    this.#push(op, n, id, payload, false);
    if (this.#queue.length >= LONG) this.flush();
    else this.wake();
  }

  /** Queues a record with a copy; returns whether it had to be sent at once. */
  #encode(
    op: number,
    n: number,
    id: number,
    payload: unknown,
    what: string,
  ): boolean {
    const encoder = new Encoder(this.passage(this));
    const value = encoder.encode(payload, what);
    const { specials, live, transfers, brief } = encoder;
    // What moves to the pool with a start moves on from there.
    const relayed = op === Op.SPAWN && transfers.length > 0 ? [transfers] : [];
    if (specials.length + relayed.length > 0) {
      this.#push(op + SPECIAL, n, id, [value, specials, ...relayed], false);
    } else this.#push(op, n, id, value, brief);
    if (live) this.#sendNow(transfers, what);
    return live;
  }

  /** Sends ports along with a record. */
  postPort(op: number, n: number, port: object): void {
    this.flush();
    this.#push(op, n, 0, port, false);
    this.#send([port as Movable]);
  }

  /** Sends what waits. */
  flush(): void {
    this.#scheduled = false;
    this.beforePost?.();
    if (this.#queue.length === 0 || this.#port === undefined) return;
    const post = this.#queue;
    try {
      this.#send(this.#moved.length > 0 ? this.#moved.splice(0) : []);
    } catch (error) {
      this.#split(post, error);
    }
  }

  // One record of many may be too large, or all of them together.
  #split(post: readonly unknown[], error: unknown): void {
    if (post.length <= PARTS) return this.#refuse(post, error);
    for (let at = 0; at < post.length; at += PARTS) {
      const record = post.slice(at, at + PARTS);
      this.#queue = record.slice();
      this.#brief = false;
      try {
        this.#send([]);
      } catch (error) {
        this.#refuse(record, error);
        this.flush(); // what goes in its place, before what comes after it
      }
    }
  }

  #refuse(record: readonly unknown[], error: unknown): void {
    const [head, id, payload] = record as [number, number, unknown];
    const op = head % FIRST;
    const value = op >= SPECIAL ? (payload as Decoded)[0] : payload;
    const n = (head - op) / FIRST;
    this.refused(this, op % SPECIAL, n, id, value, error);
  }

  /**
   * Takes a post that has arrived in a task of its own, and sends at once what
   * comes of it at once: the other side may be idle.
   */
  deliver(post: Post): void {
    isDelivering = true;
    hold();
    try {
      this.receive(post);
    } finally {
      release();
      isDelivering = false;
      flushAwake();
    }
  }

  /** Takes a post that has arrived. */
  receive(post: Post): void {
    beginTask();
    const records: readonly unknown[] = typeof post === "string"
      ? JSON.parse(post)
      : post;
    for (let at = 0; at < records.length; at += PARTS) {
      const head = records[at] as number;
      const op = head % FIRST;
      const n = (head - op) / FIRST;
      const id = records[at + 1] as number;
      let payload = records[at + 2];
      if (op >= SPECIAL) {
        const [value, specials, relayed] = payload as Decoded;
        payload = decode(value, specials, this.passage(this));
        if (relayed !== undefined) transfer(payload as object, relayed);
      }
      this.receiver(this, op % SPECIAL, n, id, payload);
    }
  }

  #push(
    op: number,
    n: number,
    id: number,
    payload: unknown,
    isBrief: boolean,
  ): void {
    const head = op + FIRST * n;
    if (this.#queue.length > 0) this.#queue.push(head, id, payload);
    else {
      this.#queue = [head, id, payload];
      this.#brief = isBrief;
    }
  }

  /** Lets what waits be sent at the end of the turn. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (awake.push(this) === 1 && !isDelivering) READY.then(flushAwake);
  }

  #send(transfers: Movable[]): void {
    const post = this.#queue;
    this.#queue = [];
    // Without a list, even an empty one, some platforms are faster.
    if (transfers.length === 0) this.#port?.postMessage(this.#written(post));
    else this.#port?.postMessage(post, transfers);
  }

  // Deno clones a short string several times faster than the shortest array.
  #written(post: unknown[]): Post {
    if (!this.#brief || post.length > PARTS) return post;
    if (post[2] === undefined) post.length = 2;
    return JSON.stringify(post);
  }

  // The post holds objects of the sender, which may change them after this.
  #sendNow(transfers: Movable[], what: string): void {
    const last = this.#queue.splice(-PARTS);
    if (this.#port === undefined) {
      const [copy, moved] = cloneNow(last[2], transfers, what);
      last[2] = copy;
      this.#queue.push(...last);
      this.#moved.push(...moved);
      return;
    }
    this.flush();
    this.#queue = last;
    this.#brief = false;
    try {
      this.#send(transfers);
    } catch (error) {
      throw uncloneable(what, error);
    }
  }
}
