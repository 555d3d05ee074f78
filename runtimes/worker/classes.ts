import { Actor } from "../../actor.ts";
import type { ActorClass } from "../../ref.ts";
import { allowClass, idOfClass, prototypeOf } from "./errors.ts";

/** A class of actors on its way: enough to know what a proxy of it has. */
export interface ClassRecord {
  /** What it is called on every thread. */
  readonly id: string;
  /** Its own name. */
  readonly name: string;
  /** Its methods; what is left out can be read. */
  readonly methods?: readonly string[];
}

const records = new WeakMap<ActorClass, ClassRecord>();
let anonymous = 0;

/** What a class of a module is called on every thread. */
export function idInModule(module: string, name: string): string {
  return `${module}#${name}`;
}

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
    const { prototype } = value as { prototype?: object };
    if (prototype instanceof Error || prototype instanceof Actor) {
      if (idOfClass(prototype) === undefined) {
        allowClass(idInModule(module, name), prototype);
      }
    }
  }
}

/** What stands for a class; the methods are left out when they are known. */
export function recordOfClass(
  actorClass: ActorClass,
  known: Set<string>,
  thread: number,
): ClassRecord {
  let record = records.get(actorClass);
  if (record === undefined) {
    record = describe(actorClass, thread);
    records.set(actorClass, record);
  }
  const { id, name } = record;
  if (known.has(id)) return { id, name };
  known.add(id);
  return record;
}

function describe(actorClass: ActorClass, thread: number): ClassRecord {
  const { name, prototype } = actorClass;
  let id = idOfClass(prototype);
  if (id === undefined) {
    id = `thread ${thread}, class ${++anonymous}`;
    allowClass(id, prototype);
  }
  return { id, name, methods: methodsOf(prototype) };
}

function methodsOf(prototype: object): string[] {
  const methods = new Set<string>();
  for (
    let holder = prototype;
    holder !== Actor.prototype && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder)
  ) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      const property = Object.getOwnPropertyDescriptor(holder, name)!;
      if (typeof property.value === "function") methods.add(name);
    }
  }
  methods.delete("constructor");
  return [...methods];
}

/** The class that a record stands for; a stand-in where it is not known. */
export function classOf({ id, name, methods }: ClassRecord): ActorClass {
  const known = prototypeOf(id);
  if (known !== undefined) return known.constructor as ActorClass;
  const actorClass = { [name]: class extends Actor {} }[name]!;
  for (const method of methods ?? []) {
    Object.defineProperty(actorClass.prototype, method, {
      value: () => {},
      configurable: true,
    });
  }
  allowClass(id, actorClass.prototype);
  return actorClass;
}
