import { Actor } from "../../actor.ts";
import { Future } from "../../future.ts";
import { createProxy } from "../../proxy.ts";
import { ActorRef, mailboxOf } from "../../ref.ts";
import {
  type ErrorRecord,
  fillError,
  recordOf,
  revive,
  textOf,
} from "./errors.ts";
import {
  type Movable,
  takeTransfers,
  transfer,
  type Transfers,
} from "./transfer.ts";

/** What stands for a reference on its way; the link knows what is in it. */
export type RefRecord = readonly ["ref" | "proxy", unknown];

/** What is replaced by something that can be cloned. */
export type Special = RefRecord | ErrorRecord;

/** How references cross. */
export interface Passage {
  /** What stands for a reference. */
  encodeRef(ref: ActorRef): unknown;
  /** The reference on this side. */
  decodeRef(record: unknown): ActorRef;
}

const PROXY = Symbol.for("@dekka/actors/proxy");
const WHOLE_PROXY = /^ActorProxy of .* \(urn:uuid:[0-9a-f-]+\)$/;

/** Whether a value needs nothing done to it. */
export function isPlain(value: unknown): boolean {
  return typeof value !== "object" && typeof value !== "function" &&
      typeof value !== "symbol" || value === null;
}

/** A longer string, or a value of more parts, is not written as JSON. */
const SHORT = 64;
const FEW = 16;

/**
 * What is nested deeper is refused: V8 gives up a post, with all that is in it,
 * on the side where it arrives, without a word to who sent it. Deno clones up to
 * 2,600 levels; Workers of browsers have less room.
 */
const LEVELS = 500;

/** So many levels does an error add to what it hangs on. */
const ERROR_LEVELS = 4;

/** So much of a path is told. */
const STEPS = 16;

/** Whether a value inside of others comes back from JSON as it was. */
function survivesJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value.length <= SHORT;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    default:
      return value === null || typeof value === "boolean";
  }
}

/** Whether a plain value may be written as JSON, or left out. */
export function isBrief(value: unknown): boolean {
  return value === undefined || survivesJson(value);
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
      const where = `Cannot clone ${this.#locate(what)}`;
      if (error instanceof Uncloneable) {
        throw new TypeError(`${where} is ${error.message}`);
      }
      // A getter of the sender, most likely.
      throw new TypeError(`${where} threw ${textOf(error)}`, { cause: error });
    }
  }

  // Arguments and values stand in a list, behind the name of the member.
  #locate(what: string): string {
    const path = [...this.#path];
    const first = what === "argument" || what === "value" ? path.shift() : "";
    const where = what === "argument" ? `${what} ${first!.slice(1, -1)}` : what;
    const rest = path.length > STEPS ? "…" : "";
    return `${where}: ${path.slice(0, STEPS).join("") + rest || "it"}`;
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
    const copy = array.slice();
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

/** Thrown inside the encoder, which adds the path. */
class Uncloneable extends Error {}

function refusal(object: object): string | undefined {
  if (object instanceof Actor) return "an actor; send its actorRef";
  if (object instanceof Future) return "a Future; send its value";
  for (const type of [Promise, WeakMap, WeakSet, WeakRef, MessagePort]) {
    if (object instanceof type) return `a ${type.name}`;
  }
  const tag = tagOf(object);
  if (isDetached(object)) return `a ${tag} whose buffer has moved already`;
  const isTaken = isInstance(object) || COPIED.has(tag) ||
    ArrayBuffer.isView(object) || isCloned(object, tag);
  return isTaken ? undefined : `${/^[AEIO]/.test(tag) ? "an" : "a"} ${tag}`;
}

/** What each platform clones. */
const COPIED: ReadonlySet<string> = new Set([
  "ArrayBuffer",
  "BigInt",
  "Boolean",
  "Number",
  "RegExp",
  "SharedArrayBuffer",
  "String",
]);

// Some platforms clone what others do not, and make an empty object of the rest.
function isCloned(object: object, tag: string): boolean {
  try {
    return tagOf(structuredClone(object)) === tag;
  } catch {
    return false;
  }
}

// The types of Deno 2.5 do not know that buffers can tell.
function isDetached(object: object): boolean {
  const buffer = ArrayBuffer.isView(object) ? object.buffer : object;
  return buffer instanceof ArrayBuffer &&
    (buffer as { detached?: boolean }).detached === true;
}

function tagOf(object: object): string {
  return Object.prototype.toString.call(object).slice(8, -1);
}

/** Whether an object is an instance of a class of a user: it becomes plain. */
function isInstance(object: object): boolean {
  const tag = tagOf(object);
  return tag === "Object" ||
    !(tag.split(".")[0]! in globalThis) && !/(Generator|Iterator)$/.test(tag);
}

function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/**
 * Puts back what the encoder has replaced.
 *
 * @param value What has arrived; it is changed.
 * @param specials The records in it.
 * @param passage How references cross.
 */
export function decode(
  value: unknown,
  specials: readonly Special[],
  passage: Passage,
): unknown {
  return new Decoder(specials, passage).walk(value);
}

class Decoder {
  readonly #passage: Passage;
  readonly #specials: Set<unknown>;
  readonly #made = new Map<object, unknown>();

  constructor(specials: readonly Special[], passage: Passage) {
    this.#specials = new Set<unknown>(specials);
    this.#passage = passage;
  }

  walk(value: unknown): unknown {
    if (isPlain(value)) return value;
    const object = value as object;
    if (this.#made.has(object)) return this.#made.get(object);
    if (this.#specials.has(object)) return this.#special(object as Special);
    this.#made.set(object, object);
    if (object instanceof Map) this.#map(object);
    else if (object instanceof Set) this.#set(object);
    else if (
      Array.isArray(object) ||
      Object.getPrototypeOf(object) === Object.prototype
    ) {
      this.#members(object as Record<string, unknown>);
    }
    return object;
  }

  #members(object: Record<string, unknown>): void {
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (!isPlain(value)) define(object, key, this.walk(value));
    }
  }

  #map(map: Map<unknown, unknown>): void {
    const entries = [...map];
    map.clear();
    for (const [key, item] of entries) map.set(this.walk(key), this.walk(item));
  }

  #set(set: Set<unknown>): void {
    const items = [...set];
    set.clear();
    for (const item of items) set.add(this.walk(item));
  }

  #special(record: Special): unknown {
    const [kind, content] = record;
    if (kind === "error") {
      const [error, fill] = revive(record);
      this.#made.set(record, error);
      fill((value) => this.walk(value));
      return error;
    }
    const ref = this.#passage.decodeRef(content);
    const value = kind === "ref" ? ref : proxyOf(ref);
    this.#made.set(record, value);
    return value;
  }
}

/**
 * Copies a value as if to another thread, with the references kept aside. What
 * has moved into the copy will move on with it.
 */
export function copyOf(value: unknown, what: string): unknown {
  const refs: ActorRef[] = [];
  const passage: Passage = {
    encodeRef: (ref) => refs.push(ref) - 1,
    decodeRef: (index) => refs[index as number]!,
  };
  const encoder = new Encoder(passage);
  const encoded = encoder.encode(value, what);
  const { specials, transfers } = encoder;
  const [[cloned, records], moved] = cloneNow(
    [encoded, specials] as const,
    transfers,
    what,
  );
  const copy = decode(cloned, records, passage);
  return moved.length > 0 ? transfer(copy as object, moved) : copy;
}

/** Clones a value, and moves what is to be moved; returns that as well. */
export function cloneNow<T>(
  value: T,
  moving: Movable[],
  what: string,
): [copy: T, moved: Movable[]] {
  try {
    const transfer = moving as Transfers;
    return structuredClone([value, moving], { transfer });
  } catch (error) {
    throw uncloneable(what, error);
  }
}

/** What is thrown where the platform does not clone. */
export function uncloneable(what: string, error: unknown): TypeError {
  const { message } = error as Error;
  return new TypeError(`Cannot clone ${what}: ${message}`, { cause: error });
}

// The proxy of a dead actor exists, though nobody can make it from the reference.
function proxyOf(ref: ActorRef): object {
  return ref.isAlive() ? ref.proxy() as object : createProxy(mailboxOf(ref));
}
