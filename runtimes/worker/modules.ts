/**
 * The modules that export classes of actors: which one it is, and how a thread
 * loads it.
 */
import { Actor } from "../../actor.ts";
import {
  asyncContext,
  context,
  currentWaiter,
  type Waiter,
} from "../../context.ts";
import type { ActorClass } from "../../ref.ts";
import { allowExports } from "./classes.ts";
import { isAnyLoaded } from "./thread.ts";

/** A class of actors that tells where it is. */
export type Located = ActorClass & {
  module?: unknown;
  dedicated?: unknown;
  errors?: readonly ErrorClass[];
};

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * The module that exports a class of actors.
 *
 * @param actorClass The class, which says where it is.
 * @returns The URL of its module.
 * @throws {TypeError} If the class has no name, or does not say where it is.
 */
export function moduleOf(actorClass: Located): string {
  const { name, module } = actorClass;
  if (name === "") {
    throw new TypeError(
      "Cannot start a class without a name: its module must export it by name",
    );
  }
  if (typeof module !== "string" || !URL.canParse(module)) {
    throw new TypeError(
      `Cannot start ${name}: its static module must be the URL of its module, as in \`static override readonly module = import.meta.url\`, got ${module}`,
    );
  }
  return module;
}

/** The loads of modules for actors that are not over. */
export const loading: Set<Waiter> = new Set();

// Nobody waits so, but whatever runs while a module is loaded is known by it.
class Load implements Waiter {
  waits = undefined;
  readonly label = undefined;
  readonly suspended = false;
}

/** Whether what runs now is the body of a module that is being loaded. */
export function isLoading(): boolean {
  // Where actors live already, what they start by a timer is no concern of a
  // module that is loaded meanwhile.
  if (loading.size === 0 || currentWaiter() !== undefined) return false;
  const load = context.storage?.getStore();
  return load !== undefined && loading.has(load) || !isAnyLoaded();
}

const modules = new Map<string, Promise<Record<string, unknown>>>();

/** The class that a module exports under a name. */
export async function loadClass(
  module: string,
  name: string,
): Promise<ActorClass> {
  const exports = await loadModule(module);
  const found = exports[name] as ActorClass | undefined;
  if (found?.prototype instanceof Actor) return found;
  const what = found === undefined
    ? "nothing of that name"
    : "under that name what is no class of actors";
  throw new TypeError(`Cannot find class ${name}: ${module} exports ${what}`);
}

/** Loads a module once, and allows the classes that it exports. */
export function loadModule(module: string): Promise<Record<string, unknown>> {
  let loaded = modules.get(module);
  if (loaded === undefined) {
    const load = new Load();
    loading.add(load);
    const exported = isAnyLoaded()
      ? asyncContext()?.run(load, () => import(module))
      : undefined;
    loaded = (exported ?? import(module)).then((exports) => {
      allowExports(module, exports);
      return exports;
    }).finally(() => loading.delete(load));
    modules.set(module, loaded);
  }
  return loaded;
}
