/**
 * What cannot be cloned to another thread: why, and what is said of it.
 */
import { Actor } from "../../actor.ts";
import { Future } from "../../future.ts";

/** Thrown inside the encoder, which adds the path. */
export class Uncloneable extends Error {}

/** So much of a path is told. */
const STEPS = 16;

/**
 * Says where something is.
 *
 * @param what What it is in: what was to be sent.
 * @param steps The members that lead to it.
 */
export function locate(what: string, steps: readonly string[]): string {
  const path = [...steps];
  // Arguments and values stand in a list, behind the name of the member.
  const first = what === "argument" || what === "value" ? path.shift() : "";
  const where = what === "argument" ? `${what} ${first!.slice(1, -1)}` : what;
  const rest = path.length > STEPS ? "…" : "";
  return `${where}: ${path.slice(0, STEPS).join("") + rest || "it"}`;
}

/** What is thrown where the platform does not clone. */
export function uncloneable(what: string, error: unknown): TypeError {
  const { message } = error as Error;
  return new TypeError(`Cannot clone ${what}: ${message}`, { cause: error });
}

/** Why an object cannot be cloned, if it cannot: what it is. */
export function refusal(object: object): string | undefined {
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

/** What an object is of another realm, whose classes are not those of this one. */
export function foreignKind(
  object: object,
): "Error" | "Map" | "Set" | undefined {
  const tag = tagOf(object);
  try {
    // They throw if it only says what it is.
    if (tag === "Map") Map.prototype.has.call(object, undefined);
    else if (tag === "Set") Set.prototype.has.call(object, undefined);
    else if (tag !== "Error" || !isCloned(object, tag)) return undefined;
    return tag;
  } catch {
    return undefined;
  }
}

/** Whether an object is an instance of a class of a user: it becomes plain. */
export function isInstance(object: object): boolean {
  const tag = tagOf(object);
  return tag === "Object" ||
    !(tag.split(".")[0]! in globalThis) && !/(Generator|Iterator)$/.test(tag);
}
