/**
 * A runtime that takes each message apart as if it went to another thread: it
 * clones every envelope and every answer, and passes references as URNs. It
 * keeps the seam of the runtimes honest.
 */
import {
  Actor,
  type ActorClass,
  ActorDeadError,
  type ActorRef,
  type ActorSystem,
  DeadlockError,
  EventedFuture,
  type Future,
  InvalidStateError,
  Timeout,
} from "@dekka/actors";
import {
  Cell,
  createRef,
  type Death,
  type Envelope,
  exceptionOf,
  fulfil,
  type Mailbox,
  type MemberKind,
  observe,
  read,
  reject,
  type Runtime,
  stateOf,
  valueOf,
  type Waiter,
} from "@dekka/actors/runtime";
import { resume, schedule } from "../../runtimes/loop.ts";

const loop = {
  createFuture: <T>() => new EventedFuture<T>(),
  schedule,
  resume,
};

/** An actor whose messages and replies are copies. */
export abstract class ToyActor<Message = unknown, Reply = unknown>
  extends Actor<Message, Reply> {
  static override readonly runtime: Runtime = {
    spawn: (system, actorClass, args) =>
      new ToyMailbox(system, actorClass).begin(args),
  };
}

/** The side of the references: all that it knows of the actor is its cell. */
class ToyMailbox implements Mailbox {
  readonly ref: ActorRef;
  readonly #cell: Cell;
  // The other side of a reply; on another thread it would have a number.
  readonly #inner = new WeakMap<Future<unknown>, Future<unknown>>();

  constructor(
    readonly system: ActorSystem,
    readonly actorClass: ActorClass,
  ) {
    this.ref = createRef(this);
    this.#cell = new Cell(loop, system, actorClass, this);
  }

  begin(args: readonly unknown[]): this {
    this.#cell.begin(transmit(args) as unknown[]);
    return this;
  }

  get actorUrn(): string {
    return this.#cell.actorUrn;
  }

  get knownUrn(): string | undefined {
    return this.#cell.knownUrn;
  }

  get death(): Death | undefined {
    return this.#cell.death;
  }

  get stopped(): Future<void> {
    return this.#cell.stopped;
  }

  createFuture<T>(): Future<T> {
    return this.#cell.createFuture();
  }

  stop(): Future<boolean> {
    return this.#cell.stop();
  }

  kill(reason: unknown): void {
    this.#cell.kill(reason);
  }

  kindOf(path: readonly string[]): MemberKind | undefined {
    return this.#cell.kindOf(path);
  }

  get local(): Mailbox {
    return this.#cell;
  }

  holderOf(reply: Future<unknown>): Waiter | undefined {
    return this.#cell.holderOf(this.#inner.get(reply) ?? reply);
  }

  cancel(reply: Future<unknown>, reason: unknown): void {
    reject(reply, reason);
    const inner = this.#inner.get(reply);
    if (inner !== undefined) this.#cell.cancel(inner, reason);
  }

  post(message: unknown, reply: Future<unknown> | undefined): void {
    this.send({ kind: "message", message }, reply);
  }

  send(envelope: Envelope, reply: Future<unknown> | undefined): void {
    let copy: Envelope;
    try {
      copy = transmit(envelope) as Envelope;
    } catch (error) {
      if (reply === undefined) throw error;
      return void reject(reply, error);
    }
    this.#cell.send(copy, reply && this.#innerOf(reply));
  }

  #innerOf(outer: Future<unknown>): Future<unknown> {
    const inner = this.createFuture<unknown>();
    this.#inner.set(outer, inner);
    read(inner); // its outcome goes on to the other side, which may be unread
    observe(inner, {
      settled(outcome) {
        try {
          if (stateOf(outcome) === "rejected") {
            reject(outer, transmit(exceptionOf(outcome)));
          } else fulfil(outer, transmit(valueOf(outcome)));
        } catch (error) {
          reject(outer, error);
        }
      },
    });
    return inner;
  }
}

const REF = "toy:ref";
const PROXY = "toy:proxy";
const ERROR = "toy:error";

const refs = new Map<string, ActorRef>();

/** Copies a value as if it went to another thread. */
function transmit(value: unknown): unknown {
  try {
    return decode(structuredClone(encode(value)));
  } catch (error) {
    throw new TypeError(`Cannot clone message: ${error}`);
  }
}

function encode(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Symbol.for("@dekka/actors/proxy") in value) {
    return { [PROXY]: keep((value as { actorRef: ActorRef }).actorRef) };
  }
  if ("actorUrn" in value && "isAlive" in value) {
    return { [REF]: keep(value as ActorRef) };
  }
  if (value instanceof Error) return { [ERROR]: encodeError(value) };
  return mapInside(value, encode);
}

function decode(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, string>;
  if (record[REF] !== undefined) return refs.get(record[REF]);
  if (record[PROXY] !== undefined) return refs.get(record[PROXY])!.proxy();
  if (record[ERROR] !== undefined) return decodeError(record[ERROR] as never);
  return mapInside(value, decode);
}

function keep(ref: ActorRef): string {
  refs.set(ref.actorUrn, ref);
  return ref.actorUrn;
}

/** Arrays, maps, sets and plain objects are gone through; others are not. */
function mapInside(value: object, fn: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(fn);
  if (value instanceof Set) return new Set([...value].map(fn));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [fn(key), fn(item)]));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fn(item)]),
  );
}

const ERRORS: Record<string, { prototype: Error }> = {
  ActorDeadError,
  DeadlockError,
  InvalidStateError,
  Timeout,
  TypeError,
  RangeError,
  SyntaxError,
};

function encodeError(error: Error): object {
  const { name, message, stack, cause } = error;
  const own = mapInside({ ...error }, encode);
  const caused = "cause" in error ? { cause: encode(cause) } : {};
  return { name, message, stack, own, ...caused };
}

function decodeError(record: {
  name: string;
  message: string;
  stack: string;
  cause?: unknown;
  own: object;
}): Error {
  const { name, message, stack, own } = record;
  const error = new Error(
    message,
    "cause" in record ? { cause: decode(record.cause) } : {},
  );
  Object.setPrototypeOf(error, (ERRORS[name] ?? Error).prototype);
  if (error.name !== name) error.name = name;
  return Object.assign(error, { stack }, decode(own));
}
