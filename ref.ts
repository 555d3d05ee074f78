import type { Actor } from "./actor.ts";
import { ask, assertAlive, endOf, request } from "./asking.ts";
import type { Future } from "./future.ts";
import { showAs } from "./inspect.ts";
import type { Mailbox } from "./mailbox.ts";
import { type ActorProxy, createProxy, type PublicName } from "./proxy.ts";
import type { GetOptions } from "./timers.ts";

/** A class of actors, which may be abstract. */
export type ActorClass<A extends Actor = Actor> = abstract new (
  ...args: never[]
) => A;

/** What an actor takes in `onReceive()`. */
export type MessageOf<A extends Actor> = A extends Actor<infer Message, infer _>
  ? Message
  : never;

/** What an actor answers from `onReceive()`. */
export type ReplyOf<A extends Actor> = A extends Actor<infer _, infer Reply>
  ? Reply
  : never;

/** The public attributes of `T` that can be assigned, with their types. */
export type Attributes<T> = {
  [
    Key in keyof T as T[Key] extends (...args: never[]) => unknown ? never
      : IsReadonly<T, Key> extends true ? never
      : PublicName<Key>
  ]: T[Key];
};

/** Whether a property is read-only. */
export type IsReadonly<T, Key extends keyof T> = (
  <X>() => X extends Pick<T, Key> ? 1 : 2
) extends <X>() => X extends Readonly<Pick<T, Key>> ? 1 : 2 ? true : false;

/** The mailbox behind a reference. */
export let mailboxOf: (ref: ActorRef) => Mailbox;

/** Makes the reference of a mailbox. Each mailbox has one, so that `===` holds. */
export let createRef: (mailbox: Mailbox) => ActorRef;

/** Grows with each reference that is made. */
export let serialOf: (ref: ActorRef) => number;

let references = 0;

/** The name of a number that tells references apart, for tools that compare. */
const serial: unique symbol = Symbol.for("@dekka/actors/ref");

interface Numbered {
  [serial]?: number;
}

/**
 * A reference to an actor, which may be passed around freely.
 *
 * There is one for each actor on a thread, so references can be compared with
 * `===` and be keys of a `Map`. A reference to an actor is also a reference to
 * an actor of any superclass. It keeps no actor alive once that has ended.
 *
 * After Pykka's `pykka.ActorRef`.
 *
 * @typeParam A The class of the actor.
 *
 * @example Usage
 * ```ts
 * import { EventedActor } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * class Adder extends EventedActor {
 *   override onReceive(numbers: number[]): number {
 *     return numbers.reduce((sum, n) => sum + n, 0);
 *   }
 * }
 *
 * const adder = Adder.start();
 * assertEquals(await adder.ask([1, 2, 3]), 6);
 * assertEquals(await adder.stop(), true);
 * ```
 */
export class ActorRef<out A extends Actor = Actor> implements AsyncDisposable {
  readonly #mailbox: Mailbox;
  #proxy: object | undefined = undefined;

  /** References are made by `start()`. */
  private constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
    (this as Numbered)[serial] = references++;
  }

  /** Identifies the actor, universally: `urn:uuid:...`. */
  get actorUrn(): string {
    return this.#mailbox.actorUrn;
  }

  /** The class of the actor. */
  get actorClass(): ActorClass<A> {
    return this.#mailbox.actorClass as ActorClass<A>;
  }

  /**
   * Whether the actor still takes messages.
   *
   * @returns `false` from when it begins to end.
   */
  isAlive(): boolean {
    return this.#mailbox.death === undefined;
  }

  /**
   * Sends a message, and expects no answer.
   *
   * @typeParam Self The class of the actor; to be named inside an actor, as in
   * `this.actorRef.tell<Counter>("again")`.
   * @param message What `onReceive()` gets.
   * @throws {ActorDeadError} If the actor is not alive.
   */
  tell<Self extends Actor>(
    this: ActorRef<Self>,
    message: MessageOf<Self>,
  ): void {
    assertAlive(this.#mailbox);
    this.#mailbox.post(message, undefined);
  }

  /**
   * Sends a message, and returns a future of the answer. It never throws.
   *
   * The options bound the ask: past them the future fails with `Timeout` or
   * with the reason of the signal, and a message that the actor has not begun
   * to handle is never handled.
   *
   * @typeParam Self The class of the actor; to be named inside an actor.
   * @param message What `onReceive()` gets.
   * @param options How long to wait for the reply.
   * @returns A future of what `onReceive()` returns. It fails with the very
   * exception that the handler threw, or with `ActorDeadError`, `Timeout`, the
   * reason of the signal, `DeadlockError`, `RangeError` if the timeout is
   * negative or not a number, or `TypeError` if the actor takes no messages.
   */
  ask<Self extends Actor>(
    this: ActorRef<Self>,
    message: MessageOf<Self>,
    options?: GetOptions,
  ): Future<ReplyOf<Self>> {
    return ask(this.#mailbox, message, options) as Future<ReplyOf<Self>>;
  }

  /**
   * Assigns a public attribute of the actor, in order with its messages.
   *
   * @typeParam Name The name of the attribute.
   * @param name The name of the attribute.
   * @param value What to assign.
   * @returns A future that fails with `TypeError` if the attribute cannot be
   * written, and as `ask()` does.
   */
  set<Name extends keyof Attributes<A>>(
    name: Name,
    value: Attributes<A>[Name],
  ): Future<void> {
    const envelope = { kind: "write", name: name as string, value } as const;
    return request(this.#mailbox, envelope) as Future<void>;
  }

  /**
   * The members of the actor, each as a future or a method.
   *
   * @typeParam Self The class of the actor; to be named inside an actor, as in
   * `this.actorRef.proxy<Counter>()`.
   * @returns The same proxy each time.
   * @throws {ActorDeadError} If the actor is not alive.
   */
  proxy<Self extends Actor>(this: ActorRef<Self>): ActorProxy<Self> {
    assertAlive(this.#mailbox);
    this.#proxy ??= createProxy(this.#mailbox);
    return this.#proxy as ActorProxy<Self>;
  }

  /**
   * Asks the actor to stop once it has handled the messages before this call.
   *
   * @returns A future: true if a stop ended the actor, false if it ended
   * otherwise or earlier. It settles when the actor has ended, and rejects
   * only with `DeadlockError`, where a circle of waits makes it.
   */
  stop(): Future<boolean> {
    return this.#mailbox.stop();
  }

  /**
   * Ends the actor now: no hook runs, nothing that waits is handled, and every
   * ask fails with `ActorDeadError`.
   *
   * @param reason What `this.signal` aborts with, and the `cause` of the errors.
   */
  kill(reason?: unknown): void {
    this.#mailbox.kill(reason);
  }

  /** Settles when the actor has ended, however it ended. */
  get stopped(): Future<void> {
    return endOf(this.#mailbox);
  }

  /**
   * Class name and URN of the actor.
   *
   * @returns For example `Counter (urn:uuid:...)`.
   */
  toString(): string {
    return `${String(this.actorClass.name)} (${this.actorUrn})`;
  }

  /**
   * Stops the actor at the end of an `await using` block.
   *
   * @returns A promise that settles when the actor has ended.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  static {
    mailboxOf = (ref) => ref.#mailbox;
    createRef = (mailbox) => new ActorRef(mailbox);
    serialOf = (ref) => (ref as Numbered)[serial]!;
    showAs(this.prototype, (ref) => `ActorRef of ${ref}`);
  }
}
