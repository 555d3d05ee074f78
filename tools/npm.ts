/**
 * Writes the npm package into `dist/npm/`: `deno task npm`.
 *
 * `deno pack` would write one, too. But it cannot say `sideEffects`, leaves out
 * declarations that others need, and lets the name of the module be from which a
 * Worker is started.
 *
 * @module
 */

import { libraryModules, root } from "./files.ts";
import { compile } from "./npm/compile.ts";
import { manifest } from "./npm/manifest.ts";

/** Where the package is written, from the root. */
export const PACKAGE = "dist/npm/";

const COPIED = ["CHANGELOG.md", "LICENSE", "README.md"];

/**
 * Builds the package anew.
 *
 * @param folder Where to write it, an absolute path with a slash at its end.
 */
export async function buildPackage(
  folder: string = root + PACKAGE,
): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
  const modules = libraryModules();
  await compile(modules, folder);
  for (const path of modules) {
    const base = folder + path.replace(/\.ts$/, "");
    await rewrite(`${base}.js`);
    await rewrite(`${base}.d.ts`);
    await nameSource(`${base}.js.map`);
  }
  for (const name of COPIED) await Deno.copyFile(root + name, folder + name);
  await Deno.writeTextFile(`${folder}package.json`, manifest());
}

const HELPER = "__rewriteRelativeImportExtension";

/**
 * The compiler lets two kinds of names of modules be: those in declarations, and
 * those that a Worker is started from. But to `import()` of a name that it does
 * not know it adds a function, which is not wanted: such a name is taken as it
 * is. Lines stay where the source map says they are.
 */
async function rewrite(path: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  const rewritten = text
    .replaceAll(/(\bfrom |\bimport )"(\.[^"]*)\.ts";/g, '$1"$2.js";')
    .replaceAll(
      /new URL\("(\.[^"]*)\.ts", import\.meta\.url\)/g,
      'new URL("$1.js", import.meta.url)',
    )
    .replace(
      new RegExp(`^var ${HELPER} = [^]*?^};$`, "m"),
      (helper) => helper.replaceAll(/.+/g, ""),
    )
    .replaceAll(
      new RegExp(`\\bimport\\(${HELPER}\\((.*?)\\)\\)`, "g"),
      "import($1)",
    )
    // Those of entry points, which are for Deno's loader; bundlers warn of them.
    .replaceAll(/^import "\..*";$/gm, "");
  if (rewritten !== text) await Deno.writeTextFile(path, rewritten);
}

/** Says that the source, which is in the map, was beside the module. */
async function nameSource(path: string): Promise<void> {
  const map = JSON.parse(await Deno.readTextFile(path));
  map.sources = map.sources.map((source: string) => source.replace(/.*\//, ""));
  await Deno.writeTextFile(path, JSON.stringify(map));
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) {
  await buildPackage();
  console.log(`The package is in ${PACKAGE}`);
}
