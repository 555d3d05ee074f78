import { type AsyncResult, observe, unobserve } from "./async_result.ts";
import { expectEnd } from "./asking.ts";
import {
  asyncContext,
  context,
  currentWaiter,
  type Handler,
  type Running,
  type Waiter,
} from "./context.ts";
import { type Behaviour, behaviourOf, NO_HANDLER } from "./behaviour.ts";
import { type Envelope, memberOf } from "./envelope.ts";
import { isThenable } from "./functions.ts";
import {
  computing,
  describe,
  fulfil,
  Future,
  originOf,
  read,
  reject,
  resultOf,
} from "./future.ts";
import {
  giveInboxBack,
  type Inbox,
  Request,
  type Slot,
  takeInbox,
} from "./inbox.ts";
import {
  deadError,
  type Death,
  type Mailbox,
  type MailboxState,
} from "./mailbox.ts";
import {
  type Deed,
  isHidden,
  kindOf,
  type MemberKind,
  methodOf,
  resolve,
} from "./members.ts";
import type { Logger } from "./logger.ts";
import { type ActorClass, type ActorRef, createRef } from "./ref.ts";
import { forgetRef, hide, nameRef } from "./registry.ts";
import { emit, isLoud, log, logRest } from "./report.ts";
import { unwatch, watch } from "./stuck.ts";
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

/** What a life consists of, as the subclass of `Actor` writes it. */
interface Hooks {
  onStart(): unknown;
  onStop(): unknown;
  onFailure(error: unknown): unknown;
  onReceive(message: unknown): unknown;
}

/** So many times a handler is followed in any case. */
const TRIALS = 64;

/** The cell that is being constructed, until its actor has found it. */
let unborn: Cell | undefined;

// The arguments of `receive()`: a closure for each message would cost more.
let receiver: Hooks;
let received: unknown;

function receive(): unknown {
  return receiver.onReceive(received);
}

/** An actor on this thread: its inbox, its turn, its life from start to end. */
export class Cell implements Mailbox, Running {
  readonly system: ActorSystem;
  readonly ref: ActorRef;
  /** Why it ends or has ended. */
  death: Death | undefined = undefined;
  /** How many messages it has begun to handle. */
  handled = 0;
  /** How many of them threw. */
  failures = 0;
  readonly #loop: Loop;
  readonly #behaviour: Behaviour;
  readonly #outside: Mailbox | undefined;
  #actor: Hooks | undefined = undefined;
  #urn: string | undefined = undefined;
  #inbox: Inbox | undefined = undefined;
  /** Whether the loop knows of it, or a handler has not ended. */
  #active = true;
  #started = false;
  #ended = false;
  // The message at hand; its turn is made when somebody needs it.
  #handler: Handler = NO_HANDLER;
  #reply: Future<unknown> | undefined = undefined;
  #turn: Turn | undefined = undefined;
  #lifetime: Turn | undefined = undefined;
  #delegated: Map<Future<unknown>, Turn> | undefined = undefined;
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
    this.#loop = loop;
    this.system = system;
    this.#behaviour = behaviourOf(actorClass);
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
    } catch (cause) {
      this.death ??= { reason: "start-failed", cause };
      this.#refuse();
      this.#finish();
      throw cause;
    } finally {
      unborn = outer;
    }
    this.system.registry.register(this.ref);
    if (!this.#ended) this.#loop.schedule(this);
    return this;
  }

  /** Gives the actor that is being constructed its cell. */
  static claim(actor: object): Cell {
    const cell = unborn;
    if (cell === undefined || cell.actorClass !== actor.constructor) {
      const { name } = actor.constructor;
      throw new TypeError(
        `Cannot construct ${name}: an actor is started, as by ${name}.start()`,
      );
    }
    unborn = undefined;
    cell.#actor = actor as Hooks;
    return cell;
  }

  get actorClass(): ActorClass {
    return this.#behaviour.actorClass;
  }

  get actorUrn(): string {
    if (this.#urn === undefined) {
      this.#urn = `urn:uuid:${crypto.randomUUID()}`;
      nameRef(this.system.registry, this.ref, this.#urn);
    }
    return this.#urn;
  }

  get knownUrn(): string | undefined {
    return this.#urn;
  }

  get stopped(): Future<void> {
    if (this.#stopped === undefined) {
      this.#stopped = expectEnd(this, "stopped");
      if (this.#ended) fulfil(this.#stopped, undefined);
    }
    return this.#stopped;
  }

  /** The signal of the message at hand, or else that of the whole life. */
  get signal(): AbortSignal {
    if (this.#ended && this.#lifetime) return this.#lifetime.signal;
    const current = currentWaiter();
    if (current instanceof Turn && current.cell === this) return current.signal;
    if (this.#turn?.suspended) return this.#turn.signal;
    return (this.#lifetime ??= new Turn(this, undefined, NO_HANDLER)).signal;
  }

  createFuture<T>(): Future<T> {
    return this.#loop.createFuture();
  }

  waiter(): Turn {
    return this.#turn ??= new Turn(this, this.#reply, this.#handler);
  }

  post(message: unknown, slot: Slot): void {
    (this.#inbox ??= takeInbox()).push(message, slot);
    if (!this.#active) this.#wake();
  }

  send(envelope: Envelope, reply: Future<unknown> | undefined): void {
    if (envelope.kind === "message") this.post(envelope.message, reply);
    else this.post(undefined, new Request(envelope, reply));
  }

  stop(): Future<boolean> {
    const reply = expectEnd<boolean>(this, "stop");
    if (this.#ended) fulfil(reply, false);
    else if (this.death !== undefined) (this.#stops ??= []).push(reply);
    else this.send({ kind: "stop" }, reply);
    return reply;
  }

  kindOf(path: readonly string[]): MemberKind | undefined {
    if (this.#actor !== undefined) {
      return methodOf(this.#actor, path, this.#behaviour.methods) === undefined
        ? kindOf(this.#actor, path)
        : "method";
    }
    const kind = kindOf(this.actorClass.prototype, path);
    return kind ?? (isHidden(path.at(-1)) ? undefined : "attribute");
  }

  holderOf(reply: Future<unknown>): Waiter | undefined {
    const delegated = this.#delegated?.get(reply);
    return delegated ?? (this.#turn?.suspended ? this.#turn : undefined);
  }

  cancel(reply: Future<unknown>, reason: unknown): void {
    if (!reject(reply, reason)) return;
    const delegated = this.#delegated?.get(reply);
    if (delegated !== undefined) this.#takeBack(delegated).abort(reason);
    else if (reply === this.#reply) this.#turn?.abort(reason);
    else this.#inbox?.gaveUp();
  }

  kill(reason: unknown): void {
    if (this.#ended) return;
    const death: Death = reason === undefined
      ? { reason: "killed" }
      : { reason: "killed", cause: reason };
    this.death ??= death;
    if (this.#turn !== undefined) unwatch(this.#turn);
    const turns = [this.#turn, ...this.#delegated?.values() ?? []];
    const lifetime = this.#lifetime ?? new Turn(this, undefined, NO_HANDLER);
    if (this.#reply !== undefined) {
      const error = deadError("Cannot finish message to", this, death);
      reject(this.#reply, error);
    }
    this.#refuse();
    this.#finish();
    this.#lifetime = lifetime; // for handlers that have not ended
    const why = reason ?? deadError("Cannot go on with", this, death);
    for (const turn of [lifetime, ...turns]) turn?.abort(why);
  }

  /**
   * Handles what waits, until a handler takes its time or others have waited
   * long enough.
   *
   * @param limit How many messages to handle at most.
   * @returns How many messages were handled.
   */
  turn(limit: number): number {
    if (!this.#started && !this.#start()) return 1;
    let left = limit;
    const inbox = this.#inbox;
    const actor = this.#actor!;
    const handler = this.#behaviour.receive;
    context.running = this;
    try {
      while (left > 0 && inbox !== undefined && inbox.length > 0) {
        left--;
        inbox.shift();
        const { message, slot } = inbox;
        if (slot instanceof Request) this.#perform(slot);
        else if (slot === undefined || !resultOf(slot).ready()) { // not given up
          this.#begin(slot, handler);
          try {
            // Here and in no function of its own: each frame of the stack adds a
            // tenth to what it costs a handler to throw.
            const result = this.#isFollowed(handler)
              ? this.#receiveAsync(actor, message)
              : actor.onReceive(message);
            if (isPlain(result) && !this.#ended) {
              if (slot !== undefined) fulfil(slot, result);
            } else this.#answer(result);
          } catch (error) {
            this.#threw(error);
          }
        }
        if (this.death !== undefined || this.#turn?.suspended) break;
      }
    } finally {
      // Whatever went wrong with one message, others are handled.
      context.running = undefined;
      if (this.#rest()) this.#loop.schedule(this);
    }
    return limit - left;
  }

  /** What becomes of a message for an actor that has no `onReceive()`. */
  unexpected(message: unknown): void {
    if (this.#reply === undefined) {
      this.#log("warn", `${this.ref} got an unexpected message`, message);
      return;
    }
    throw new TypeError(
      `Cannot handle message to ${this.ref}: its class has no onReceive()`,
    );
  }

  /** Says that a handler has run for so long that it may never end. */
  reportStuck(turn: Turn): void {
    emit(this.system, "stuck", { actorRef: this.ref });
    const { handler, stuckAfter: ms } = turn;
    const time = ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
    const text = `${handler.member} of ${this.ref} runs for ${time}`;
    const waits = pendingOf(turn).map(describe);
    const waiting = waits.length > 0
      ? ` and waits for ${waits.join(", ")}`
      : "";
    this.#log("warn", text + waiting);
  }

  inspect(): MailboxState {
    const turn = this.#turn;
    return {
      state: !this.#started
        ? "starting"
        : this.#ended
        ? "ended"
        : this.death !== undefined
        ? "stopping"
        : "running",
      inbox: this.#inbox?.length ?? 0,
      asks: (this.#inbox?.asks() ?? 0) + (this.#delegated?.size ?? 0) +
        (this.#reply === undefined ? 0 : 1),
      handles: turn?.suspended ? turn.handler.member : undefined,
      since: turn?.isWatched ? turn.since : undefined,
      waitsFor: turn?.suspended ? pendingOf(turn).map(describe) : [],
      handled: this.handled,
      failures: this.failures,
    };
  }

  /** Called when what a turn handed its reply over to is settled. */
  handBack(turn: Turn, result: AsyncResult<unknown>): void {
    this.#delegated?.delete(turn.reply!);
    turn.suspended = false;
    handOn(turn.reply!, result);
  }

  /** Forgets the message at hand; returns whether others wait to be handled. */
  #rest(): boolean {
    if (this.death !== undefined || this.#turn?.suspended) return false;
    this.#turn = this.#reply = undefined;
    if (this.#inbox !== undefined) {
      if (this.#inbox.length > 0) return true;
      giveInboxBack(this.#inbox);
      this.#inbox = undefined;
    }
    return this.#active = false;
  }

  #wake(): void {
    this.#active = true;
    this.#loop.schedule(this);
  }

  #resume(): void {
    if (this.#rest()) this.#loop.resume(this);
  }

  /** Runs `onStart()`; returns whether messages can follow at once. */
  #start(): boolean {
    if (this.#ended) return false;
    this.#started = true;
    emit(this.system, "started", { actorRef: this.ref });
    if (isLoud(this.system, "debug")) this.#log("debug", `Started ${this.ref}`);
    if (!this.#behaviour.hasStart) return true;
    let atOnce = true;
    this.#runHook("onStart", [], (thrown) => {
      if (thrown !== undefined) this.#fail("start-failed", thrown.error);
      else if (!atOnce) this.#resume();
    });
    atOnce = false;
    return this.death === undefined && !this.#turn?.suspended;
  }

  #begin(reply: Future<unknown> | undefined, handler: Handler): void {
    this.#turn = undefined;
    this.#reply = reply;
    this.#handler = handler;
    this.handled++;
  }

  #receiveAsync(actor: Hooks, message: unknown): unknown {
    receiver = actor;
    received = message;
    return this.#follow(receive);
  }

  #perform({ envelope, reply }: Request): void {
    if (envelope?.kind === "stop") {
      if (reply !== undefined) {
        (this.#stops ??= []).push(reply as Future<boolean>);
      }
      return this.#close({ reason: "stopped" });
    }
    if (reply !== undefined && resultOf(reply).ready()) return; // given up
    let deed: Deed;
    let handler: Handler;
    try {
      deed = resolve(this.#actor!, envelope, this.#behaviour.methods);
      handler = this.#behaviour.handler(memberOf(envelope), deed.fn);
    } catch (error) {
      // Nobody's handler is at fault, so the actor lives on in any case.
      if (reply !== undefined) reject(reply, error);
      else this.#log("warn", `${this.ref} refused a message`, error);
      return;
    }
    this.#begin(reply, handler);
    const { fn, self, args } = deed;
    try {
      this.#answer(
        this.#isFollowed(handler)
          ? this.#follow(() => Reflect.apply(fn, self, args))
          : Reflect.apply(fn, self, args),
      );
    } catch (error) {
      this.#threw(error);
    }
  }

  // To be followed costs more than the handling of a message. A handler that
  // often was and never asked or waited for anybody is spared it, until some
  // stranger asks while it runs: for that may have been it.
  #isFollowed(handler: Handler): boolean {
    return (handler.isAsync || handler.isPromising) &&
      (handler.asks || handler.turns < TRIALS) && this.system.detectDeadlocks;
  }

  // An `async` function counts as waiting from its start, for all that it reads
  // it reads before its end. Another may return something that is no promise.
  #follow(run: () => unknown): unknown {
    const turn = this.waiter();
    turn.handler.turns++;
    turn.suspended = turn.handler.isAsync;
    const storage = asyncContext();
    if (storage === undefined) return run();
    turn.followed = true;
    return storage.run(turn, run);
  }

  /**
   * Replies with what a handler returned, now or when it is known. It throws
   * what looking at that throws.
   */
  #answer(result: unknown): void {
    if (this.#ended) return this.#dropLater(this.#handler, result);
    if (result instanceof Future) this.#delegate(result);
    else if (isThenable(result)) this.#await(result);
    else if (this.#reply !== undefined) fulfil(this.#reply, result);
  }

  /** Waits for the end of a handler or hook. */
  #await(promise: PromiseLike<unknown>): void {
    const turn = this.waiter();
    if (!turn.suspended) {
      turn.suspended = true;
      turn.handler.isPromising = true;
      const waits = turn.waits;
      turn.waits = undefined;
      for (const future of waits ?? []) context.wait(turn, future);
    }
    watch(turn);
    Promise.resolve(promise).then(
      (value) => this.#returned(turn, value),
      (error) => this.#rejected(turn, error),
    );
  }

  #returned(turn: Turn, value: unknown): void {
    leave(turn);
    if (this.#turn !== turn) {
      this.#drop(turn.handler, "returned", value);
    } else if (turn.done !== undefined) turn.done();
    else {
      if (turn.reply !== undefined) fulfil(turn.reply, value);
      this.#resume();
    }
  }

  #rejected(turn: Turn, error: unknown): void {
    leave(turn);
    if (this.#turn !== turn) {
      if (!knows(turn.reply, error)) this.#drop(turn.handler, "threw", error);
    } else if (turn.done !== undefined) turn.done({ error });
    else {
      this.#threw(error);
      this.#resume();
    }
  }

  // The actor was killed meanwhile, and nobody waits any more.
  #drop(handler: Handler, verb: string, outcome: unknown): void {
    if (verb === "returned" && outcome === undefined) return;
    const text =
      `${handler.member} of ${this.ref} ${verb} after the actor was killed`;
    this.#log(verb === "threw" ? "error" : "warn", text, outcome);
  }

  #dropLater(handler: Handler, result: unknown): void {
    Promise.resolve(result).then(
      (value) => this.#drop(handler, "returned", value),
      (error) => this.#drop(handler, "threw", error),
    );
  }

  /** Hands the reply over to a future; the message is over. */
  #delegate(future: Future<unknown>): void {
    const reply = this.#reply;
    if (reply === undefined) return; // who does not read it is told if it fails
    const turn = this.waiter();
    this.#turn = undefined;
    this.#reply = undefined;
    if (future === reply) {
      const text =
        `Cannot reply from ${turn.label}: the future is its own reply`;
      reject(reply, new TypeError(text));
      return;
    }
    read(future);
    turn.suspended = true;
    turn.waits = undefined;
    (this.#delegated ??= new Map()).set(reply, turn);
    if (!resultOf(future).ready()) {
      const error = context.wait(turn, future);
      if (error !== undefined) return this.cancel(reply, error);
    }
    turn.source = future;
    if (resultOf(future).ready()) this.handBack(turn, resultOf(future));
    else observe(resultOf(future), turn);
  }

  #takeBack(turn: Turn): Turn {
    this.#delegated?.delete(turn.reply!);
    turn.suspended = false;
    if (turn.source !== undefined) unobserve(resultOf(turn.source), turn);
    return turn;
  }

  #threw(error: unknown): void {
    this.failures++;
    if (this.#ended) return this.#drop(this.#handler, "threw", error);
    const reply = this.#reply;
    if (reply === undefined) return this.#fail("failed", error);
    if (reject(reply, error)) {
      if (isLoud(this.system, "info")) {
        this.#log(
          "info",
          `${this.#handler.member} of ${this.ref} threw`,
          error,
        );
      }
    } else if (!knows(reply, error)) {
      const text =
        `${this.#handler.member} of ${this.ref} threw after its asker gave up`;
      this.#log("error", text, error);
    }
  }

  #fail(reason: "failed" | "start-failed", cause: unknown): void {
    if (this.#ended) return this.#drop(this.#handler, "threw", cause);
    const text =
      `${this.#handler.member} of ${this.ref} threw, and the actor ends`;
    this.#log("error", text, cause);
    emit(this.system, "failed", { actorRef: this.ref, error: cause });
    this.#close({ reason, cause });
  }

  /** Takes no more messages, settles those that wait, and runs the last hook. */
  #close(death: Death): void {
    if (this.death !== undefined) return;
    this.death = death;
    hide(this.system.registry, this.ref);
    this.#refuse();
    const [hook, args] = death.reason === "stopped"
      ? ["onStop", []] as const
      : ["onFailure", [death.cause]] as const;
    this.#runHook(hook, args, (thrown) => {
      if (thrown !== undefined) {
        this.#log("error", `${hook} of ${this.ref} threw`, thrown.error);
      }
      this.#finish();
    });
  }

  #runHook(
    name: "onStart" | "onStop" | "onFailure",
    args: readonly unknown[],
    done: (thrown?: { error: unknown }) => void,
  ): void {
    const fn = this.#actor![name];
    const handler = this.#behaviour.handler(name, fn);
    this.#begin(undefined, handler);
    this.handled--; // a hook is no message
    const run = () => Reflect.apply(fn, this.#actor, args);
    const { running } = context;
    context.running = this;
    let result: unknown;
    let later: boolean;
    try {
      result = this.#isFollowed(handler) ? this.#follow(run) : run();
      if (result instanceof Future) result = result.get();
      later = isThenable(result);
    } catch (error) {
      return done({ error });
    } finally {
      context.running = running;
    }
    if (!later) return done();
    this.waiter().done = done;
    this.#await(result as PromiseLike<unknown>);
  }

  /** Settles what waits in the inbox, and replies that no ask will settle. */
  #refuse(): void {
    const inbox = this.#inbox;
    this.#inbox = undefined;
    const death = this.death!;
    this.#outside?.closed?.(death);
    const letters: string[] = [];
    for (; inbox !== undefined && inbox.length > 0;) {
      inbox.shift();
      this.#refuseEntry(inbox.slot, letters);
    }
    if (inbox !== undefined) giveInboxBack(inbox);
    for (const turn of this.#delegated?.values() ?? []) {
      if (turn.source !== undefined && comesFromAsks(turn.source)) continue;
      this.#takeBack(turn);
      reject(turn.reply!, deadError("Cannot finish message to", this, death));
    }
    if (letters.length === 0) return;
    emit(this.system, "deadletter", {
      actorRef: this.ref,
      count: letters.length,
    });
    const text = letters.length === 1
      ? `1 message to ${this.ref} was never handled, for ${letters[0]}`
      : `${letters.length} messages to ${this.ref} were never handled, the first for ${
        letters[0]
      }`;
    this.#log("warn", text);
  }

  #refuseEntry(slot: Slot, letters: string[]): void {
    const { envelope, reply } = slot instanceof Request
      ? slot
      : { envelope: undefined, reply: slot };
    if (envelope?.kind === "stop") {
      if (reply) (this.#stops ??= []).push(reply as Future<boolean>);
    } else if (reply === undefined) {
      letters.push(envelope === undefined ? "onReceive" : memberOf(envelope));
    } else if (!resultOf(reply).ready()) {
      reject(reply, deadError("Cannot send message to", this, this.death!));
    }
  }

  /** The end: nothing of the actor is held any more, and all who wait know. */
  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.system.registry.unregister(this.ref);
    forgetRef(this.system.registry, this.ref);
    const { reason, cause } = this.death!;
    this.#actor =
      this.#turn =
      this.#reply =
      this.#lifetime =
        undefined;
    if (this.#stopped !== undefined) fulfil(this.#stopped, undefined);
    for (const stop of this.#stops ?? []) fulfil(stop, reason === "stopped");
    this.#stops = undefined;
    if (reason === "stopped" || reason === "killed") {
      emit(this.system, reason, { actorRef: this.ref, error: cause });
    }
    if (isLoud(this.system, "debug")) {
      this.#log("debug", `Ended ${this.ref}: ${reason}`);
    }
    logRest(this.system, this.ref);
  }

  #log(level: keyof Logger, text: string, ...data: unknown[]): void {
    log(this.system, level, this.ref, text, ...data);
  }
}

// A reply that is settled may settle the next: a long chain of them must not be
// as deep a stack.
let handedOn: [reply: Future<unknown>, result: AsyncResult<unknown>][] = [];
let isHanding = false;

function handOn(reply: Future<unknown>, result: AsyncResult<unknown>): void {
  handedOn.push([reply, result]);
  if (isHanding) return;
  isHanding = true;
  try {
    for (const [reply, result] of handedOn) {
      if (result.successful()) fulfil(reply, result.value);
      else reject(reply, result.exception);
    }
  } finally {
    handedOn = [];
    isHanding = false;
  }
}

function isPlain(result: unknown): boolean {
  return typeof result !== "object" && typeof result !== "function";
}

function leave(turn: Turn): void {
  unwatch(turn);
  turn.suspended = false;
}

// A handler that passes its signal on throws what its asker has got already.
function knows(asker: Future<unknown> | undefined, error: unknown): boolean {
  return asker !== undefined && resultOf(asker).exception === error;
}

function pendingOf({ waits }: Turn): Future<unknown>[] {
  return (waits ?? []).filter((future) => !resultOf(future).ready());
}

/** Whether a future will be settled by asks: then its actor need not be alive. */
function comesFromAsks(future: Future<unknown>): boolean {
  if (originOf(future) !== undefined) return true;
  const sources = computing(future)?.sources ?? [];
  return sources.length > 0 && sources.every(comesFromAsks);
}
