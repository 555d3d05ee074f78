import type { Handler } from "./context.ts";
import { isAsync } from "./functions.ts";
import type { ActorClass } from "./ref.ts";

/** What is known of the handlers of a class. */
export class Behaviour {
  /** `onReceive()`. */
  readonly receive: Handler;
  readonly #handlers = new Map<string, Handler>();

  constructor(readonly actorClass: ActorClass) {
    const { onReceive } = actorClass.prototype as unknown as {
      onReceive: unknown;
    };
    this.receive = this.handler("onReceive", onReceive);
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
      this.#handlers.set(member, handler);
    }
    return handler;
  }
}

const behaviours = new WeakMap<ActorClass, Behaviour>();

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
