import config from "../../deno.json" with { type: "json" };
import { root } from "../../tools/files.ts";
import { typescript } from "../../tools/npm/compile.ts";
import { buildPackage } from "../../tools/npm.ts";
import { assert, assertEquals } from "../test.ts";

const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  noEmit: true,
  target: "es2022",
  lib: ["esnext", "dom"],
};

/** A project of a user, with the package installed. */
class Project implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async create(): Promise<Project> {
    const folder = await Deno.makeTempDir({ prefix: "dekka_" });
    const project = new Project(folder);
    await buildPackage(`${folder}/node_modules/@dekka/actors/`);
    await Deno.copyFile(
      `${root}tests/consumers/program.ts`,
      `${folder}/program.ts`,
    );
    await project.write("package.json", {
      type: "module",
      dependencies: { "@dekka/actors": config.version },
    });
    return project;
  }

  async write(name: string, content: unknown): Promise<void> {
    const text = typeof content === "string"
      ? content
      : JSON.stringify(content);
    await Deno.writeTextFile(`${this.folder}/${name}`, text);
  }

  async tsc(options: Record<string, unknown>): Promise<boolean> {
    await this.write("tsconfig.json", {
      compilerOptions: { ...STRICT, types: [], ...options },
      files: ["program.ts"],
    });
    return await typescript(["--project", this.folder]);
  }

  async deno(...args: string[]): Promise<string> {
    const command = new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
    });
    const { success, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    assert(success, decoder.decode(stderr));
    return decoder.decode(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("npm package type-checks in projects of every kind", async (t) => {
  await using project = await Project.create();
  for (
    const [name, options] of Object.entries({
      nodenext: { module: "nodenext", moduleResolution: "nodenext" },
      bundler: { module: "esnext", moduleResolution: "bundler" },
    })
  ) {
    await t.step(`TypeScript, moduleResolution ${name}`, async () => {
      assert(await project.tsc(options));
    });
  }

  await t.step("Deno, nodeModulesDir", async () => {
    await project.write("deno.json", {
      nodeModulesDir: "manual",
      compilerOptions: denoOptions(),
    });
    await project.deno("check", "program.ts");
  });

  await t.step("Deno, imports as JSR resolves them", async () => {
    const imports = Object.entries(config.exports).map(([key, path]) => [
      config.name + key.slice(1),
      new URL(path, `file://${root}`).href,
    ]);
    await Deno.remove(`${project.folder}/package.json`);
    await project.write("deno.json", {
      imports: Object.fromEntries(imports),
      compilerOptions: denoOptions(),
    });
    await project.deno("check", "program.ts");
  });
});

Deno.test("npm package has types and code for every entry point, and nothing that is missing", async () => {
  await using project = await Project.create();
  const folder = `${project.folder}/node_modules/@dekka/actors/`;
  const { exports, dependencies } = JSON.parse(
    await Deno.readTextFile(`${folder}package.json`),
  );
  assertEquals(dependencies, undefined);
  for (const key of Object.keys(config.exports)) {
    for (const path of Object.values<string>(exports[key])) {
      assert((await Deno.stat(folder + path)).isFile);
    }
  }
  const names = [...walk(folder)];
  for (const name of names.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const text = await Deno.readTextFile(name);
    for (const [, target] of text.matchAll(/^\S.*? from "(\.[^"]+)";/gm)) {
      assert(names.includes(new URL(target!, `file://${name}`).pathname), name);
    }
  }
});

// Bundlers drop modules that are only imported unless package.json names them.
Deno.test("npm package keeps what it does on import in a bundle", async () => {
  await using project = await Project.create();
  await project.write(
    "main.js",
    `import { EventedActor } from "@dekka/actors";
    class Loop extends EventedActor {
      async onReceive() {
        await this.actorRef.ask("again");
      }
    }
    const loop = Loop.start();
    console.log(await loop.ask("begin").get().catch((error) => error.name));
    await loop.stop();`,
  );
  const { build, stop } = await import("esbuild");
  await build({
    absWorkingDir: project.folder,
    entryPoints: ["main.js"],
    bundle: true,
    format: "esm",
    outfile: "bundle.js",
    logLevel: "error",
  });
  await stop();
  await project.write("deno.json", {});
  assertEquals(await project.deno("run", "bundle.js"), "DeadlockError\n");
});

function denoOptions(): Record<string, boolean> {
  const { strict, exactOptionalPropertyTypes, noImplicitOverride } = STRICT;
  return { strict, exactOptionalPropertyTypes, noImplicitOverride };
}

function* walk(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* walk(`${folder}${name}/`);
    else yield folder + name;
  }
}
