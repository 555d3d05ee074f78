import { build, stop } from "esbuild";
import config from "../../deno.json" with { type: "json" };
import { versionOf } from "../../tools/everywhere/versions.ts";
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

/** What programs are resolved as, each with the kind of modules. */
const RESOLUTIONS = { nodenext: "nodenext", bundler: "esnext" };

interface Installed {
  /** Where the package is, with a slash at its end. */
  readonly folder: string;
  /** The paths of its files. */
  readonly names: readonly string[];
  readonly manifest: {
    readonly exports: Record<string, { types: string; default: string }>;
    readonly sideEffects: unknown;
  };
}

/** A project of a user, with the package installed. */
class Project implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async create(others?: Record<string, string>): Promise<Project> {
    const folder = await Deno.makeTempDir({ prefix: "dekka_" });
    const project = new Project(folder);
    if (others !== undefined) await project.#install(others);
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

  async #install(dependencies: Record<string, string>): Promise<void> {
    await this.write("package.json", { dependencies });
    await this.deno("install", "--quiet", "--node-modules-dir=auto");
  }

  async write(name: string, content: unknown): Promise<void> {
    const text = typeof content === "string"
      ? content
      : JSON.stringify(content);
    await Deno.writeTextFile(`${this.folder}/${name}`, text);
  }

  /** What is in the package as it is installed. */
  async installed(): Promise<Installed> {
    const folder = `${this.folder}/node_modules/@dekka/actors/`;
    const text = await Deno.readTextFile(`${folder}package.json`);
    return { folder, names: [...walk(folder)], manifest: JSON.parse(text) };
  }

  /** Bundles a module into `bundle.js`; returns how large that is. */
  async bundle(source: string): Promise<number> {
    await this.write("main.js", source);
    await build({
      absWorkingDir: this.folder,
      entryPoints: ["main.js"],
      bundle: true,
      format: "esm",
      outfile: "bundle.js",
      logLevel: "error",
    });
    await stop();
    return (await Deno.stat(`${this.folder}/bundle.js`)).size;
  }

  async tsc(
    which: "typescript" | "typescript-5",
    options: Record<string, unknown>,
  ): Promise<boolean> {
    await this.write("tsconfig.json", {
      compilerOptions: { ...STRICT, types: [], ...options },
      files: ["program.ts"],
    });
    return await typescript(["--project", this.folder], which);
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
  for (const which of ["typescript", "typescript-5"] as const) {
    for (const [resolution, module] of Object.entries(RESOLUTIONS)) {
      await t.step(`${which}, moduleResolution ${resolution}`, async () => {
        const options = { module, moduleResolution: resolution };
        assert(await project.tsc(which, options));
      });
    }
  }

  await t.step("typescript, with the types of Node.js alone", async () => {
    await using project = await Project.create({
      "@types/node": `npm:@types/node@${versionOf("node-types")}`,
    });
    const options = {
      module: "nodenext",
      moduleResolution: "nodenext",
      lib: ["esnext"],
      types: ["node"],
    };
    assert(await project.tsc("typescript", options));
  });

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
  const { folder, names, manifest } = await project.installed();
  for (const key of Object.keys(config.exports)) {
    const { types, default: code } = manifest.exports[key]!;
    assertEquals(types, code.replace(/\.js$/, ".d.ts"));
    assert(names.includes(folder + code.slice(2)), code);
    assert(names.includes(folder + types.slice(2)), types);
  }
  for (const name of names.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const text = await Deno.readTextFile(name);
    for (const [, target] of text.matchAll(/^\S.*? from "(\.[^"]+)";/gm)) {
      assert(names.includes(new URL(target!, `file://${name}`).pathname), name);
    }
  }
});

Deno.test("npm package has no dependencies and no side effects", async () => {
  await using project = await Project.create();
  const { folder, manifest } = await project.installed();
  assertEquals(manifest.sideEffects, false);
  // Bundlers warn of imports for nothing but a side effect.
  const code = await Deno.readTextFile(`${folder}mod.js`);
  assertEquals(code.match(/^import ".*";$/gm), null);
  const kinds = Object.keys(manifest).filter((key) => /dep/i.test(key));
  assertEquals(kinds, []);
});

Deno.test("npm package has a source map with the source of every module", async () => {
  await using project = await Project.create();
  const { folder, names } = await project.installed();
  const modules = names.filter((name) => name.endsWith(".js"));
  assert(modules.length > 0);
  for (const path of modules) {
    const code = await Deno.readTextFile(path);
    const [, map] = /^\/\/# sourceMappingURL=(.*)$/m.exec(code)!;
    const { sources, sourcesContent } = JSON.parse(
      await Deno.readTextFile(new URL(map!, `file://${path}`)),
    );
    const source = path.slice(folder.length).replace(/\.js$/, ".ts");
    assertEquals(sources, [source.replace(/.*\//, "")]);
    assertEquals(sourcesContent, [await Deno.readTextFile(root + source)]);
  }
});

// Bundlers drop modules of which nothing is used.
Deno.test("npm package keeps what it does on import in a bundle", async () => {
  await using project = await Project.create();
  await project.bundle(
    `import { ActorSystem, EventedActor } from "@dekka/actors";
    import { workers } from "@dekka/actors/worker";
    class Loop extends EventedActor {
      async onReceive(message) {
        if (message === "again") await this.actorRef.ask(message);
        return message;
      }
    }
    const system = new ActorSystem({ messages: "clone" });
    const loop = system.start(Loop);
    const error = await loop.ask("again").get().catch((error) => error);
    const sent = [1];
    const isCopy = await loop.ask(sent) !== sent;
    console.log(error.name, isCopy, workers.size > 0);
    await system[Symbol.asyncDispose]();`,
  );
  await project.write("deno.json", {});
  assertEquals(
    await project.deno("run", "bundle.js"),
    "DeadlockError true true\n",
  );
});

Deno.test("npm package leaves out of a bundle what is not used", async () => {
  await using project = await Project.create();
  const all = await project.bundle('export * from "@dekka/actors";');
  const one = await project.bundle(
    'export { Timeout } from "@dekka/actors"; import "@dekka/actors/worker";',
  );
  assert(one < all / 10, `${one} of ${all} bytes`);
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
