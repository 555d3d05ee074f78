import type { Handler } from "./context.ts";
import { isAsync } from "./functions.ts";
import type { Methods } from "./members.ts";
import type { ActorClass } from "./ref.ts";

/** What is known of the handlers of a class. */
export class Behaviour {
  /** Whether it has an `onStart()` of its own. */
  readonly hasStart: boolean;
  /** Whether it has `async` methods or hooks. */
  readonly hasAsync: boolean;
  /** `onReceive()`. */
  readonly receive: Handler;
  /** The methods that were called from outside so far. */
  readonly methods: Methods = new Map();
  readonly #handlers = new Map<string, Handler>();
  #latest: Handler | undefined = undefined;

  /**
   * Constructs a new instance.
   *
   * @param actorClass The class.
   */
  constructor(readonly actorClass: ActorClass) {
    const { onReceive } = actorClass.prototype as unknown as {
      onReceive: unknown;
    };
    this.receive = this.handler("onReceive", onReceive);
    this.hasStart = !isOfBase(actorClass.prototype, "onStart");
    this.hasAsync = hasAsync(actorClass.prototype);
  }

  /** What is known of a method, attribute or hook. */
  handler(member: string, fn: unknown): Handler {
    if (this.#latest?.member === member) return this.#latest;
    let handler = this.#handlers.get(member);
    if (handler === undefined) {
      handler = {
        member,
        isAsync: isAsync(fn),
        isPromising: false,
        asks: false,
        turns: 0,
      };
      this.#handlers.set(member, handler);
    }
    return this.#latest = handler;
  }
}

/** Whether the nearest method of a name is that of `Actor`. */
function isOfBase(prototype: object, name: string): boolean {
  let holder = prototype;
  while (!Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder);
  return Object.hasOwn(holder, "actorRef");
}

/** Whether a method is `async`, other than those of `Actor`. */
function hasAsync(prototype: object): boolean {
  if (Object.hasOwn(prototype, "actorRef")) return false;
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
 * it runs: for that may have been it.
 */
export function isFollowed(handler: Handler): boolean {
  return (handler.isAsync || handler.isPromising) &&
    (handler.asks || handler.turns < TRIALS);
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
