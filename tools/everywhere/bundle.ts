import { build, type BuildOptions, type Plugin, stop } from "esbuild";
import config from "../../deno.json" with { type: "json" };
import { libraryModules, root } from "../files.ts";
import { STAND_INS } from "../std.ts";
import { packages } from "./install.ts";
import { behaviouralTests } from "./suite.ts";

/** Where the bundles are written, from the root. */
export const BUNDLES = "dist/everywhere/";

/** The hosts that run the tests, each on runtimes of its kind. */
const HOSTS = ["process", "page", "workerd"] as const;

/** Workers find their classes there: each keeps a module of its own. */
const WORKER_ACTORS = ["actors", "animals", "shepherds", "strays", "throwers"];

const SETTINGS = {
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  mainFields: ["module", "main"],
  outdir: root + BUNDLES,
  sourcemap: "inline",
  logLevel: "error",
  keepNames: true,
} satisfies BuildOptions;

/** Bundles the tests, but for the package that they test. */
export async function bundleTests(): Promise<void> {
  await Deno.remove(root + BUNDLES, { recursive: true }).catch(() => {});
  const library = libraryPlugin();
  await build({
    ...SETTINGS,
    splitting: true,
    chunkNames: "[name]-[hash]",
    entryPoints: Object.fromEntries(
      HOSTS.map((name) => [name, `host:${name}`]),
    ),
    plugins: [hostPlugin(), library, workerActorsPlugin(), sourcePlugin()],
    external: ["node:*"],
    alias: { "node:assert/strict": `${packages()}/assert` },
    define: { "process.env.NODE_DEBUG": "undefined" },
    inject: [`${root}tools/everywhere/globals.ts`],
    nodePaths: [packages()],
  });
  await build({
    ...SETTINGS,
    entryPoints: Object.fromEntries(
      WORKER_ACTORS.map((name) => [
        `worker_${name}`,
        `${root}tests/runtimes/worker/${name}.ts`,
      ]),
    ),
    plugins: [library, workerActorsPlugin()],
  });
  await stop();
}

/** Makes the modules to begin with: a host, and all that it runs. */
function hostPlugin(): Plugin {
  return {
    name: "hosts",
    setup(build) {
      build.onResolve({ filter: /^host:/ }, ({ path }) => {
        return { path: path.replace("host:", ""), namespace: "host" };
      });
      build.onLoad({ filter: /^/, namespace: "host" }, ({ path }) => {
        return { contents: hostModule(path), resolveDir: root };
      });
    },
  };
}

function hostModule(name: string): string {
  const files = behaviouralTests().map((path) =>
    `"${path}": () => import("./${path}")`
  );
  return `import { host } from "./tools/everywhere/hosts/${name}.ts";
    export default host({ ${files.join(",\n")} });`;
}

/** Finds the library, by name or by path, in the package that was built. */
function libraryPlugin(): Plugin {
  const modules = new Map<string, string>();
  for (const path of libraryModules()) modules.set(root + path, path);
  for (const [key, path] of Object.entries(config.exports)) {
    modules.set(config.name + key.slice(1), path.replace("./", ""));
  }
  return {
    name: "library",
    setup(build) {
      build.onResolve({ filter: /^/ }, ({ path, resolveDir }) => {
        const found = modules.get(path) ??
          modules.get(new URL(path, `file://${resolveDir}/`).pathname);
        if (found === undefined) return;
        return {
          path: `../npm/${found.replace(/\.ts$/, ".js")}`,
          external: true,
        };
      });
    },
  };
}

function workerActorsPlugin(): Plugin {
  return {
    name: "worker actors",
    setup(build) {
      build.onResolve({ filter: /\/\w+\.ts$/ }, ({ path, resolveDir }) => {
        const { pathname } = new URL(path, `file://${resolveDir}/`);
        const name = WORKER_ACTORS.find((name) =>
          pathname.endsWith(`tests/runtimes/worker/${name}.ts`)
        );
        if (name === undefined || path.startsWith("/")) return; // or to begin with
        return { path: `./worker_${name}.js`, external: true };
      });
    },
  };
}

/** Finds `@std`, and tells modules of the tests where they come from. */
function sourcePlugin(): Plugin {
  return {
    name: "sources",
    setup(build) {
      build.onResolve({ filter: /^@std\// }, ({ path }) => {
        return { path: `${root}tools/${STAND_INS[path]}` };
      });
      build.onLoad({ filter: /\/(tests|tools)\/.*\.ts$/ }, async ({ path }) => {
        const source = await Deno.readTextFile(path);
        const url = JSON.stringify(`file://${path}`);
        const contents = source
          .replaceAll("import.meta.url", url)
          .replaceAll(
            "import.meta.resolve(",
            `((path: string) => new URL(path, ${url}).href)(`,
          );
        return { contents, loader: "ts" };
      });
    },
  };
}
