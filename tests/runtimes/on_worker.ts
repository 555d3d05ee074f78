/**
 * Lets the behavioural tests run over Worker actors, though their classes are
 * not exported: a module is made for each call of `forEachRuntime()` that loads
 * the test file in the Worker and exports the classes that it defines there.
 *
 * @module
 */
import { Actor } from "@dekka/actors";
import { WorkerActor, workers } from "@dekka/actors/worker";

/** What the actors of the tests derive from, in a Worker. */
export abstract class TestedWorkerActor<Message = unknown, Reply = unknown>
  extends WorkerActor<Message, Reply> {}

type ActorClass = typeof Actor;

// A Worker takes longer to load a test file than most tests take.
workers.keepAlive = true;
workers.size = 2;

const calls = new Map<string, number>();
const defined = new Map<string, Record<string, ActorClass>>();

/**
 * Says where the classes are that a call of `forEachRuntime()` has defined.
 *
 * @param classes What `define()` returned.
 */
export function locate(classes: object): void {
  const file = testFile();
  const call = (calls.get(file) ?? 0) + 1;
  calls.set(file, call);
  const id = `${file}#${call}`;
  const actors = Object.values(classes).filter(isActorClass);
  defined.set(id, Object.fromEntries(actors.map((one) => [one.name, one])));
  const module = `data:text/javascript,${
    encodeURIComponent(source(file, id, actors.map(({ name }) => name)))
  }`;
  for (const actorClass of actors) {
    Object.defineProperty(actorClass, "module", { value: module });
  }
}

/** The classes of a call; only to be used by the modules that are made here. */
export function classesOf(id: string): Record<string, ActorClass> {
  return defined.get(id) ?? {};
}

function source(file: string, id: string, names: readonly string[]): string {
  return `
    const { classesOf } = await import(${JSON.stringify(import.meta.url)});
    await import(${JSON.stringify(file)});
    const classes = classesOf(${JSON.stringify(id)});
    ${
    names.map((name) =>
      `export const ${name} = classes[${JSON.stringify(name)}];`
    )
      .join("\n")
  }`;
}

function isActorClass(value: unknown): value is ActorClass {
  return typeof value === "function" && value.prototype instanceof Actor;
}

function testFile(): string {
  const file = /(file:\S+_test\.ts)/.exec(new Error().stack!)?.[1];
  if (file === undefined) throw new Error("forEachRuntime() is for test files");
  return file;
}
