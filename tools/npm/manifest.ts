import config from "../../deno.json" with { type: "json" };

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
      sideEffects: false,
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
