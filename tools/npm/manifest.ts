import config from "../../deno.json" with { type: "json" };

/**
 * The modules that do something when they are only imported; bundlers drop the
 * others where nothing of them is used. `tests/consumers/` holds this.
 */
const SIDE_EFFECTS = ["./runtimes/worker.js", "./runtimes/worker/*.js"];

/** What the `exports` of a package say of an entry point. */
interface Entry {
  readonly types: string;
  readonly default: string;
}

/**
 * The `package.json` of the npm package.
 *
 * @returns Its text.
 */
export function manifest(): string {
  return JSON.stringify(
    {
      name: config.name,
      version: config.version,
      description: "The actor model: typed actors, futures and proxies",
      keywords: ["actor", "actors", "concurrency", "future", "pykka"],
      license: config.license,
      type: "module",
      exports: { ...entries(), "./package.json": "./package.json" },
      sideEffects: SIDE_EFFECTS,
      engines: { node: ">=22" },
    },
    undefined,
    2,
  ) + "\n";
}

function entries(): Record<string, Entry> {
  const named = Object.entries(config.exports).map(([key, path]) => [
    key,
    {
      types: path.replace(/\.ts$/, ".d.ts"),
      default: path.replace(/\.ts$/, ".js"),
    },
  ]);
  return Object.fromEntries(named);
}
