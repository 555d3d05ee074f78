/**
 * The files of the package, by what they are.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** The folder of the package. */
export const root: string = new URL("..", import.meta.url).pathname;

/**
 * The modules that users import by name.
 *
 * @returns Paths from the root.
 */
export function entryPoints(): string[] {
  return Object.values(config.exports).map((path) => path.replace("./", ""));
}

/**
 * The modules of the library: the root's and those under `runtimes/`.
 *
 * @returns Paths from the root, sorted.
 */
export function libraryModules(): string[] {
  const found = [...walk(""), ...walk("runtimes/", true)];
  return found.filter((path) => path.endsWith(".ts")).sort();
}

/**
 * The Markdown whose code is run: README and guides.
 *
 * @returns Paths from the root, sorted.
 */
export function markdown(): string[] {
  const guides = [...walk("docs/")].filter((path) => path.endsWith(".md"));
  const readme = [...walk("")].filter((path) => path === "README.md");
  return [...readme, ...guides.sort()];
}

function* walk(folder: string, deep = false): Generator<string> {
  for (const entry of readFolder(folder)) {
    const path = folder + entry.name;
    if (entry.isFile) yield path;
    if (entry.isDirectory && deep) yield* walk(`${path}/`, deep);
  }
}

function readFolder(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(root + folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
