/**
 * Runs the subcommands of `deno` that need `@std`, with JSR in reach or not.
 *
 * - `run.ts test [paths] [flags]`: unit tests, doc examples, README and guides,
 *   examples; only the paths given, if any.
 * - `run.ts check [paths]`: the type check.
 * - `run.ts coverage`: the tests, then the coverage of the core.
 * - `run.ts doc-lint`: the check of the documentation of every entry point.
 * - `run.ts docs`: the reference, as HTML, into `docs/reference/`.
 *
 * @module
 */

import { reportCoverage } from "./coverage.ts";
import { entryPoints, libraryModules, markdown, root } from "./files.ts";
import { isOldDeno, oldDenoFlags } from "./old_deno.ts";
import { stdFlags } from "./std.ts";

const REFERENCE = ["--name=@dekka/actors", "--output=docs/reference"];

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
    case "doc-lint":
      return deno(["doc", "--lint"], entryPoints());
    case "docs":
      return deno(["doc", "--html", ...REFERENCE], entryPoints());
  }
  console.error(`Cannot run ${command || "nothing"}: no such command`);
  return Promise.resolve(2);
}

async function test(rest: string[]): Promise<number> {
  // Before 2.8 the examples of a module that exports types fail to compile.
  const doc = isOldDeno() ? [] : ["--doc"];
  const flags = ["test", "--allow-all", ...doc, ...await configFlags()];
  const paths = rest.some(isPath) ? [] : testPaths();
  return await deno(flags, [...rest, ...paths]);
}

async function check(rest: string[]): Promise<number> {
  const flags = ["check", ...await configFlags()];
  if (rest.some(isPath)) return await deno(flags, rest);
  const paths = [...folders(), "tools", ...libraryModules()];
  // The benchmarks have a configuration of their own, with their peers in it.
  return await deno(flags, [...rest, ...paths]) ||
    await deno(["check"], ["."], "bench");
}

async function coverage(): Promise<number> {
  const profile = "coverage/profile";
  if (isPath("coverage")) await Deno.remove("coverage", { recursive: true });
  const failed = await test([
    `--coverage=${profile}`,
    "--coverage-raw-data-only",
    "--quiet",
  ]);
  return failed || await reportCoverage(profile);
}

function configFlags(): string[] | Promise<string[]> {
  return isOldDeno() ? oldDenoFlags() : stdFlags();
}

function testPaths(): string[] {
  return [...folders(), ...libraryModules(), ...markdown()];
}

function folders(): string[] {
  return ["tests", "examples"].filter(isPath);
}

async function deno(
  flags: string[],
  rest: string[],
  cwd = ".",
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...flags, ...rest],
    stdin: "null",
    cwd,
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
