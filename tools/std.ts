/**
 * Finds out whether JSR can be reached, and what stands in for `@std` if not.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** Long enough for a first download, short enough to wait for in vain. */
const PATIENCE = 10_000;

/** The stand-ins, by the name that tests import. */
export const STAND_INS: Readonly<Record<string, string>> = {
  "@std/assert": "./std/assert.ts",
  "@std/async": "./std/async.ts",
  "@std/testing/mock": "./std/mock.ts",
  "@std/testing/time": "./std/time.ts",
};

/** An import map as `--import-map` takes it. */
export interface ImportMap {
  readonly imports: Readonly<Record<string, string>>;
}

/**
 * The flags that make `@std` resolve: none where JSR can be reached.
 *
 * `DEKKA_STD=jsr` and `DEKKA_STD=local` decide without asking.
 *
 * @returns The flags for a subcommand of `deno`.
 */
export async function stdFlags(): Promise<string[]> {
  if (await reachesJsr()) return [];
  console.error("JSR cannot be reached: tools/std/ stands in for @std");
  return [importMapFlag(standInMap())];
}

/**
 * The flag that makes `deno` use a map in place of that of `deno.json`.
 *
 * @param map The import map.
 * @returns The flag. The map is inside it, so that no file has to be written.
 */
export function importMapFlag(map: ImportMap): string {
  const json = encodeURIComponent(JSON.stringify(map));
  return `--import-map=data:application/json,${json}`;
}

/**
 * The imports of `deno.json` with the stand-ins in the place of `@std`.
 *
 * @returns The import map, with absolute addresses.
 */
export function standInMap(): ImportMap {
  const others = Object.entries(config.imports)
    .filter(([name]) => !name.startsWith("@std/"));
  const standIns = Object.entries(STAND_INS)
    .map(([name, path]) => [name, import.meta.resolve(path)]);
  return { imports: Object.fromEntries([...others, ...standIns]) };
}

async function reachesJsr(): Promise<boolean> {
  const decided = Deno.env.get("DEKKA_STD");
  if (decided !== undefined) return decided === "jsr";
  // `deno info` knows the cache, the proxy and the mirror that are set up.
  const asked = new Deno.Command(Deno.execPath(), {
    args: ["info", "--no-config", config.imports["@std/assert"]],
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(PATIENCE),
  });
  const { success } = await asked.output();
  return success;
}
