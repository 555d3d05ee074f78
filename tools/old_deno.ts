/**
 * Lets a Deno that is older than the keys in `deno.json` run the tests.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { importMapFlag, standInMap } from "./std.ts";

/** The first version that knows the sanitizers' keys under `test`. */
const FIRST_TO_KNOW = [2, 8];

/**
 * Whether `deno test` would refuse `deno.json`.
 *
 * @returns True before Deno 2.8, which has the sanitizers on by default.
 */
export function isOldDeno(): boolean {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  const [firstMajor = 0, firstMinor = 0] = FIRST_TO_KNOW;
  return major < firstMajor || (major === firstMajor && minor < firstMinor);
}

/**
 * The flags that take the place of `deno.json`: a configuration without the
 * keys in question, and a map with the package's own name in it.
 *
 * @returns The flags. They name a temporary file.
 */
export function oldDenoFlags(): string[] {
  const path = Deno.makeTempFileSync({ suffix: ".json" });
  const { compilerOptions } = config;
  Deno.writeTextFileSync(path, JSON.stringify({ compilerOptions }));
  const imports = { ...standInMap().imports, ...ownNames() };
  return [`--config=${path}`, importMapFlag({ imports })];
}

function ownNames(): Record<string, string> {
  const names = Object.entries(config.exports).map(([key, path]) => [
    config.name + key.slice(1),
    import.meta.resolve(`../${path}`),
  ]);
  return Object.fromEntries(names);
}
