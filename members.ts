import type { Envelope } from "./envelope.ts";

/** What a member is, seen from outside. */
export type MemberKind = "method" | "attribute" | "traversable";

/** What a proxy never shows, whatever the subclass declares. */
export type HiddenName =
  | "then"
  | "toJSON"
  | "onStart"
  | "onStop"
  | "onFailure"
  | "onReceive"
  | "actorSystem"
  | "signal";

const HIDDEN: ReadonlySet<string> = new Set(
  [
    "constructor",
    "signal",
    "then",
    "toJSON",
    "onStart",
    "onStop",
    "onFailure",
    "onReceive",
    "actorSystem",
  ] satisfies (HiddenName | "constructor")[],
);

/** Marks an object whose own members can be reached through a proxy. */
export const traversableMarker: unique symbol = Symbol.for(
  "@dekka/actors/traversable",
);

/** An object whose members can be reached through the proxy of its actor. */
export interface Traversable {
  /** Present on every traversable object. */
  readonly [traversableMarker]: true;
}

/**
 * Marks an object as traversable, and returns it.
 *
 * After Pykka's `pykka.traversable()`.
 *
 * @typeParam T The type of the object.
 * @param value The object; it must be extensible.
 * @returns The same object.
 *
 * @example Usage
 * ```ts
 * import { EventedActor, traversable } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * class Player extends EventedActor {
 *   readonly playback = traversable({ volume: 5, mute: () => true });
 * }
 *
 * await using player = Player.start();
 * assertEquals(await player.proxy().playback.volume, 5);
 * assertEquals(await player.proxy().playback.mute(), true);
 * ```
 */
export function traversable<T extends object>(value: T): T & Traversable {
  Object.defineProperty(value, traversableMarker, {
    value: true,
    configurable: true,
  });
  return value as T & Traversable;
}

/** Whether a name is never shown. */
export function isHidden(name: unknown): boolean {
  return typeof name !== "string" || name.startsWith("_") || HIDDEN.has(name);
}

/**
 * What the last name of a path is, without running a getter.
 *
 * @param root The actor, or the prototype of its class when it has ended.
 * @param path Names of members, from the actor inwards.
 * @returns `undefined` if there is no such member, or if it is hidden.
 */
export function kindOf(
  root: object,
  path: readonly string[],
): MemberKind | undefined {
  const owner = ownerOf(root, path);
  const name = path.at(-1);
  if (owner === undefined || isHidden(name)) return undefined;
  const property = find(owner, name!);
  if (property === undefined) return undefined;
  if (typeof property.value === "function") return "method";
  return isTraversable(property.value) ? "traversable" : "attribute";
}

/** What an envelope asks for, looked up but not done: `fn` on `self`. */
export interface Deed {
  /** What to call. */
  // deno-lint-ignore ban-types
  readonly fn: Function;
  /** On what. */
  readonly self: object;
  /** With what. */
  readonly args: readonly unknown[];
}

/**
 * Looks up what an envelope asks for.
 *
 * @param root The actor.
 * @param envelope A call, a read or a write.
 * @returns What to do.
 * @throws {TypeError} If that cannot be done from outside.
 */
export function resolve(
  root: object,
  envelope: Envelope,
): Deed {
  switch (envelope?.kind) {
    case "call": {
      const { path, args } = envelope;
      if (!Array.isArray(args)) {
        throw new TypeError(`Cannot call ${nameOf(root)}: args are no array`);
      }
      const [self, name] = locate(root, path, "call", ["method"]);
      return { fn: Reflect.get(self, name), self, args };
    }
    case "read": {
      const [self, name] = locate(root, envelope.path, "read");
      return { fn: Reflect.get, self: Reflect, args: [self, name] };
    }
    case "write": {
      const { name, value } = envelope;
      const kinds: MemberKind[] = ["attribute", "traversable"];
      const [self] = locate(root, [name], "set", kinds);
      return { fn: assign, self, args: [self, name, value] };
    }
    default: {
      const { kind } = (envelope ?? {}) as { kind: unknown };
      throw new TypeError(
        `Cannot handle envelope: its kind is ${String(kind)}`,
      );
    }
  }
}

function assign(owner: object, name: string, value: unknown): void {
  const property = find(owner, name)!;
  const isWritable = property.writable ?? property.set !== undefined;
  if (!isWritable || !Reflect.set(owner, name, value)) {
    throw new TypeError(`Cannot set ${nameOf(owner)}.${name}: it is read-only`);
  }
}

function locate(
  root: object,
  path: readonly string[],
  verb: string,
  kinds?: readonly MemberKind[],
): [owner: object, name: string] {
  if (!Array.isArray(path) || path.some((name) => typeof name !== "string")) {
    throw new TypeError(
      `Cannot ${verb} ${nameOf(root)}: its path is no list of names`,
    );
  }
  const kind = kindOf(root, path);
  if (kind !== undefined && kinds?.includes(kind) !== false) {
    return [ownerOf(root, path)!, path.at(-1)!];
  }
  throw new TypeError(
    `Cannot ${verb} ${nameOf(root)}.${path.join(".")}: ${
      kind === undefined
        ? "there is no such public member"
        : `it is ${kind === "attribute" ? "an" : "a"} ${kind}`
    }`,
  );
}

function nameOf(root: object): string {
  return String(root.constructor.name);
}

/** The object that the last name of a path belongs to. */
function ownerOf(root: object, path: readonly string[]): object | undefined {
  let owner: object = root;
  for (const name of path.slice(0, -1)) {
    const value = isHidden(name) ? undefined : find(owner, name)?.value;
    if (!isTraversable(value)) return undefined;
    owner = value;
  }
  return owner;
}

/** The nearest property of a name; what `Object.prototype` brings does not count. */
function find(owner: object, name: string): PropertyDescriptor | undefined {
  let holder: object | null = owner;
  while (holder !== null && holder !== Object.prototype) {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (property !== undefined) return property;
    holder = Object.getPrototypeOf(holder);
  }
}

function isTraversable(value: unknown): value is Traversable {
  return typeof value === "object" && value !== null &&
    (value as Partial<Traversable>)[traversableMarker] === true;
}
