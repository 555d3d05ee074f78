import { Cell } from "./cell.ts";
import type { Runtime } from "./mailbox.ts";
import type { ActorRef } from "./ref.ts";
import { ActorSystem } from "./system.ts";

/**
 * The base of every actor. Subclass the actor class of a runtime.
 *
 * After Pykka's `pykka.Actor`.
 *
 * @typeParam Message What `onReceive()` takes.
 * @typeParam Reply What `onReceive()` answers.
 *
 * @example Usage
 * ```ts
 * import { EventedActor } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * class Counter extends EventedActor {
 *   count = 0;
 *   add(n: number): number {
 *     return this.count += n;
 *   }
 *   override onReceive(message: "get" | { add: number }): number {
 *     return message === "get" ? this.count : this.add(message.add);
 *   }
 * }
 *
 * await using counter = Counter.start();
 * counter.tell({ add: 1 });
 * assertEquals(await counter.ask("get"), 1);
 * assertEquals(await counter.proxy().add(2), 3);
 * ```
 */
export abstract class Actor<Message = unknown, Reply = unknown> {
  /** What the runtime of the class brings; for authors of runtimes. */
  static readonly runtime?: Runtime;
  readonly #cell: Cell;

  /**
   * Actors are constructed by `start()`.
   *
   * @throws {TypeError} If they are constructed otherwise.
   */
  constructor() {
    this.#cell = Cell.claim(this);
  }

  /**
   * Constructs an actor in the default system, registers it and starts it.
   *
   * @typeParam A The class of the actor.
   * @typeParam Args The arguments of its constructor.
   * @param args The arguments of its constructor.
   * @returns The reference to the actor; `onStart()` runs later.
   * @throws {TypeError} If the class has no runtime; else whatever the
   * constructor throws.
   */
  static start<A extends Actor, Args extends unknown[]>(
    this: new (...args: Args) => A,
    ...args: Args
  ): ActorRef<A> {
    return ActorSystem.default.start(this, ...args);
  }

  /** Identifies the actor, universally: `urn:uuid:...`. */
  get actorUrn(): string {
    return this.#cell.actorUrn;
  }

  /** The reference to hand out instead of `this`. */
  get actorRef(): ActorRef<this> {
    return this.#cell.ref as ActorRef<this>;
  }

  /** The system that owns this actor. */
  get actorSystem(): ActorSystem {
    return this.#cell.system;
  }

  /**
   * Aborted when the work at hand is no longer wanted: the actor is killed, or
   * the ask being handled was given up.
   */
  protected get signal(): AbortSignal {
    return this.#cell.signal;
  }

  /** Stops this actor once it has handled the messages before this call. */
  stop(): void {
    if (this.#cell.death === undefined) {
      this.#cell.send({ kind: "stop" }, undefined);
    }
  }

  /**
   * Runs before the first message.
   *
   * If it throws or rejects, the actor ends, and what waits in its inbox fails.
   *
   * @returns Nothing, or a promise that the first message waits for.
   */
  protected onStart(): void | Promise<void> {}

  /**
   * Runs after the last message.
   *
   * @returns Nothing, or a promise that the end waits for.
   */
  protected onStop(): void | Promise<void> {}

  /**
   * Runs when a message that nobody awaits or `onStart()` threw, before the
   * actor ends.
   *
   * @param _error What was thrown.
   * @returns Nothing, or a promise that the end waits for.
   */
  protected onFailure(_error: unknown): void | Promise<void> {}

  /**
   * Handles a message that is not a proxied call.
   *
   * @param _message What was told or asked.
   * @returns The reply, a promise of it, or a `Future` to hand the reply over to.
   * @throws {TypeError} If it is not overridden and somebody waits for a reply;
   * a message that nobody awaits is reported.
   */
  protected onReceive(_message: Message): Reply | PromiseLike<Reply> {
    return this.#cell.unexpected(_message) as Reply;
  }
}
