import {
  type Behaviour,
  isFollowed,
  type KnownMethod,
  NO_HANDLER,
} from "./behaviour.ts";
import {
  asyncContext,
  context,
  type Handler,
  type Running,
} from "./context.ts";
import { Delegations } from "./delegations.ts";
import { type Call, type Envelope, memberOf } from "./envelope.ts";
import { ActorDeadError } from "./errors.ts";
import { isThenable } from "./functions.ts";
import { forget, fulfil, Future, reject } from "./future.ts";
import { giveInboxBack, type Inbox, type Request, type Slot } from "./inbox.ts";
import type { Logger } from "./logger.ts";
import { type Deed, resolve } from "./members.ts";
import { exceptionOf, isReady } from "./outcome.ts";
import { unwatch, watch } from "./stuck.ts";
import { giveTurnBack, takeTurn, type Turn } from "./turn.ts";
import type { Cell } from "./cell.ts";

/** What a life consists of, as the subclass of `Actor` writes it. */
export interface Hooks {
  /** See `Actor`. */
  onStart(): unknown;
  /** See `Actor`. */
  onStop(): unknown;
  /** See `Actor`. */
  onFailure(error: unknown): unknown;
  /** See `Actor`. */
  onReceive(message: unknown): unknown;
}

/** No message: any value may be one. */
const NOTHING: unique symbol = Symbol();

// The arguments of `receive()`: a closure for each message would cost more.
let receiver: Hooks | undefined;
let received: unknown;
// What is called instead of `onReceive()`, if anything is: a method that was called
// before, with the arguments of the message, or anything else.
let method: KnownMethod | undefined;
let deed: Deed | undefined;
// Whether `onReceive()` is called without more ado.
let isCommon = true;

function receive(): unknown {
  const actor = receiver!;
  const message = received;
  receiver = received = undefined;
  return actor.onReceive(message);
}

/**
 * How an actor handles its messages, one at a time: from the inbox to the reply.
 * What it does at the beginning and the end of its life, a {@linkcode Cell} adds.
 */
export abstract class Handling implements Running {
  /** How many messages it has begun to handle. */
  handled = 0;
  /** How many of them threw. */
  failures = 0;
  /** What is known of its class. */
  protected readonly behaviour: Behaviour;
  /** The actor, until it has ended. */
  protected actor: Hooks | undefined = undefined;
  /** What waits first if nothing else did when it came. */
  protected message: unknown = undefined;
  /** Who waits for its outcome; `false` if there is no such message. */
  protected slot: Slot | false = false;
  /** What else waits, if anything does. */
  protected inbox: Inbox | undefined = undefined;
  /** Whether the loop knows of it, or a handler has not ended. */
  protected isActive = true;
  /** Whether it takes no more messages. */
  protected abstract readonly isClosed: boolean;
  /** Whether it was started. */
  protected hasStarted = false;
  /** Whether its life is over. */
  protected hasEnded = false;
  // The message at hand; its turn is made when somebody needs it.
  /** What handles the message at hand. */
  protected handler: Handler = NO_HANDLER;
  /** Who asked for it. */
  protected reply: Future<unknown> | undefined = undefined;
  /** Its turn, if somebody needed to know it. */
  protected current: Turn | undefined = undefined;
  /** The replies that were handed over, if any were. */
  protected delegations: Delegations | undefined = undefined;

  /**
   * Constructs a new instance.
   *
   * @param behaviour What is known of the class of the actor.
   */
  constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
  }

  /**
   * Handles what waits, until a handler takes its time or others have waited
   * long enough.
   *
   * Here and not in several functions, and little before the handler: each frame
   * of the stack adds a tenth to what it costs a handler to throw, and each ten
   * expressions before its call as much again.
   *
   * @param limit How many messages to handle at most.
   * @returns How many messages were handled.
   */
  turn(limit: number): number {
    let handled = 0;
    let message: unknown;
    try {
      if (!this.hasStarted && !this.start()) return 0;
      context.running = this;
      while (handled < limit && (message = this.next()) !== NOTHING) {
        try {
          // The same call in two places: V8 keeps four classes in mind for each.
          const result = !isCommon
            ? this.handle(message)
            : this.reply === undefined
            ? this.actor!.onReceive(message)
            : this.actor!.onReceive(message);
          if (isPlain(result) && !this.hasEnded) {
            if (this.reply !== undefined) fulfil(this.reply, result);
          } else this.answer(result);
        } catch (error) {
          this.handlerThrew(error);
        }
        handled++;
        if (this.isClosed || this.current?.suspended) break;
      }
    } finally {
      // Whatever went wrong with one message, others are handled.
      context.running = undefined;
      if (this.rest()) this.again();
    }
    return handled;
  }

  /** The turn of the message at hand, for who wants to know it. */
  waiter(): Turn {
    const turn = this.current ??= takeTurn(this.self, this.reply, this.handler);
    turn.isKnown = true;
    return turn;
  }

  /** Called when the promise of a handler is fulfilled. */
  returned(turn: Turn, value: unknown): void {
    leave(turn);
    if (this.current !== turn) {
      this.drop(turn.handler, "returned", value);
    } else if (turn.done !== undefined) turn.done();
    else {
      if (turn.reply !== undefined) fulfil(turn.reply, value);
      this.resume();
      if (this.current !== turn) giveTurnBack(turn);
    }
  }

  /** Called when the promise of a handler is rejected. */
  threw(turn: Turn, error: unknown): void {
    leave(turn);
    if (this.current !== turn) {
      if (!knows(turn.reply, error)) this.drop(turn.handler, "threw", error);
    } else if (turn.done !== undefined) turn.done({ error });
    else {
      this.handlerThrew(error);
      this.resume();
    }
  }

  /** Called when what a turn handed its reply over to is settled. */
  handBack(...args: Parameters<Delegations["settled"]>): void {
    this.delegations!.settled(...args);
  }

  /** This, as who it is. */
  protected abstract get self(): Cell;
  /** Whether asks that close a circle are looked for. */
  protected abstract get isObservant(): boolean;
  /** A message threw, and nobody asked. */
  protected abstract fail(reason: "failed", cause: unknown): void;
  /** A message threw, and its asker has the exception. */
  protected abstract noteFailure(error: unknown): void;
  /** A stop has come to its turn. */
  protected abstract stopAsked(reply: Future<boolean> | undefined): void;
  /** Lets the loop know that others wait to be handled, at once. */
  protected abstract resume(): void;
  /** Lets it have another turn, when others have had theirs. */
  protected abstract again(): void;
  /** Starts the actor; returns whether it can handle messages at once. */
  protected abstract start(): boolean;
  /** Writes a line about the actor. */
  protected abstract log(
    level: keyof Logger,
    text: string,
    ...data: unknown[]
  ): void;

  /** Forgets the message at hand; returns whether others wait to be handled. */
  protected rest(): boolean {
    if (this.isClosed || this.current?.suspended) return false;
    this.current = this.reply = undefined;
    if (this.inbox !== undefined) {
      if (this.inbox.length > 0) return true;
      giveInboxBack(this.inbox);
      this.inbox = undefined;
    } else if (this.slot !== false) return true;
    return this.isActive = false;
  }

  /** Runs a hook; calls back when it has ended, be it at once or later. */
  protected runHook(
    name: "onStart" | "onStop" | "onFailure",
    args: readonly unknown[],
    done: (thrown?: { error: unknown }) => void,
  ): void {
    const { actor } = this;
    if (actor === undefined) return; // a listener or logger has killed it
    this.beginMessage(undefined, NO_HANDLER);
    this.handled--; // a hook is no message
    const { running } = context;
    context.running = this;
    try {
      const fn = actor[name]; // which may throw, as all that a user brings
      const handler = this.handler = this.behaviour.handler(name, fn);
      const run = () => Reflect.apply(fn, actor, args);
      let result = this.isFollowed(handler) ? this.follow(run) : run();
      if (result instanceof Future) result = result.get();
      if (isThenable(result)) {
        if (this.hasEnded) return this.dropLater(result);
        this.await(result);
        this.waiter().done = done;
        return;
      }
    } catch (error) {
      return done({ error });
    } finally {
      context.running = running;
    }
    done();
  }

  /** Reports what came of a handler after its actor was killed. */
  protected drop(handler: Handler, verb: string, outcome: unknown): void {
    const { signal } = this.self; // who throws its reason obeys it
    if (outcome === (verb === "threw" ? signal.reason : undefined)) return;
    const text =
      `${handler.member} of ${this.self.ref} ${verb} after the actor was killed`;
    this.log(verb === "threw" ? "error" : "warn", text, outcome);
  }

  /** Notes the message at hand. */
  private beginMessage(
    reply: Future<unknown> | undefined,
    handler: Handler,
  ): void {
    this.current = undefined;
    this.reply = reply;
    this.handler = handler;
    this.handled++;
  }

  /** Begins with what came first; `NOTHING` if nothing is left. */
  private next(): unknown {
    let message: unknown;
    let slot: Slot | false;
    do {
      const { inbox } = this;
      ({ message, slot } = this);
      if (slot !== false) {
        this.message = undefined;
        this.slot = false;
      } else if (inbox !== undefined && inbox.length > 0) {
        inbox.shift();
        ({ message, slot } = inbox);
      } else return NOTHING;
    } while (!this.begins(message, slot));
    return message;
  }

  /** Begins with a message; returns whether that calls anybody. */
  private begins(message: unknown, slot: Slot): boolean {
    if (slot === null) return this.prepare(message as Request);
    if (slot !== undefined && isReady(slot)) return false; // given up
    const { receive } = this.behaviour;
    this.beginMessage(slot, receive);
    isCommon = !this.isFollowed(receive);
    return true;
  }

  /**
   * Does what an envelope wants that calls no handler, or says which to call;
   * returns whether there is one.
   */
  private prepare({ envelope, reply }: Request): boolean {
    if (envelope?.kind === "stop") {
      this.stopAsked(reply as Future<boolean> | undefined);
      return false;
    }
    if (reply !== undefined && isReady(reply)) return false; // given up
    try {
      this.beginMessage(reply, this.lookUp(envelope));
      isCommon = false;
      return true;
    } catch (error) {
      // Nobody's handler is at fault, so the actor lives on in any case.
      if (reply !== undefined) reject(reply, error);
      else this.log("warn", `${this.self.ref} refused a message`, error);
      return false;
    }
  }

  /** Finds out what an envelope wants to be called, and what is known of that. */
  private lookUp(envelope: Envelope): Handler {
    const { behaviour } = this;
    const actor = this.actor!;
    const isCall = envelope?.kind === "call";
    if (isCall && Array.isArray(envelope.args)) {
      method = behaviour.methodOf(actor, envelope.path);
      if (method !== undefined) return method.handler;
    }
    const found = resolve(actor, envelope);
    const { fn, self } = found;
    const handler = behaviour.handler(memberOf(envelope), fn);
    const name = handler.member;
    if (isCall && self === actor && !Object.hasOwn(actor, name)) {
      behaviour.keepMethod({ name, fn, handler });
    }
    deed = found; // at the end: whoever throws must leave nothing behind
    return handler;
  }

  /** Calls a handler that is followed, or another than `onReceive()`. */
  private handle(message: unknown): unknown {
    if (method === undefined && deed === undefined) {
      receiver = this.actor;
      received = message;
      return this.follow(receive);
    }
    const { fn, self, args } = deed ?? {
      fn: method!.fn,
      self: this.actor!,
      args: ((message as Request).envelope as Call).args,
    };
    method = deed = undefined;
    return this.isFollowed(this.handler)
      ? this.followDeed(fn, self, args)
      : Reflect.apply(fn, self, args);
  }

  /** Calls another handler, which is followed. */
  // A function of its own: only here shall the arguments be kept for a closure.
  private followDeed(
    fn: Deed["fn"],
    self: object,
    args: readonly unknown[],
  ): unknown {
    return this.follow(() => Reflect.apply(fn, self, args));
  }

  /** Whether a handler is known by what it does after an `await`. */
  private isFollowed(handler: Handler): boolean {
    return isFollowed(handler) && this.isObservant;
  }

  /** Runs a handler in the asynchronous context of its turn. */
  // An `async` function counts as waiting from its start, for all that it reads
  // it reads before its end. Another may return something that is no promise.
  private follow(run: () => unknown): unknown {
    const turn = this.waiter();
    turn.handler.turns++;
    turn.suspended = turn.handler.isAsync;
    const storage = asyncContext();
    let result: unknown;
    if (storage === undefined) result = run();
    else {
      turn.followed = true;
      result = storage.run(turn, run);
    }
    if (!(result instanceof Promise)) turn.suspended = false; // a stand-in
    return result;
  }

  /**
   * Replies with what a handler returned, now or when it is known. It throws
   * what looking at that throws.
   */
  private answer(result: unknown): void {
    if (this.hasEnded) return this.dropLater(result);
    if (result instanceof Future) this.delegate(result);
    else if (isThenable(result)) this.await(result);
    else if (this.reply !== undefined) fulfil(this.reply, result);
  }

  /** Hands the reply over to another future. */
  // The message is over. Who does not read a future is told if that fails.
  private delegate(future: Future<unknown>): void {
    if (this.reply === undefined) return;
    const turn = this.waiter();
    this.current = this.reply = undefined;
    (this.delegations ??= new Delegations()).add(turn, future);
  }

  /** Waits for the end of a handler or hook. */
  private await(promise: PromiseLike<unknown>): void {
    const turn = this.current ??= takeTurn(this.self, this.reply, this.handler);
    turn.listen(promise); // first of all, because no honest promise may throw
    if (!turn.suspended) {
      turn.suspended = true;
      turn.handler.isPromising = true;
      // Where one wait closes a circle, others may be over with it.
      for (const future of [...turn.waits ?? []]) {
        if (forget(turn, future)) context.wait(turn, future);
      }
      turn.late = undefined; // waits that begin from now on are others
    }
    if (turn.followed) context.followed++;
    watch(turn);
  }

  /** Tells who asked, or ends the actor. */
  private handlerThrew(error: unknown): void {
    this.failures++;
    if (this.current !== undefined) this.current.suspended = false;
    const { reply } = this;
    if (reply === undefined) this.fail("failed", error);
    else if (reject(reply, error)) this.noteFailure(error);
    else if (!knows(reply, error)) {
      const text = `${this.handler.member} of ${this.self.ref} threw`;
      this.log("error", `${text} after its asker gave up`, error);
    }
  }

  /** Drops what comes of an actor that was killed meanwhile. */
  private dropLater(result: unknown): void {
    Promise.resolve(result).then(
      (value) => this.drop(this.handler, "returned", value),
      (error) => this.drop(this.handler, "threw", error),
    );
  }
}

function isPlain(result: unknown): boolean {
  return typeof result !== "object" && typeof result !== "function";
}

function leave(turn: Turn): void {
  unwatch(turn);
  turn.suspended = false;
  if (turn.followed) context.followed--;
}

// A handler that passes its signal on throws what its asker has got already.
function knows(asker: Future<unknown> | undefined, error: unknown): boolean {
  const known = asker && exceptionOf(asker);
  return asker !== undefined && (known === error ||
    known instanceof ActorDeadError && known.cause === error);
}
