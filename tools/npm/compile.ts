import config from "../../deno.json" with { type: "json" };
import { root } from "../files.ts";
import { versionOf } from "../everywhere/versions.ts";

/** What the oldest platform understands that is tested. */
const TARGET = "es2022";

/**
 * Compiles modules to JavaScript, declarations and source maps.
 *
 * @param modules Paths from the root.
 * @param folder Where to write, an absolute path.
 * @throws {Error} If the compiler finds fault.
 */
export async function compile(
  modules: readonly string[],
  folder: string,
): Promise<void> {
  const project = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(
    project,
    JSON.stringify(settings(modules, folder)),
  );
  const success = await typescript(["--project", project]);
  await Deno.remove(project);
  if (!success) throw new Error("Cannot compile: the compiler found fault");
}

/**
 * Runs the TypeScript compiler.
 *
 * @param args Its arguments.
 * @param which Which one.
 * @returns Whether it found no fault.
 */
export async function typescript(
  args: readonly string[],
  which: "typescript" | "typescript-5" = "typescript",
): Promise<boolean> {
  const program = `npm:typescript@${versionOf(which)}/tsc`;
  const compiler = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-config", program, ...args],
    stdin: "null",
  });
  const { success } = await compiler.spawn().status;
  return success;
}

function settings(modules: readonly string[], outDir: string): unknown {
  return {
    compilerOptions: {
      ...config.compilerOptions,
      target: TARGET,
      module: "esnext",
      moduleResolution: "bundler",
      lib: ["esnext", "dom", "dom.iterable"],
      types: [],
      rootDir: root,
      outDir,
      declaration: true,
      sourceMap: true,
      inlineSources: true,
      rewriteRelativeImportExtensions: true,
    },
    files: modules.map((path) => root + path),
  };
}
