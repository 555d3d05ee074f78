import { createEnd, expectEnd } from "./asking.ts";
import { behaviourOf, NO_HANDLER } from "./behaviour.ts";
import {
  context,
  currentWaiter,
  prepareAsyncContext,
  type Waiter,
} from "./context.ts";
import { type Envelope, memberOf } from "./envelope.ts";
import {
  describe,
  fulfil,
  type Future,
  type Origin,
  reject,
} from "./future.ts";
import { Handling, type Hooks } from "./handling.ts";
import { giveInboxBack, Request, type Slot, takeInbox } from "./inbox.ts";
import type { Logger } from "./logger.ts";
import { deadError, type Death, type Mailbox } from "./mailbox.ts";
import { isHidden, kindOf, type MemberKind } from "./members.ts";
import { isReady } from "./outcome.ts";
import { createUuid } from "./platform.ts";
import { type ActorClass, type ActorRef, createRef } from "./ref.ts";
import { forgetRef, hide, nameRef } from "./registry.ts";
import { emit, isLoud, log, logRest, reportLetters } from "./report.ts";
import { unwatch } from "./stuck.ts";
import type { ActorSystem } from "./system.ts";
import { Turn } from "./turn.ts";

/** What turns the actors of a runtime that run on this thread. */
export interface Loop {
  /** Makes a future. */
  createFuture<T>(): Future<T>;
  /** Calls `turn()` of an actor soon, and never inside this call. */
  schedule(cell: Cell): void;
  /** Calls `turn()` of an actor that has waited; nothing else runs now. */
  resume(cell: Cell): void;
}

/** The cell that is being constructed, until its actor has found it. */
let unborn: Cell | undefined;

/** An actor on this thread: its mailbox, and its life from start to end. */
export class Cell extends Handling implements Mailbox {
  readonly system: ActorSystem;
  readonly ref: ActorRef;
  origin: Origin | undefined = undefined;
  /** Why it ends or has ended. */
  death: Death | undefined = undefined;
  readonly #loop: Loop;
  readonly #outside: Mailbox | undefined;
  #urn: string | undefined;
  #lifetime: Turn | undefined = undefined;
  #stops: Future<boolean>[] | undefined = undefined;
  #stopped: Future<void> | undefined = undefined;

  /**
   * Constructs a new instance, which has no actor before `begin()`.
   *
   * @param loop What turns it.
   * @param system The system that owns it.
   * @param actorClass The class to construct.
   * @param outside The mailbox that references send to, if not this one.
   * @param urn What identifies the actor, if that was decided elsewhere.
   */
  constructor(
    loop: Loop,
    system: ActorSystem,
    actorClass: ActorClass,
    outside?: Mailbox,
    urn?: string,
  ) {
    super(behaviourOf(actorClass));
    this.#loop = loop;
    this.system = system;
    this.ref = outside?.ref ?? createRef(this);
    this.#outside = outside;
    this.#urn = urn;
  }

  /** Constructs the actor, registers it and lets it start. */
  begin(args: readonly unknown[]): this {
    const outer = unborn;
    unborn = this;
    try {
      new (this.actorClass as new (...args: readonly unknown[]) => unknown)(
        ...args,
      );
      if (unborn === this) {
        throw new TypeError(
          `Cannot start ${this.ref}: its constructor made no actor`,
        );
      }
      if (!this.#outside?.registered) this.system.registry.register(this.ref);
    } catch (cause) {
      this.death ??= { reason: "start-failed", cause };
      this.refuse();
      this.finish();
      throw cause;
    } finally {
      unborn = outer;
    }
    if (!this.hasEnded) this.letRun();
    return this;
  }

  /** Gives the actor that is being constructed its cell. */
  static claim(actor: object): Cell {
    const cell = unborn;
    // The class may be behind a `Proxy`.
    if (
      cell?.actorClass !== actor.constructor &&
      cell?.actorClass.prototype !== Object.getPrototypeOf(actor)
    ) {
      const { name } = actor.constructor;
      throw new TypeError(
        `Cannot construct ${name}: an actor is started, as by ${name}.start()`,
      );
    }
    unborn = undefined;
    cell!.actor = actor as Hooks;
    return cell!;
  }

  get actorClass(): ActorClass {
    return this.behaviour.actorClass;
  }

  get actorUrn(): string {
    if (this.#urn === undefined) {
      this.#urn = `urn:uuid:${createUuid()}`;
      nameRef(this.system.registry, this.ref, this.#urn);
    }
    return this.#urn;
  }

  get knownUrn(): string | undefined {
    return this.#urn;
  }

  get stopped(): Future<void> {
    if (this.#stopped === undefined) {
      this.#stopped = createEnd(this);
      if (this.hasEnded) fulfil(this.#stopped, undefined);
    }
    return this.#stopped;
  }

  /** The signal of the message at hand, or else that of the whole life. */
  get signal(): AbortSignal {
    if (this.hasEnded && this.#lifetime) return this.#lifetime.signal;
    const waiter = currentWaiter();
    if (waiter instanceof Turn && waiter.cell === this) return waiter.signal;
    if (this.current?.suspended) return this.current.signal;
    return (this.#lifetime ??= new Turn(this, undefined, NO_HANDLER)).signal;
  }

  createFuture<T>(): Future<T> {
    return this.#loop.createFuture();
  }

  post(message: unknown, slot: Slot): void {
    if (
      this.inbox === undefined && this.slot === false &&
      context.running !== this
    ) {
      this.message = message;
      this.slot = slot;
    } else (this.inbox ??= takeInbox()).push(message, slot);
    if (this.isActive) return;
    this.isActive = true;
    this.#loop.schedule(this);
  }

  send(envelope: Envelope, reply: Future<unknown> | undefined): void {
    if (envelope.kind === "message") this.post(envelope.message, reply);
    else this.post(new Request(envelope, reply), null);
  }

  stop(): Future<boolean> {
    const reply = expectEnd<boolean>(this, "stop");
    if (this.hasEnded) fulfil(reply, false);
    else if (this.death !== undefined) (this.#stops ??= []).push(reply);
    else this.send({ kind: "stop" }, reply);
    return reply;
  }

  kindOf(path: readonly string[]): MemberKind | undefined {
    if (this.actor !== undefined) {
      return this.behaviour.methodOf(this.actor, path) === undefined
        ? kindOf(this.actor, path)
        : "method";
    }
    const kind = kindOf(this.actorClass.prototype, path);
    return kind ?? (isHidden(path.at(-1)) ? undefined : "attribute");
  }

  holderOf(reply: Future<unknown>): Waiter | undefined {
    const delegated = this.delegations?.of(reply);
    return delegated ?? (this.current?.suspended ? this.current : undefined);
  }

  cancel(reply: Future<unknown>, reason: unknown): void {
    if (!reject(reply, reason)) return;
    const delegated = this.delegations?.of(reply);
    if (delegated) this.delegations!.takeBack(delegated).abort(() => reason);
    else if (reply === this.reply) this.current?.abort(() => reason);
    else this.inbox?.gaveUp();
  }

  kill(reason: unknown): void {
    if (this.hasEnded) return;
    const death: Death = reason === undefined
      ? { reason: "killed" }
      : { reason: "killed", cause: reason };
    this.death ??= death;
    if (this.current !== undefined) unwatch(this.current);
    const lifetime = this.#lifetime ??= new Turn(this, undefined, NO_HANDLER);
    const turns = [lifetime, this.current, ...this.delegations?.turns ?? []];
    let error: Error | undefined;
    const createError = () =>
      error ??= deadError("Cannot finish message to", this, death);
    if (this.reply !== undefined) reject(this.reply, createError());
    this.refuse();
    this.finish();
    this.#lifetime = lifetime; // for handlers that have not ended
    for (const turn of turns) {
      turn?.abort(() => reason ?? createError());
    }
  }

  /** What becomes of a message for an actor that has no `onReceive()`. */
  unexpected(message: unknown): void {
    if (this.reply === undefined) {
      this.log("warn", `${this.ref} got an unexpected message`, message);
      return;
    }
    throw new TypeError(
      `Cannot handle message to ${this.ref}: its class has no onReceive()`,
    );
  }

  /** Says that a handler has run for so long that it may never end. */
  reportStuck({ handler, stuckAfter: ms, pending }: Turn): void {
    emit(this.system, "stuck", { actorRef: this.ref });
    const time = ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
    const text = `${handler.member} of ${this.ref} has run for ${time}`;
    const waits = pending.map(describe).join(", ");
    this.log("warn", waits === "" ? text : `${text} and waits for ${waits}`);
  }

  /** Itself. */
  protected override get self(): this {
    return this;
  }

  /** Whether it takes no more messages. */
  protected override get isClosed(): boolean {
    return this.death !== undefined;
  }

  /** Whether asks that close a circle are looked for. */
  protected override get isObservant(): boolean {
    return this.system.detectDeadlocks;
  }

  /** Goes on at once with what waits. */
  protected override again(): void {
    this.#loop.schedule(this);
  }

  /** Goes on with what waits, now. */
  protected override resume(): void {
    if (this.rest()) this.#loop.resume(this);
  }

  /** Ends: a stop has come to its turn. */
  protected override stopAsked(reply: Future<boolean> | undefined): void {
    if (reply !== undefined) (this.#stops ??= []).push(reply);
    this.close({ reason: "stopped" });
  }

  /** Ends: what nobody asked for has thrown. */
  protected override fail(
    reason: "failed" | "start-failed",
    cause: unknown,
  ): void {
    if (this.hasEnded) return this.drop(this.handler, "threw", cause);
    const text = `${this.handler.member} of ${this.ref} threw`;
    this.log("error", `${text}, and the actor ends`, cause);
    emit(this.system, "failed", { actorRef: this.ref, error: cause });
    this.close({ reason, cause });
  }

  /** Logs what an asker got, if anybody reads it: there may be many of them. */
  protected override noteFailure(error: unknown): void {
    if (!isLoud(this.system, "info")) return;
    this.log("info", `${this.handler.member} of ${this.ref} threw`, error);
  }

  /** Writes a line about the actor. */
  protected override log(
    level: keyof Logger,
    text: string,
    ...data: unknown[]
  ): void {
    log(this.system, level, this.ref, text, ...data);
  }

  /** Runs `onStart()`; returns whether messages can follow at once. */
  protected override start(): boolean {
    if (this.hasEnded) return false;
    this.hasStarted = true;
    emit(this.system, "started", { actorRef: this.ref });
    if (isLoud(this.system, "debug")) this.log("debug", `Started ${this.ref}`);
    if (this.startsAtOnce) return true;
    let isAtOnce = true;
    this.runHook("onStart", [], (thrown) => {
      if (thrown !== undefined) this.fail("start-failed", thrown.error);
      else if (!isAtOnce) this.resume();
    });
    isAtOnce = false;
    return this.death === undefined && !this.current?.suspended;
  }

  /** Whether there is nothing to do at its start, as for most actors. */
  private get startsAtOnce(): boolean {
    try {
      // It may be a field of the actor, too.
      return this.actor?.onStart === this.behaviour.noStart;
    } catch {
      return false; // to run it will fail in the same way
    }
  }

  /** Lets it have its first turn, as soon as its handlers can be followed. */
  private letRun(): void {
    const loading = this.behaviour.hasAsync && this.isObservant
      ? prepareAsyncContext()
      : undefined;
    if (loading === undefined) this.#loop.schedule(this);
    else loading.then(() => this.#loop.schedule(this));
  }

  /** Takes no more messages, settles those that wait, and runs the last hook. */
  private close(death: Death): void {
    if (this.death !== undefined) return;
    this.death = death;
    hide(this.system.registry, this.ref);
    this.refuse();
    const [hook, args] = death.reason === "stopped"
      ? ["onStop", []] as const
      : ["onFailure", [death.cause]] as const;
    this.runHook(hook, args, (thrown) => {
      if (thrown !== undefined) {
        this.log("error", `${hook} of ${this.ref} threw`, thrown.error);
      }
      this.finish();
    });
  }

  /** Settles what waits in the inbox, and replies that no ask will settle. */
  private refuse(): void {
    const { message, slot, inbox } = this;
    const death = this.death!;
    this.slot = false;
    this.message = this.inbox = undefined;
    this.#outside?.closed?.(death);
    const letters: string[] = [];
    if (slot !== false) this.refuseEntry(message, slot, letters);
    while (inbox !== undefined && inbox.length > 0) {
      inbox.shift();
      this.refuseEntry(inbox.message, inbox.slot, letters);
    }
    if (inbox !== undefined) giveInboxBack(inbox);
    this.delegations?.refuse(() =>
      deadError("Cannot finish message to", this, death)
    );
    reportLetters(this.system, this.ref, letters);
  }

  /** Settles what waited, or notes its letter. */
  private refuseEntry(message: unknown, slot: Slot, letters: string[]): void {
    const { envelope, reply } = slot === null
      ? message as Request
      : { envelope: undefined, reply: slot };
    if (envelope?.kind === "stop") {
      if (reply) (this.#stops ??= []).push(reply as Future<boolean>);
    } else if (reply === undefined) {
      letters.push(envelope === undefined ? "onReceive" : memberOf(envelope));
    } else if (!isReady(reply)) {
      reject(reply, deadError("Cannot send message to", this, this.death!));
    }
  }

  /** The end: nothing of the actor is held any more, and all who wait know. */
  private finish(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    forgetRef(this.system.registry, this.ref);
    const { reason, cause } = this.death!;
    this.actor =
      this.current =
      this.reply =
      this.#lifetime =
        undefined;
    if (this.#stopped !== undefined) fulfil(this.#stopped, undefined);
    for (const stop of this.#stops ?? []) fulfil(stop, reason === "stopped");
    this.#stops = undefined;
    if (reason === "stopped" || reason === "killed") {
      emit(this.system, reason, { actorRef: this.ref, error: cause });
    }
    if (isLoud(this.system, "debug")) {
      this.log("debug", `Ended ${this.ref}: ${reason}`);
    }
    logRest(this.system, this.ref);
  }
}
