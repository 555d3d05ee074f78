import { ActorRef } from "../../ref.ts";
import { define } from "./define.ts";
import { type ErrorRecord, fillError, recordOf, textOf } from "./errors.ts";
import type { Passage, RefRecord, Special } from "./passage.ts";
import { isPlain, survivesJson } from "./plain.ts";
import { type Movable, takeTransfers } from "./transfer.ts";
import {
  foreignKind,
  isInstance,
  locate,
  refusal,
  Uncloneable,
} from "./uncloneable.ts";

const PROXY = Symbol.for("@dekka/actors/proxy");
const WHOLE_PROXY = /^ActorProxy of .* \(urn:uuid:[0-9a-f-]+\)$/;

/** What has more parts is not written as JSON. */
const FEW = 16;

/**
 * What is nested deeper is refused: V8 gives up a post, with all that is in it,
 * on the side where it arrives, without a word to who sent it. Deno clones up to
 * 2,600 levels; Workers of browsers have less room.
 */
const LEVELS = 500;

/** So many levels does an error add to what it hangs on. */
const ERROR_LEVELS = 4;

// What is derived from Array would be made by slice(), with its own fields.
function copyArray(array: readonly unknown[]): unknown[] {
  const { constructor }: { constructor: unknown } = array;
  if (constructor === Array) return array.slice();
  return Array.from({ length: array.length }, (_, index) => array[index]);
}

/**
 * Copies a value so that it can be cloned to another thread.
 *
 * Plain objects, arrays, maps and sets are copied at once, so that the sender
 * may change them. What is special stands in a list beside the copy, and the
 * same objects stand in the copy, so that no value of a user is mistaken.
 */
export class Encoder {
  /** The records that stand in the copy. */
  readonly specials: Special[] = [];
  /** What moves instead of being copied. */
  readonly transfers: Movable[] = [];
  /** Whether the copy holds objects of the sender: it must be sent at once. */
  live = false;
  /** Whether the copy is small, and comes back from JSON as it was. */
  brief = true;
  #parts = 0;
  #errorLevels = 0;
  readonly #passage: Passage;
  readonly #path: string[] = [];
  readonly #seen = new Map<object, unknown>();

  /**
   * Constructs a new instance.
   *
   * @param passage How references cross.
   */
  constructor(passage: Passage) {
    this.#passage = passage;
  }

  /**
   * Copies a value.
   *
   * @param value The value.
   * @param what What it is, for the error.
   * @throws {TypeError} If it holds what cannot be cloned; it names the path.
   */
  encode(value: unknown, what: string): unknown {
    try {
      return this.#walk(value);
    } catch (error) {
      const where = `Cannot clone ${locate(what, this.#path)}`;
      if (error instanceof Uncloneable) {
        throw new TypeError(`${where} is ${error.message}`);
      }
      // A getter of the sender, most likely.
      throw new TypeError(`${where} threw ${textOf(error)}`, { cause: error });
    }
  }

  #walk(value: unknown): unknown {
    if (isPlain(value)) return value;
    if (typeof value !== "object") throw new Uncloneable(`a ${typeof value}`);
    const object = value as object;
    const seen = this.#seen.get(object);
    if (seen !== undefined) {
      this.brief = false;
      return seen;
    }
    if (this.#path.length + this.#errorLevels > LEVELS) {
      throw new Uncloneable(`nested more than ${LEVELS} levels deep`);
    }
    const list = takeTransfers(object);
    if (list !== undefined) this.#transfer(list);
    if (Array.isArray(object)) return this.#array(object);
    const prototype = Object.getPrototypeOf(object);
    return prototype === Object.prototype || prototype === null
      ? this.#object(object)
      : this.#other(object);
  }

  #array(array: readonly unknown[]): unknown[] {
    const copy = copyArray(array);
    this.#seen.set(array, copy);
    for (const [index, item] of array.entries()) {
      if (isPlain(item)) this.#note(item);
      else copy[index] = this.#member(`[${index}]`, item);
    }
    const { index, groups } = array as Partial<RegExpExecArray>;
    if (index !== undefined || groups !== undefined) {
      this.#match(array as RegExpExecArray, copy as RegExpExecArray);
    }
    return copy;
  }

  // The only arrays with members that have a name.
  #match(array: RegExpExecArray, copy: RegExpExecArray): void {
    this.brief = false;
    for (const key of ["index", "input", "groups", "indices"] as const) {
      if (!Object.hasOwn(array, key)) continue;
      define(copy, key, this.#member(`.${key}`, array[key]));
    }
  }

  #object(object: object): object {
    const copy: Record<string, unknown> = {};
    this.#seen.set(object, copy);
    for (const key of Object.keys(object)) {
      const value = (object as Record<string, unknown>)[key];
      if (isPlain(value)) this.#note(value);
      const encoded = isPlain(value) ? value : this.#member(`.${key}`, value);
      if (key !== "__proto__") copy[key] = encoded;
      else define(copy, key, encoded);
    }
    return copy;
  }

  #note(item: unknown): void {
    this.brief &&= ++this.#parts <= FEW && survivesJson(item);
  }

  #other(object: object): unknown {
    this.brief = false;
    if (object instanceof ActorRef) return this.#ref("ref", object, object);
    if (PROXY in object) return this.#proxy(object);
    if (object instanceof Error) return this.#error(object);
    if (object instanceof Map) return this.#map(object);
    if (object instanceof Set) return this.#set(object);
    if (object instanceof Date) return this.#keep(object, new Date(object));
    switch (foreignKind(object)) {
      case "Error":
        return this.#error(object as Error);
      case "Map":
        return this.#map(object as Map<unknown, unknown>);
      case "Set":
        return this.#set(object as Set<unknown>);
    }
    const why = refusal(object);
    if (why !== undefined) throw new Uncloneable(why);
    if (isInstance(object)) return this.#object(object);
    this.live = true;
    return this.#keep(object, object);
  }

  #keep<T>(object: object, copy: T): T {
    this.#seen.set(object, copy);
    return copy;
  }

  #map(map: Map<unknown, unknown>): Map<unknown, unknown> {
    const copy = this.#keep(map, new Map<unknown, unknown>());
    let index = 0;
    for (const [key, item] of map) {
      const name = isPlain(key) ? String(key) : `key ${index}`;
      copy.set(
        this.#member(`<key ${index++}>`, key),
        this.#member(`<${name}>`, item),
      );
    }
    return copy;
  }

  #set(set: Set<unknown>): Set<unknown> {
    const copy = this.#keep(set, new Set<unknown>());
    let index = 0;
    for (const item of set) copy.add(this.#member(`<item ${index++}>`, item));
    return copy;
  }

  #member(name: string, value: unknown): unknown {
    this.#path.push(name);
    const copy = this.#walk(value);
    this.#path.pop();
    return copy;
  }

  #proxy(proxy: object): unknown {
    if (!WHOLE_PROXY.test((proxy as Record<symbol, string>)[PROXY]!)) {
      throw new Uncloneable("the proxy of a part of an actor");
    }
    return this.#ref(
      "proxy",
      proxy,
      (proxy as { actorRef: ActorRef }).actorRef,
    );
  }

  #ref(kind: "ref" | "proxy", object: object, ref: ActorRef): RefRecord {
    const record = [kind, this.#passage.encodeRef(ref)] as const;
    this.specials.push(record);
    return this.#keep(object, record);
  }

  // An error must arrive, whatever hangs on it: what cannot be cloned is left out.
  #error(error: Error): ErrorRecord {
    const record = recordOf(error);
    this.specials.push(record);
    this.#seen.set(error, record);
    const depth = this.#path.length;
    const levels = this.#errorLevels;
    fillError(record, error, (value, orElse) => {
      this.#errorLevels = levels + ERROR_LEVELS;
      const { size } = this.#seen;
      try {
        return this.#walk(value);
      } catch {
        this.#path.length = depth;
        this.#forget(size);
        return orElse();
      } finally {
        this.#errorLevels = levels;
      }
    });
    return record;
  }

  /** Forgets what was begun to be copied and cannot be. */
  #forget(size: number): void {
    for (const object of [...this.#seen.keys()].slice(size)) {
      this.#seen.delete(object);
    }
  }

  #transfer(list: readonly Movable[]): void {
    this.live = true;
    for (const item of list) {
      this.transfers.push(item);
      this.#seen.set(item, item);
    }
  }
}
