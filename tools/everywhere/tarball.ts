import config from "../../deno.json" with { type: "json" };
import { root } from "../files.ts";
import { PACKAGE } from "../npm.ts";
import { commandOf } from "./in_process.ts";
import type { Result } from "./runner.ts";
import type { TestedRuntime } from "./runtimes.ts";

/** Prints the names that a module exports, as users of it get them. */
const PROGRAM = `import { createRequire } from "node:module";
const [name] = process.argv.slice(2);
const imported = await import(name);
const required = createRequire(import.meta.url)(name);
if (imported.Actor !== required.Actor) throw new Error("There are two of it");
console.log(Object.keys(imported).sort().join());
`;

/** The package, packed and installed as npm does it. */
export interface Tarball extends AsyncDisposable {
  /**
   * Imports each entry point, from a program that depends on the package.
   *
   * @param runtime On which runtime; others than processes import it elsewhere.
   * @param report Is told of each entry point.
   */
  importOn(
    runtime: TestedRuntime,
    report: (result: Result) => void,
  ): Promise<void>;
}

/**
 * Packs the package that was built, and installs it in a folder of its own.
 *
 * @returns The installed package; dispose of it.
 */
export async function installTarball(): Promise<Tarball> {
  const folder = await Deno.makeTempDir({ prefix: "dekka_" });
  const skipped = await npmInstall(folder);
  return {
    async importOn(runtime, report) {
      if (!["deno", "node", "bun"].includes(runtime.kind)) return;
      for (const [key, path] of Object.entries(config.exports)) {
        const name = config.name + key.slice(1);
        const test = { file: PACKAGE, name: `${name} can be imported` };
        if (skipped !== undefined) {
          report({ ...test, state: "skipped", why: skipped });
          continue;
        }
        const why = await trouble(runtime, folder, name, path);
        if (why === undefined) report({ ...test, state: "passed" });
        else report({ ...test, state: "failed", why });
      }
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    },
  };
}

/** Returns why it cannot be installed, where there is no npm. */
async function npmInstall(folder: string): Promise<string | undefined> {
  await Deno.writeTextFile(`${folder}/import.mjs`, PROGRAM);
  await Deno.writeTextFile(`${folder}/package.json`, `{ "private": true }`);
  try {
    await npm("pack", root + PACKAGE, "--pack-destination", folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "npm is not installed";
    throw error;
  }
  const [, scope, name] = /^@(.*)\/(.*)$/.exec(config.name)!;
  const file = `./${scope}-${name}-${config.version}.tgz`;
  await npm("install", "--prefix", folder, "--offline", `${folder}/${file}`);
  return undefined;
}

async function npm(...args: string[]): Promise<void> {
  const command = new Deno.Command("npm", {
    args: [...args, "--no-audit", "--no-fund", "--silent"],
    stdin: "null",
  });
  const { success, stderr } = await command.output();
  if (success) return;
  const text = new TextDecoder().decode(stderr);
  throw new Error(`Cannot run npm ${args[0]}: ${text}`);
}

/** Why an entry point cannot be imported, or does not export what it should. */
async function trouble(
  runtime: TestedRuntime,
  folder: string,
  name: string,
  path: string,
): Promise<string | undefined> {
  const [program, ...flags] = commandOf(runtime);
  const args = flags.filter((flag) => flag !== "--no-config");
  const { success, stdout, stderr } = await new Deno.Command(program!, {
    args: [...args, "import.mjs", name],
    cwd: folder,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) return decoder.decode(stderr);
  const names = Object.keys(await import(`${root}${path}`)).sort().join();
  const found = decoder.decode(stdout).trim();
  return found === names ? undefined : `It exports ${found} and not ${names}`;
}
