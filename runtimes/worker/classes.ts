import { Actor } from "../../actor.ts";
import type { ActorClass } from "../../ref.ts";
import type { Registry } from "../../registry.ts";
import { EventedActor } from "../evented.ts";
import { allowClass, idOfClass, prototypeOf } from "./errors.ts";

/**
 * A class of actors on its way: enough to know what a proxy of it has, and which
 * actors are its own.
 */
export interface ClassRecord {
  /** What it is called on every thread. */
  readonly id: string;
  /** Its own name. */
  readonly name: string;
  /** What a thread calls it that has the class and does not know its id. */
  readonly print?: string | undefined;
  /** Its own methods; what is left out can be read. */
  readonly methods?: readonly string[];
  /** What it is derived from; the base of all actors, if it is left out. */
  readonly base?: ClassRecord | undefined;
}

const records = new WeakMap<ActorClass, ClassRecord>();
/** The prototypes of classes that this thread knows by their records only. */
const standIns = new WeakSet<object>();
const prints = new WeakMap<ActorClass, string>();
let anonymous = 0;

/** What a class of a module is called on every thread. */
export function idInModule(module: string, name: string): string {
  return `${module}#${name}`;
}

/**
 * Lets a class of actors be found by what other threads call it.
 *
 * @param id What they call it.
 * @param actorClass The class itself.
 */
export function allowActor(id: string, actorClass: ActorClass): void {
  const { prototype } = actorClass;
  const known = prototypeOf(id);
  allowClass(id, prototype);
  if (known === undefined || known === prototype) return;
  const record = records.get(known.constructor as ActorClass);
  if (!standIns.has(known) || record === undefined) return;
  // Its actors are found as actors of the class from now on.
  Object.setPrototypeOf(known, prototype);
  Object.setPrototypeOf(known.constructor, actorClass);
  for (const id of [record.id, record.print]) {
    if (id !== undefined) allowClass(id, prototype);
  }
}

/** Lets a class that a module exports be found on every thread. */
export function allowExported(module: string, actorClass: ActorClass): void {
  allowActor(idInModule(module, actorClass.name), actorClass);
  learn(actorClass);
}

allowActor("Actor", Actor);
allowActor("EventedActor", EventedActor);

/**
 * Allows the classes of actors and errors that a module exports.
 *
 * @param module Its URL.
 * @param exports What it exports.
 */
export function allowExports(
  module: string,
  exports: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== "function") continue;
    const id = idInModule(module, name);
    const { prototype } = value as { prototype?: object };
    if (prototype instanceof Actor) {
      allowActor(id, value as unknown as ActorClass);
      learn(value as unknown as ActorClass);
    } else if (prototype instanceof Error) {
      allowClass(id, prototype);
    }
  }
}

/**
 * Lets a class, and what it is derived from, be found by what every thread that
 * has it finds out by itself: its name and its source text.
 */
export function learn(actorClass: ActorClass): void {
  for (let each = actorClass; isUnlearned(each); each = baseOf(each)) {
    const print = printOf(each);
    prints.set(each, print);
    const known = prototypeOf(print);
    // Of several classes that look the same, the first has to do.
    if (known === undefined || standIns.has(known)) allowActor(print, each);
  }
}

/** The same for those that a registry lists, and for what it is asked for. */
export function learnAll(
  target: ActorClass | string | Registry,
  listed: ReadonlyMap<ActorClass, unknown>,
): undefined {
  for (const actorClass of listed.keys()) learn(actorClass);
  if (typeof target === "function") learn(target);
}

function isUnlearned(actorClass: ActorClass): boolean {
  const { prototype } = actorClass;
  return prototype instanceof Actor && !standIns.has(prototype) &&
    !prints.has(actorClass);
}

function baseOf(actorClass: ActorClass): ActorClass {
  return Object.getPrototypeOf(actorClass);
}

function printOf(actorClass: ActorClass): string {
  let hash = 0;
  for (
    let each = actorClass;
    each.prototype instanceof Actor;
    each = baseOf(each)
  ) {
    const text = Function.prototype.toString.call(each);
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash, 31) + text.charCodeAt(i) | 0;
    }
  }
  return `${String(actorClass.name)} ${hash}`;
}

/** What stands for a class where it is known, or else its description. */
export function mentionOf(
  actorClass: ActorClass,
  known: Set<string>,
  thread: number,
): ClassRecord | string {
  const record = recordOfClass(actorClass, thread);
  const { id } = record;
  if (known.has(id)) return id;
  known.add(id);
  return record;
}

/** The description of a class. */
export function recordOfClass(
  actorClass: ActorClass,
  thread: number,
): ClassRecord {
  let record = records.get(actorClass);
  if (record === undefined) {
    record = describe(actorClass, thread);
    records.set(actorClass, record);
  }
  return record;
}

function describe(actorClass: ActorClass, thread: number): ClassRecord {
  const { prototype } = actorClass;
  const name = String(actorClass.name);
  learn(actorClass);
  let id = idOfClass(prototype);
  if (id === undefined) {
    id = `thread ${thread}, class ${++anonymous}`;
    allowClass(id, prototype);
  }
  if (isOurs(actorClass)) return { id, name };
  const print = prints.get(actorClass);
  const isShared = print !== undefined && print !== id &&
    prototypeOf(print) === prototype;
  return {
    id,
    name,
    methods: methodsOf(prototype),
    base: recordOfClass(baseOf(actorClass), thread),
    ...isShared ? { print } : {},
  };
}

/** Whether a class is the library's own, or no class of actors at all. */
function isOurs({ name, prototype }: ActorClass): boolean {
  return !(prototype instanceof Actor) || prototypeOf(name) === prototype;
}

function methodsOf(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(prototype, name)!;
    return typeof value === "function" && name !== "constructor";
  });
}

/** The class of an id or a description; a stand-in where it is not known. */
export function classOf(mention: ClassRecord | string): ActorClass {
  const record = typeof mention === "string"
    ? { id: mention, name: mention }
    : mention;
  const { id, print }: ClassRecord = record;
  const known = prototypeOf(id) ?? prototypeOf(print ?? id);
  if (known !== undefined) {
    allowClass(id, known);
    return known.constructor as ActorClass;
  }
  const actorClass = standInFor(record);
  const { prototype } = actorClass;
  records.set(actorClass, record);
  standIns.add(prototype);
  allowClass(id, prototype);
  if (print !== undefined) allowClass(print, prototype);
  return actorClass;
}

function standInFor({ name, methods = [], base }: ClassRecord): ActorClass {
  const Base = (base === undefined ? Actor : classOf(base)) as typeof Actor;
  const actorClass = { [name]: class extends Base {} }[name]!;
  // Nobody can start an actor of it.
  Object.defineProperty(actorClass, "runtime", { value: undefined });
  for (const method of methods) {
    Object.defineProperty(actorClass.prototype, method, {
      value: () => {},
      configurable: true,
    });
  }
  return actorClass;
}
