/**
 * What Workers are told of the registries of the thread that has the pool, which
 * list the actors of all threads.
 */
import type { ActorRef } from "../../ref.ts";
import {
  byStart,
  type Elsewhere,
  everyRef,
  type Registry,
  widen,
} from "../../registry.ts";
import { classOf, type ClassRecord, learnAll } from "./classes.ts";
import { answer } from "./inquiry.ts";
import { encodeRef, systemOf } from "./thread.ts";

/** What a Worker asks for, and where the answer goes. */
export type Question = readonly [
  number,
  SharedArrayBuffer,
  kind: "all" | "class" | "name" | "urn",
  what?: unknown,
];

// Here is all that is known of actors; but a class may have come from a Worker
// before this thread knew that it has the same one.
const here: Elsewhere = {
  getAll: learnAll,
  getByUrn: () => undefined,
  register: () => {},
  unregister: () => {},
  all: (known) => Promise.resolve(known),
};

/** The registry of the system of a number, which lists actors of Workers. */
export function registryOf(system: number): Registry | undefined {
  const registry = systemOf(system)?.registry;
  if (registry !== undefined) widen(registry, here);
  return registry;
}

/** Every actor of a system, in the order of their start. */
export function rosterOf(system: number): ActorRef[] {
  const registry = registryOf(system);
  return registry ? everyRef(registry).sort(byStart) : [];
}

/**
 * Answers a Worker that looks for actors, and waits.
 *
 * @param word What is shared with it.
 * @param system The number of the system that it looks in.
 * @param asked What it looks for.
 */
export function answerLookUp(
  word: SharedArrayBuffer,
  system: number,
  asked: Question,
): void {
  const [question, memory, kind, what] = asked;
  const known = new Set<string>();
  const found = lookUp(registryOf(system), kind, what)
    .map((ref) => encodeRef(ref, known));
  answer(word, question, memory, found);
}

function lookUp(
  registry: Registry | undefined,
  kind: Question[2],
  what: unknown,
): ActorRef[] {
  if (registry === undefined) return [];
  switch (kind) {
    case "class":
      return lookUpClass(registry, what as ClassRecord);
    case "name":
      return registry.getByClassName(what as string);
    case "urn": {
      const ref = registry.getByUrn(what as string);
      return ref === undefined ? [] : [ref];
    }
    default:
      return registry.getAll();
  }
}

function lookUpClass(registry: Registry, record: ClassRecord): ActorRef[] {
  const asked = classOf(record);
  const refs = registry.getByClass(asked);
  // The class that was asked for may have been found among those listed.
  const actorClass = classOf(record);
  return actorClass === asked ? refs : registry.getByClass(actorClass);
}
