/**
 * Runs the subcommands of `deno` that need `@std`, with JSR in reach or not.
 *
 * - `run.ts test [paths] [flags]`: unit tests, doc examples, README and guides,
 *   examples; only the paths given, if any.
 * - `run.ts check [paths]`: the type check.
 * - `run.ts coverage`: the tests, then the coverage of the core.
 *
 * @module
 */

import { reportCoverage } from "./coverage.ts";
import { libraryModules, markdown, root } from "./files.ts";
import { stdFlags } from "./std.ts";

Deno.chdir(root);
const [command = "", ...rest] = Deno.args;
Deno.exit(await run(command, rest));

function run(command: string, rest: string[]): Promise<number> {
  switch (command) {
    case "test":
      return test(rest);
    case "check":
      return check(rest);
    case "coverage":
      return coverage();
  }
  console.error(`Cannot run ${command || "nothing"}: test, check or coverage`);
  return Promise.resolve(2);
}

async function test(rest: string[]): Promise<number> {
  return await deno(["test", "--allow-all", "--doc", ...await stdFlags()], [
    ...rest,
    ...(rest.some(isPath) ? [] : testPaths()),
  ]);
}

async function check(rest: string[]): Promise<number> {
  const paths = rest.some(isPath) ? [] : ["."];
  return await deno(["check", ...await stdFlags()], [...rest, ...paths]);
}

async function coverage(): Promise<number> {
  const profile = "coverage/profile";
  if (isPath("coverage")) await Deno.remove("coverage", { recursive: true });
  const failed = await test([`--coverage=${profile}`, "--quiet"]);
  return failed || await reportCoverage(profile);
}

function testPaths(): string[] {
  const folders = ["tests", "examples"].filter(isPath);
  return [...folders, ...libraryModules(), ...markdown()];
}

async function deno(flags: string[], rest: string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...flags, ...rest],
    stdin: "null",
  });
  const { code } = await child.spawn().status;
  return code;
}

function isPath(text: string): boolean {
  try {
    Deno.statSync(text);
    return true;
  } catch {
    return false;
  }
}
