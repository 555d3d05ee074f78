import { createEnd, expectEnd } from "../../asking.ts";
import type { Waiter } from "../../context.ts";
import { noteSend, type Probe } from "../../crossing.ts";
import type { Envelope } from "../../envelope.ts";
import { fulfil, type Future, originOf, reject } from "../../future.ts";
import { deadError, type Death, type Mailbox } from "../../mailbox.ts";
import { isHidden, kindOf, type MemberKind } from "../../members.ts";
import { isReady } from "../../outcome.ts";
import { type ActorClass, type ActorRef, createRef } from "../../ref.ts";
import { forgetRef, hide } from "../../registry.ts";
import type { ActorSystem } from "../../system.ts";
import { copyOf } from "./codec.ts";
import { textOf } from "./errors.ts";
import { type Link, Op, RemoteFuture } from "./link.ts";

/** How an envelope crosses: what it is, what it carries, and what that is. */
type Crossing = readonly [op: number, payload: unknown, what: string];

/** What is behind a reference to an actor that takes copies only. */
export class Stub implements Mailbox {
  readonly ref: ActorRef;
  /** The actor itself, on its own thread. */
  local: Mailbox | undefined = undefined;
  /** Whether the actor has ended, hooks and all. */
  ended = false;
  /** Called on the actor's own thread when it takes no more messages. */
  onClosed: ((death: Death) => void) | undefined = undefined;
  /**
   * Called when it has ended, as far as this thread knows, and again when its
   * own thread says so.
   */
  onEnded: (() => void) | undefined = undefined;
  /** Whether the actor was sent to its thread from here. */
  isPlaced = false;
  /** Whether the registry of its system lists it. */
  registered = false;
  #death: Death | undefined = undefined;
  #link: Link | undefined = undefined;
  #number = 0;
  // What was sent before it was known where the actor lives.
  #waiting: (() => void)[] | undefined = undefined;
  #stopped: Future<void> | undefined = undefined;
  #stops: Future<boolean>[] = [];

  /**
   * Constructs a new instance, which has no way to its actor before `place()`.
   *
   * @param actorUrn Identifies the actor.
   * @param actorClass Its class, or a stand-in.
   * @param system The system that owns it.
   * @param thread Which thread knows more about it.
   */
  constructor(
    readonly actorUrn: string,
    public actorClass: ActorClass,
    public system: ActorSystem,
    readonly thread: number,
  ) {
    this.ref = createRef(this);
  }

  get knownUrn(): string {
    return this.actorUrn;
  }

  get death(): Death | undefined {
    return this.#death ?? this.local?.death;
  }

  /** The way to the actor, once that is known. */
  get link(): Link | undefined {
    return this.#link;
  }

  get stopped(): Future<void> {
    if (this.#stopped === undefined) {
      this.#stopped = createEnd(this);
      if (this.ended) fulfil(this.#stopped, undefined);
    }
    return this.#stopped;
  }

  /** Opens the way to the actor, and announces the number that it gets. */
  place(link: Link, announce: (number: number) => void): void {
    const number = link.number(this);
    try {
      announce(number);
    } catch (error) {
      link.stubs.delete(number);
      throw error;
    }
    this.#link = link;
    this.#number = number;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const send of waiting) send();
    if (link.lost !== undefined) this.lose(link.lost);
    else if (this.#death?.reason === "killed") {
      Stub.killed(this, this.#death.cause);
    }
  }

  createFuture<T>(): Future<T> {
    return new RemoteFuture<T>();
  }

  post(message: unknown, reply: Future<unknown> | undefined): void {
    this.#send(Op.MESSAGE, message, "message", reply);
  }

  send(envelope: Envelope, reply: Future<unknown> | undefined): void {
    if (envelope.kind !== "stop") {
      return this.#send(...crossing(envelope), reply);
    }
    if (reply !== undefined) this.#stops.push(reply as Future<boolean>);
    this.#post(Op.STOP);
  }

  stop(): Future<boolean> {
    const reply = expectEnd<boolean>(this, "stop");
    if (this.ended) fulfil(reply, false);
    else {
      this.#stops.push(reply);
      if (this.death === undefined) this.#post(Op.STOP);
    }
    return reply;
  }

  cancel(reply: Future<unknown>, reason: unknown): void {
    if (!reject(reply, reason)) return;
    const { id } = reply as RemoteFuture<unknown>;
    if (this.#link?.pending.delete(id)) {
      this.#link.post(Op.CANCEL, 0, id, carry(reason), "reason");
    }
  }

  kill(reason: unknown): void {
    if (this.ended || this.#death?.reason === "killed") return;
    if (this.local !== undefined) return this.local.kill(reason);
    const death: Death = reason === undefined
      ? { reason: "killed" }
      : { reason: "killed", cause: reason };
    // It has ended when its thread says so, which also knows the asks that
    // others will settle.
    this.#post(Op.KILL, reason === undefined ? undefined : carry(reason));
    // Before it is known as dead here, for others may hear of it first by this.
    if (this.#link !== undefined) Stub.killed(this, reason);
    this.close(death);
  }

  kindOf(path: readonly string[]): MemberKind | undefined {
    const kind = kindOf(this.actorClass.prototype, path);
    if (kind !== undefined || path.length > 1) return kind;
    const isOwn = !isHidden(path[0]) && !(path[0]! in Object.prototype);
    return isOwn ? "attribute" : undefined;
  }

  // On the actor's own thread all is known; the others send a probe.
  holderOf(reply: Future<unknown>): Waiter | undefined {
    const id = (reply as Partial<RemoteFuture<unknown>>).id ?? 0;
    const served = this.#link?.serving.get(id);
    const isAnswered = served === undefined && id !== 0 &&
      id <= this.#link!.arrived; // the reply is on its way
    return isAnswered ? undefined : this.local?.holderOf(served ?? reply);
  }

  /** Sends a search for a circle of waits after an ask. */
  probe(reply: Future<unknown>, probe: Probe): void {
    if (this.local !== undefined) return;
    const link = this.#link;
    const { id } = reply as RemoteFuture<unknown>;
    if (link === undefined) {
      (this.#waiting ??= []).push(() => this.#link && this.probe(reply, probe));
    } else link.post(Op.PROBE, this.#number, id, Stub.search(probe));
  }

  /** Called when one was killed here; its thread may be too busy to know. */
  static killed: (stub: Stub, reason: unknown) => void = () => {};

  /** What stands for a search on its way. */
  static search: (probe: Probe) => unknown = () => undefined;

  /** Called when the actor takes no more messages. */
  close(death: Death): void {
    if (this.#death !== undefined) return;
    this.#death = death;
    if (this.registered) hide(this.system.registry, this.ref);
  }

  /** Called when the actor has ended. */
  end(): void {
    if (!this.ended) this.#end();
    this.onEnded?.();
  }

  #end(): void {
    this.ended = true;
    if (this.registered) forgetRef(this.system.registry, this.ref);
    if (this.#stopped !== undefined) fulfil(this.#stopped, undefined);
    const { reason } = this.#death!;
    for (const stop of this.#stops.splice(0)) {
      fulfil(stop, reason === "stopped");
    }
  }

  /** Called when the thread of the actor is gone, or does not answer. */
  lose(death: Death): void {
    this.close(death);
    this.#fail(this.death!, "Cannot send message to");
    this.end();
  }

  /** Called by the cell that stands behind this mailbox on its own thread. */
  closed(death: Death): void {
    this.onClosed?.(death);
  }

  /** Fails the asks that wait for this actor. */
  #fail(death: Death, what: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const send of waiting ?? []) send(); // there is no way: they fail
    const pending = this.#link?.pending ?? new Map();
    for (const [id, reply] of pending) {
      if (originOf(reply)?.mailbox !== this) continue;
      pending.delete(id);
      reject(reply, deadError(what, this, death));
    }
  }

  #post(op: number, payload?: unknown): void {
    noteSend();
    if (this.#link !== undefined) {
      return this.#link.post(op, this.#number, 0, payload);
    }
    (this.#waiting ??= []).push(() => this.#link && this.#post(op, payload));
  }

  #send(
    op: number,
    payload: unknown,
    what: string,
    reply: Future<unknown> | undefined,
  ): void {
    noteSend();
    if (this.#link === undefined) {
      return this.#wait([op, payload, what], reply);
    }
    const link = this.#link;
    link.beforeMessage?.(this.system);
    let id = 0;
    if (reply !== undefined) {
      id = link.expect(reply as RemoteFuture<unknown>);
    }
    try {
      link.post(op, this.#number, id, payload, what);
    } catch (error) {
      if (reply === undefined) throw error;
      link.pending.delete(id);
      reject(reply, error);
    }
  }

  // The sender may change what it sent, so it is copied now and once more later.
  #wait(crossing: Crossing, reply: Future<unknown> | undefined): void {
    const [op, payload, what] = crossing;
    let copy: unknown;
    try {
      copy = copyOf(payload, what);
    } catch (error) {
      if (reply === undefined) throw error;
      return void reject(reply, error);
    }
    (this.#waiting ??= []).push(() => {
      if (reply !== undefined && isReady(reply)) return;
      if (this.#link !== undefined) this.#send(op, copy, what, reply);
      else if (reply !== undefined) {
        reject(reply, deadError("Cannot send message to", this, this.death!));
      }
    });
  }
}

function crossing(envelope: Envelope): Crossing {
  // One that was made by hand may be anything.
  if (envelope.kind === "call" && !Array.isArray(envelope.args)) {
    return [Op.ENVELOPE, envelope, "envelope"];
  }
  switch (envelope.kind) {
    case "message":
      return [Op.MESSAGE, envelope.message, "message"];
    case "read":
      return [Op.READ, envelope.path, "path"];
    case "write":
      return [Op.WRITE, [envelope.name, envelope.value], "value"];
    case "call":
      return [Op.CALL, [envelope.path, ...envelope.args], "argument"];
    default:
      return [Op.ENVELOPE, envelope, "envelope"];
  }
}

/** What aborts or kills, which need not be something that can be cloned. */
export function carry(reason: unknown): unknown {
  try {
    copyOf(reason, "reason");
    return reason;
  } catch {
    return new Error(textOf(reason));
  }
}
