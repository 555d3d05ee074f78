import { context, type Handler } from "./context.ts";
import { isAsync } from "./functions.ts";
import type { Hooks } from "./handling.ts";
import type { ActorClass } from "./ref.ts";

/** A method of a class that was called from outside. */
export interface KnownMethod {
  /** Its name. */
  readonly name: string;
  /** What is called. */
  // deno-lint-ignore ban-types
  readonly fn: Function;
  /** What is known of it. */
  readonly handler: Handler;
}

/** How many members of a class are known at most. */
const MANY = 1024;

/** What is known of the handlers of a class. */
export class Behaviour {
  /** The `onStart()` of `Actor`, which does nothing. */
  readonly noStart: unknown;
  /** Whether it has `async` methods or hooks. */
  readonly hasAsync: boolean;
  /** `onReceive()`. */
  readonly receive: Handler;
  readonly #handlers = new Map<string, Handler>();
  readonly #methods = new Map<string, KnownMethod>();
  // Most are called several times in a row.
  #latest: KnownMethod | undefined = undefined;

  /**
   * Constructs a new instance.
   *
   * @param actorClass The class.
   */
  constructor(readonly actorClass: ActorClass) {
    const prototype: Hooks = actorClass.prototype as never;
    this.receive = this.handler("onReceive", prototype.onReceive);
    this.noStart = baseOf(prototype).onStart;
    this.hasAsync = hasAsync(prototype);
  }

  /** What is known of a method, attribute or hook. */
  handler(member: string, fn: unknown): Handler {
    let handler = this.#handlers.get(member);
    if (handler === undefined) {
      handler = {
        member,
        isAsync: isAsync(fn),
        isPromising: false,
        asks: false,
        turns: 0,
      };
      // The members of what is traversable may come and go without end.
      if (this.#handlers.size === MANY) this.#handlers.clear();
      this.#handlers.set(member, handler);
    }
    return handler;
  }

  /** The method that a path names, if it was called before on such an actor. */
  methodOf(actor: object, path: readonly string[]): KnownMethod | undefined {
    if (path?.length !== 1) return undefined;
    const name = path[0]!;
    if (this.#latest?.name !== name) this.#latest = this.#methods.get(name);
    const method = this.#latest;
    // Not if the actor has another by now, be it its own or of its class.
    return method !== undefined && actor[name as never] === method.fn
      ? method
      : undefined;
  }

  /** Keeps a method that was found callable. */
  keepMethod(method: KnownMethod): void {
    this.#methods.set(method.name, method);
  }
}

/** The prototype of `Actor`. */
function baseOf(prototype: Hooks): Hooks {
  const parent = Object.getPrototypeOf(prototype);
  return parent === Object.prototype ? prototype : baseOf(parent);
}

/** Whether a method is `async`; none of `Actor` is. */
function hasAsync(prototype: object | null): boolean {
  if (prototype === null) return false;
  const own = Object.values(Object.getOwnPropertyDescriptors(prototype));
  return own.some(({ value }) => isAsync(value)) ||
    hasAsync(Object.getPrototypeOf(prototype));
}

const behaviours = new WeakMap<ActorClass, Behaviour>();

/** So many times a handler is followed in any case. */
const TRIALS = 64;

/**
 * Whether a handler is to be known by what it does after an `await`.
 *
 * That costs more than the handling of a message. A handler that often was and
 * never asked or waited for anybody is spared it, until some stranger asks while
 * it runs: for that may have been it. One that is not `async` may return a promise
 * all the same; nothing is loaded to find that out.
 */
export function isFollowed(handler: Handler): boolean {
  const mayAwait = handler.isAsync || handler.isPromising;
  return handler.turns < TRIALS
    ? mayAwait || context.storage !== undefined
    : mayAwait && handler.asks;
}

/** What is known of the handlers of a class; the same object each time. */
export function behaviourOf(actorClass: ActorClass): Behaviour {
  let behaviour = behaviours.get(actorClass);
  if (behaviour === undefined) {
    behaviours.set(actorClass, behaviour = new Behaviour(actorClass));
  }
  return behaviour;
}

/** The handler of a life that is not in a turn. */
export const NO_HANDLER: Handler = {
  member: "",
  isAsync: false,
  isPromising: false,
  asks: false,
  turns: 0,
};
