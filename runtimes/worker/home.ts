import { Cell, type Loop } from "../../cell.ts";
import { beginTask } from "../../crossing.ts";
import { type Envelope, memberOf } from "../../envelope.ts";
import { read } from "../../future.ts";
import { deadError, type Death, type Mailbox } from "../../mailbox.ts";
import type { ActorClass, ActorRef } from "../../ref.ts";
import {
  exceptionOf,
  hasFailed,
  isReady,
  observe,
  type Observer,
  valueOf,
} from "../../outcome.ts";
import { emit, log, reportLetters } from "../../report.ts";
import type { ActorSystem } from "../../system.ts";
import { EventedFuture } from "../evented.ts";
import { resume, schedule } from "../loop.ts";
import { textOf } from "./errors.ts";
import { type Link, Op } from "./link.ts";
import type { Stub } from "./stub.ts";

const loop: Loop = {
  createFuture: <T>() => new EventedFuture<T>(),
  schedule,
  resume,
};

/** The reply to an ask from another thread, which goes there. */
class Served extends EventedFuture<unknown> implements Observer {
  constructor(
    readonly link: Link,
    readonly id: number,
    readonly target: Mailbox,
  ) {
    super();
    link.serving.set(id, this);
    read(this); // the outcome goes on to the other side, which may be unread
    observe(this, this);
  }

  settled(): void {
    const { link, id } = this;
    if (!link.serving.delete(id)) return; // the asker gave up
    if (hasFailed(this)) except(link, id, exceptionOf(this));
    else reply(link, id, valueOf(this));
  }
}

/** A record for an actor that is not constructed yet. */
type Arrival = readonly [link: Link, op: number, id: number, payload: unknown];

/** What other threads know of an actor of this thread. */
export class Home {
  /** The actor; `undefined` while its module is being loaded. */
  target: Mailbox | undefined = undefined;
  /** Why it takes no more messages, if it does not. */
  death: Death | undefined = undefined;
  readonly #watchers = new Map<Link, number[]>();
  #waiting: Arrival[] = [];
  /** Whether the actor has ended. */
  ended = false;

  /**
   * Constructs a new instance.
   *
   * @param ref The reference on this thread.
   * @param system The system that owns the actor.
   * @param onEnded Is called when it has ended.
   */
  constructor(
    readonly ref: ActorRef,
    public system: ActorSystem,
    readonly onEnded: () => void,
  ) {}

  /** Gives an actor of this thread a name that other threads know. */
  adopt(target: Mailbox): void {
    beginTask();
    this.target = target;
    const stopped = target.stopped;
    read(stopped);
    const settled = () => this.#end(target.death!);
    if (isReady(stopped)) settled();
    else observe(stopped, { settled });
    for (const arrival of this.#arrivals()) this.#perform(...arrival);
  }

  /** Constructs the actor of a mailbox that stands outside. */
  begin(outside: Stub, actorClass: ActorClass, args: readonly unknown[]): void {
    const { system, actorUrn } = outside;
    const cell = new Cell(loop, system, actorClass, outside, actorUrn);
    outside.local = cell;
    outside.onClosed = (death) => this.#close(death);
    try {
      cell.begin(args);
    } catch (cause) {
      return this.refuse({ reason: "start-failed", cause });
    }
    this.adopt(cell);
  }

  /** Ends before there is an actor, because it cannot be made. */
  refuse(death: Death): void {
    const text = `${this.ref} failed to start`;
    log(this.system, "error", this.ref, text, death.cause);
    emit(this.system, "failed", { actorRef: this.ref, error: death.cause });
    this.#settle(death);
  }

  #kill(death: Death): void {
    this.#settle(death);
    emit(this.system, "killed", { actorRef: this.ref, error: death.cause });
    log(this.system, "debug", this.ref, `Ended ${this.ref}: killed`);
  }

  #settle(death: Death): void {
    this.#close(death);
    const letters: string[] = [];
    for (const arrival of this.#arrivals()) {
      this.#perform(...arrival, letters);
    }
    reportLetters(this.system, this.ref, letters);
    this.#end(death);
  }

  /** What has arrived and was not given up. */
  #arrivals(): Arrival[] {
    return this.#waiting.splice(0).filter(([link, , id]) =>
      id === 0 || link.early.delete(id)
    );
  }

  /** Says that the actor ended long ago. */
  vanish(): void {
    this.#settle({ reason: "stopped" });
  }

  /** Tells a thread how the actor fares, under the number that it has there. */
  watch(link: Link, number: number): void {
    const numbers = this.#watchers.get(link);
    if (numbers === undefined) this.#watchers.set(link, [number]);
    else numbers.push(number);
    link.targets.set(number, this);
    if (this.death !== undefined) tell(Op.CLOSED, link, number, this.death);
    if (this.ended) tell(Op.ENDED, link, number, this.death!);
  }

  /** Forgets a thread that is gone. */
  unwatch(link: Link): void {
    this.#watchers.delete(link);
  }

  /** Takes what has arrived for the actor. */
  take(link: Link, op: number, id: number, payload: unknown): void {
    if (id !== 0) link.arrived = id;
    const { target } = this;
    if (op === Op.MESSAGE && target?.death === undefined && target) {
      const reply = id === 0 ? undefined : new Served(link, id, target);
      return target.post(payload, reply);
    }
    if (this.target !== undefined || this.death !== undefined) {
      this.#perform(link, op, id, payload);
    } else if (op === Op.KILL) this.#kill(killed(payload));
    else {
      if (id !== 0) link.early.add(id);
      this.#waiting.push([link, op, id, payload]);
    }
  }

  #perform(
    link: Link,
    op: number,
    id: number,
    payload: unknown,
    letters?: string[],
  ): void {
    const { target } = this;
    if (op === Op.KILL) return target?.kill(payload);
    const death = this.death ?? target!.death;
    if (op === Op.STOP) {
      // Nobody waits here: who asked to stop waits for the end.
      if (death === undefined) target!.send({ kind: "stop" }, undefined);
      return;
    }
    const envelope = envelopeOf(op, payload);
    if (death !== undefined) {
      if (id !== 0) this.#tooLate(link, id, death);
      else if (letters !== undefined) letters.push(memberOf(envelope));
      else reportLetters(this.system, this.ref, [memberOf(envelope)]);
    } else {
      const reply = id === 0 ? undefined : new Served(link, id, target!);
      target!.send(envelope, reply);
    }
  }

  #tooLate(link: Link, id: number, death: Death): void {
    const error = deadError("Cannot send message to", mailbox(this), death);
    link.post(Op.EXCEPTION, 0, id, error, "error");
  }

  #close(death: Death): void {
    if (this.death !== undefined) return;
    this.death = death;
    this.#tell(Op.CLOSED, death);
  }

  #end(death: Death): void {
    this.#close(death);
    this.#tell(Op.ENDED, death);
    this.ended = true;
    this.#watchers.clear();
    this.onEnded();
  }

  #tell(op: number, death: Death): void {
    for (const [link, numbers] of this.#watchers) {
      for (const number of numbers) tell(op, link, number, death);
    }
  }
}

/**
 * Tells another thread how an actor has ended, or another thread.
 *
 * @param op What it is about.
 * @param link The way there.
 * @param number The number of the actor, or of the thread.
 * @param death How it has ended.
 */
export function tell(
  op: number,
  link: Link,
  number: number,
  { reason, cause }: Death,
): void {
  try {
    link.post(op, number, 0, cause === undefined ? reason : [reason, cause]);
  } catch {
    link.post(op, number, 0, [reason, new Error(textOf(cause))]);
  }
}

/** How an actor ended, as it was told. */
export function deathOf(payload: unknown): Death {
  if (!Array.isArray(payload)) return { reason: payload as Death["reason"] };
  const [reason, cause] = payload;
  return { reason, cause };
}

/** How an actor ended that was killed for a reason. */
export function killed(cause: unknown): Death {
  return cause === undefined
    ? { reason: "killed" }
    : { reason: "killed", cause };
}

function reply(link: Link, id: number, value: unknown): void {
  try {
    link.post(Op.VALUE, 0, id, value, "reply");
  } catch (error) {
    except(link, id, error);
  }
}

function except(link: Link, id: number, exception: unknown): void {
  try {
    link.post(Op.EXCEPTION, 0, id, exception, "exception");
  } catch (error) {
    link.post(Op.EXCEPTION, 0, id, error);
  }
}

/** Gives up an ask from another thread. */
export function cancel(link: Link, id: number, reason: unknown): void {
  link.early.delete(id);
  const served = link.serving.get(id);
  link.serving.delete(id);
  link.wake(); // there may be nothing left to do
  served?.target.cancel(served, reason);
}

function mailbox({ ref, target }: Home): Mailbox {
  return target ?? ({ ref, actorUrn: ref.actorUrn } as Mailbox);
}

function envelopeOf(op: number, payload: unknown): Envelope {
  switch (op) {
    case Op.MESSAGE:
      return { kind: "message", message: payload };
    case Op.READ:
      return { kind: "read", path: payload as string[] };
    case Op.WRITE: {
      const [name, value] = payload as [string, unknown];
      return { kind: "write", name, value };
    }
    case Op.ENVELOPE:
      return payload as Envelope;
    default: {
      const [path, ...args] = payload as [string[], ...unknown[]];
      return { kind: "call", path, args };
    }
  }
}
