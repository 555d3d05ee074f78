import type { Actor } from "./actor.ts";
import { assertAlive, request } from "./asking.ts";
import { type Future, Origin } from "./future.ts";
import { showAs } from "./inspect.ts";
import type { Mailbox } from "./mailbox.ts";
import type { HiddenName, MemberKind, Traversable } from "./members.ts";
import type { ActorRef } from "./ref.ts";

/**
 * A method of an actor, seen from outside.
 *
 * After Pykka's `pykka.CallableProxy`.
 *
 * @typeParam Args The parameters of the method.
 * @typeParam Result What the method returns, once awaited.
 */
export interface ProxyMethod<Args extends unknown[], Result> {
  /**
   * Asks the actor to run the method.
   *
   * @param args What to call the method with.
   * @returns A future of what the method returns.
   */
  (...args: Args): Future<Result>;
  /**
   * Tells the actor to run the method, and forgets about the result.
   *
   * @param args What to call the method with.
   * @throws {ActorDeadError} If the actor is not alive.
   */
  defer(...args: Args): void;
}

/**
 * How a member shows through a proxy: a method as a {@linkcode ProxyMethod}, a
 * traversable object as {@linkcode ProxyMembers}, the rest as a future. What may
 * be one or the other shows as one or the other.
 *
 * The brackets keep a union whole: `Future<A | B>`, not `Future<A> | Future<B>`.
 */
export type ProxyMember<Member> = 0 extends 1 & Member ? Future<unknown> // any
  : [Member] extends [(...args: infer Args) => infer Result]
    ? ProxyMethod<Args, Awaited<Result>>
  : [Member] extends [Traversable] ? ProxyMembers<Member>
  :
    | Future<
      Awaited<Exclude<Member, ((...args: never[]) => unknown) | Traversable>>
    >
    | (Member extends ((...args: never[]) => unknown) | Traversable
      ? ProxyMember<Member>
      : never);

/** The names that a proxy shows: no symbols, hooks, or names that begin with `_`. */
export type PublicName<Key> = Key extends symbol | HiddenName | `_${string}`
  ? never
  : Key;

/** The public members of `T`, as a proxy shows them. */
export type ProxyMembers<T> = {
  readonly [Key in keyof T as PublicName<Key>]-?: ProxyMember<T[Key]>;
};

/**
 * The public members of an actor, as the rest of the program sees them.
 *
 * After Pykka's `pykka.ActorProxy`.
 *
 * @typeParam A The class of the actor.
 */
export type ActorProxy<A extends Actor> = {
  readonly [Key in keyof A as PublicName<Key>]-?: Key extends "actorRef"
    ? ActorRef<A>
    : ProxyMember<A[Key]>;
};

/** Makes the proxy of an actor, or of a traversable object of it. */
export function createProxy(
  mailbox: Mailbox,
  path: readonly string[] = [],
): object {
  return new Proxy(new Target(mailbox, path), TRAPS);
}

// What tools look at through these must answer, and not send a message.
const UNDEFINED_NAMES = new Set(["then", "toJSON", "constructor"]);

const TRAPS: ProxyHandler<Target> = {
  get(target, name) {
    if (typeof name === "symbol") return Reflect.get(target, name);
    return access(target, name);
  },
  has: (target, name) =>
    typeof name === "symbol" ? name in target : isMember(target, name),
  set(target, name) {
    throw new TypeError(
      `Cannot assign ${String(name)} of ${target}: use ref.set() or a method`,
    );
  },
};

/** What a proxy has made of a name. */
interface Member {
  readonly kind: MemberKind;
  readonly path: readonly string[];
  readonly value: object;
}

/** The name of a proxy's text; enumerable, so that other proxies are not equal. */
const label: unique symbol = Symbol.for("@dekka/actors/proxy");

let isMember: (target: Target, name: string) => boolean;
let access: (target: Target, name: string) => unknown;

/**
 * What stands behind a proxy. Tools that compare look through the proxy for all
 * that it has: that must be nothing but its text, or they would send messages.
 */
class Target {
  readonly [label]: string;
  readonly #mailbox: Mailbox;
  readonly #path: readonly string[];
  readonly #members = new Map<string, Member>();

  constructor(mailbox: Mailbox, path: readonly string[]) {
    this.#mailbox = mailbox;
    this.#path = path;
    this[label] = ["ActorProxy of " + mailbox.ref, ...path].join(".");
    Object.freeze(this);
  }

  #access(name: string): unknown {
    const known = this.#members.get(name);
    if (known === undefined) {
      if (UNDEFINED_NAMES.has(name)) return undefined;
      if (name === "actorRef" && this.#path.length === 0) {
        return this.#mailbox.ref;
      }
    }
    const path = known?.path ?? [...this.#path, name];
    const kind = this.#mailbox.kindOf(path);
    // An ended actor has lost what its class does not tell.
    if (known && (kind === known.kind || this.#mailbox.death)) {
      return known.value;
    }
    switch (kind) {
      case "method":
        return this.#keep(kind, path, createMethod(this.#mailbox, path));
      case "traversable":
        return this.#keep(kind, path, createProxy(this.#mailbox, path));
      case "attribute":
        return request(this.#mailbox, { kind: "read", path });
    }
    throw new TypeError(
      `Cannot access ${name} of ${this}: there is no such public member`,
    );
  }

  // The same object each time: `proxy.add === proxy.add`.
  #keep(kind: MemberKind, path: readonly string[], value: object): object {
    this.#members.set(path.at(-1)!, { kind, path, value });
    return value;
  }

  [Symbol.toPrimitive](): string {
    return this[label];
  }

  static {
    isMember = (target, name) =>
      target.#mailbox.kindOf([...target.#path, name]) !== undefined;
    access = (target, name) => target.#access(name);
    showAs(this.prototype, (target) => target[label]);
  }
}

function createMethod(
  mailbox: Mailbox,
  path: readonly string[],
): ProxyMethod<unknown[], unknown> {
  const origin = new Origin(mailbox, path.join("."), "reply");
  const call = (...args: unknown[]) =>
    request(mailbox, { kind: "call", path, args }, origin);
  const defer = (...args: unknown[]) => {
    assertAlive(mailbox);
    mailbox.send({ kind: "call", path, args }, undefined);
  };
  return Object.assign(call, { defer });
}
