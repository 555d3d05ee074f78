import type { Actor } from "./actor.ts";
import { context, currentWaiter } from "./context.ts";
import { forget, type Future } from "./future.ts";
import {
  type ActorClass,
  type ActorRef,
  mailboxOf,
  type MessageOf,
  serialOf,
} from "./ref.ts";
import { type GetOptions, isTimed, refusal } from "./timers.ts";

/** Takes an actor that stops out of the look-ups, until `stopped` settles. */
export let hide: (registry: Registry, ref: ActorRef) => void;
/** Forgets an actor that has ended, whether it was hidden or not. */
export let forgetRef: (registry: Registry, ref: ActorRef) => void;
/** Every actor that has not ended, those that stop included. */
export let everyRef: (registry: Registry) => ActorRef[];
/** Makes a reference known by its URN, which is made when it is first read. */
export let nameRef: (registry: Registry, ref: ActorRef, urn: string) => void;

/**
 * What a registry has of other threads; a registry that is alone has none. All
 * that is said here is said of this thread as well.
 */
export interface Elsewhere {
  /**
   * The running actors of a class or its subclasses, of the classes of a name,
   * or of a registry: all of them, on every thread.
   *
   * @param target The class, the name or the registry.
   * @param classes The classes that this thread has actors of.
   * @returns `undefined` if no more is to be known than this thread knows.
   */
  getAll(
    target: ActorClass | string | Registry,
    classes: ReadonlyMap<ActorClass, unknown>,
  ): ActorRef[] | undefined;
  /** The running actor with a URN that this thread does not list. */
  getByUrn(actorUrn: string): ActorRef | undefined;
  /** Is told who is added. */
  register(ref: ActorRef): void;
  /** Is told who is removed, which may be alive. */
  unregister(ref: ActorRef): void;
  /**
   * Every actor that has not ended, in the order of their start.
   *
   * @param known Those that this thread knows.
   * @param options How long to wait for the others.
   */
  all(known: ActorRef[], options: GetOptions): Promise<ActorRef[]>;
}

/** Lets a registry list actors of other threads. */
export let widen: (registry: Registry, elsewhere: Elsewhere) => void;

/**
 * The running actors of one {@linkcode ActorSystem}.
 *
 * After Pykka's `pykka.ActorRegistry`. Look-ups by URN and by class do not go
 * through all actors. In Workers of `@dekka/actors/worker` it finds the actors
 * of all threads, as it does on the main thread.
 *
 * @example Usage
 * ```ts
 * import { ActorRegistry, EventedActor } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * class Worker extends EventedActor {}
 *
 * const worker = Worker.start();
 * assertEquals(ActorRegistry.getByUrn(worker.actorUrn), worker);
 * assertEquals(ActorRegistry.getByClass(Worker), [worker]);
 * assertEquals(await ActorRegistry.stopAll(), [true]);
 * ```
 */
export class Registry {
  // The one place where the running actors are: there are few classes, and to
  // sort their actors by their start is only needed when all are asked for.
  readonly #byClass = new Map<ActorClass, Set<ActorRef>>();
  readonly #stopping = new Set<ActorRef>();
  #registered = 0;
  readonly #byUrn = new Map<string, ActorRef>();
  #elsewhere: Elsewhere | undefined = undefined;

  /**
   * Adds a reference. Starting an actor does this; a dead reference is ignored.
   *
   * @param ref The reference.
   */
  register(ref: ActorRef): void {
    const mailbox = mailboxOf(ref);
    const { actorClass } = mailbox;
    if (mailbox.death !== undefined) return;
    let ofClass = this.#byClass.get(actorClass);
    if (ofClass === undefined) {
      this.#byClass.set(actorClass, ofClass = new Set());
    }
    if (mailbox.system.registry !== this) {
      if (ofClass.has(ref)) return;
      // An actor of another system does not know this registry: it is asked
      // for its URN now, and for its end.
      void ref.actorUrn;
      ref.stopped.then(() => this.unregister(ref));
    }
    ofClass.add(ref);
    this.#registered++;
    const { knownUrn } = mailbox;
    if (knownUrn !== undefined) this.#byUrn.set(knownUrn, ref);
    this.#elsewhere?.register(ref);
  }

  /**
   * Removes a reference, if it is there. An actor that ends does this.
   *
   * @param ref The reference.
   */
  unregister(ref: ActorRef): void {
    this.#elsewhere?.unregister(ref);
    const { actorClass, knownUrn } = mailboxOf(ref);
    const ofClass = this.#byClass.get(actorClass);
    if (!ofClass?.delete(ref)) return;
    if (ofClass.size === 0) this.#byClass.delete(actorClass);
    if (knownUrn !== undefined) this.#byUrn.delete(knownUrn);
  }

  /**
   * Every running actor, in the order of their start.
   *
   * @returns References, in a new array.
   */
  getAll(): ActorRef[] {
    return this.#find(this);
  }

  /**
   * The running actors of a class or its subclasses.
   *
   * @typeParam A The class.
   * @param actorClass The class, which may be abstract.
   * @returns References, in a new array.
   */
  getByClass<A extends Actor>(actorClass: ActorClass<A>): ActorRef<A>[] {
    return this.#find(actorClass) as ActorRef<A>[];
  }

  /**
   * The running actors of the classes of a name.
   *
   * @param className The name of a class.
   * @returns References, in a new array.
   */
  getByClassName(className: string): ActorRef[] {
    return this.#find(className);
  }

  /**
   * The running actor with a URN.
   *
   * @param actorUrn What `ref.actorUrn` says.
   * @returns The reference, or `undefined`.
   */
  getByUrn(actorUrn: string): ActorRef | undefined {
    return this.#byUrn.get(actorUrn) ?? this.#elsewhere?.getByUrn(actorUrn);
  }

  /**
   * Tells every running actor of a class and its subclasses.
   *
   * @typeParam A The class.
   * @param message What their `onReceive()` gets.
   * @param target The class.
   */
  broadcast<A extends Actor>(
    message: MessageOf<A>,
    target: ActorClass<A>,
  ): void;
  /**
   * Tells every running actor, or every one of a class name.
   *
   * @param message What their `onReceive()` gets.
   * @param target The name of a class.
   */
  broadcast(message: unknown, target?: string): void;
  broadcast(message: unknown, target: ActorClass | string | this = this): void {
    for (const ref of this.#find(target)) {
      if (ref.isAlive()) ref.tell(message);
    }
  }

  /**
   * Stops every running actor, strictly one after another, the last started
   * first, those included that start or are stopping meanwhile.
   *
   * @param options How long to wait for all of them together.
   * @returns For each actor, whether a stop ended it. It rejects with `Timeout`
   * or the reason of the signal; those that were asked to stop go on stopping.
   */
  async stopAll(options: GetOptions = {}): Promise<boolean[]> {
    const results: boolean[] = [];
    const waiter = isTimed(options) ? undefined : currentWaiter();
    const refused = refusal(options, () => "Cannot stop all actors");
    if (refused !== undefined) throw refused.reason;
    const deadline = Date.now() + (options.timeout ?? Infinity);
    const rest = () => ({
      ...options,
      timeout: Math.max(0, deadline - Date.now()),
    });
    const elsewhere = this.#elsewhere;
    const ends: Future<void>[] = [];
    let refs: ActorRef[] = [];
    let known: number | undefined;
    try {
      while (true) {
        if (refs.length === 0 || known !== this.#registered) {
          known = this.#registered;
          refs = everyRef(this).sort(byStart);
          if (elsewhere) refs = await elsewhere.all(refs, rest());
          // From now on, who asks this caller waits for all of them.
          for (const { stopped } of waiter ? refs.map(mailboxOf) : []) {
            context.wait(waiter!, stopped);
            ends.push(stopped);
          }
        }
        const ref = refs.pop();
        if (ref === undefined) return results;
        results.push(await ref.stop().get(rest()));
        forgetRef(this, ref); // one of another system is still there
      }
    } finally {
      for (const end of ends) forget(waiter!, end);
    }
  }

  // There are few classes and many actors. Those of a class are in the order in
  // which they were registered: a constructor may start others of its class.
  #find(target: ActorClass | string | this): ActorRef[] {
    const all = this.#elsewhere?.getAll(target, this.#byClass);
    if (all) return all;
    return [...this.#byClass].flatMap(([candidate, refs]) =>
      target === this || candidate === target ||
        (typeof target === "string"
          ? candidate.name === target
          : candidate.prototype instanceof (target as ActorClass))
        ? [...refs]
        : []
    ).sort(byStart);
  }

  static {
    hide = (registry, ref) => {
      registry.unregister(ref);
      registry.#stopping.add(ref);
    };
    everyRef = (registry) =>
      [...registry.#byClass.values(), registry.#stopping].flatMap((refs) => [
        ...refs,
      ]);
    widen = (registry, elsewhere) => registry.#elsewhere = elsewhere;
    forgetRef = (registry, ref) => {
      registry.unregister(ref);
      registry.#stopping.delete(ref);
    };
    nameRef = (registry, ref, urn) => {
      const ofClass = registry.#byClass.get(ref.actorClass);
      if (ofClass?.has(ref)) registry.#byUrn.set(urn, ref);
    };
  }
}

/** Sorts references in the order of their start. */
export function byStart(a: ActorRef, b: ActorRef): number {
  return serialOf(a) - serialOf(b);
}
