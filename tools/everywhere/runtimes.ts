import { AFTER_AWAIT } from "./after_await.ts";
import { versionOf } from "./versions.ts";

/** Reasons for which a runtime skips what others run. */
const NO_WORKER = "it has no Web Workers";
const NO_CONTEXT = "it has no AsyncLocalStorage";
const NAMELESS = "its own functions have no names";

/** What runs the tests. */
export interface TestedRuntime {
  /** What it is called in the table and on the command line. */
  readonly name: string;
  /** How it is started. */
  readonly kind: "deno" | "node" | "bun" | "workerd" | "page" | "worker";
  /** Which one it is. */
  readonly version: string;
  /** The package with its program, if it is installed. */
  readonly program?: "deno-newest" | "deno-2.5" | "node-22" | "node-newest";
  /** The files and tests that do not hold for it, each with the reason. */
  readonly skips: Readonly<Record<string, string>>;
}

const WITHOUT_WORKERS = {
  "tests/runtimes/worker_test.ts": NO_WORKER,
  "tests/runtimes/worker_ends_test.ts": NO_WORKER,
  "tests/runtimes/worker_registry_test.ts": NO_WORKER,
};

/** Every runtime on which the tests are run. */
export const TESTED: readonly TestedRuntime[] = [
  deno("deno", "deno-newest"),
  deno("deno-2.5", "deno-2.5"),
  node("node", "node-newest"),
  node("node-22", "node-22"),
  {
    name: "bun",
    kind: "bun",
    version: versionOf("bun"),
    skips: {},
  },
  {
    name: "workerd",
    kind: "workerd",
    version: versionOf("miniflare"),
    skips: {
      ...WITHOUT_WORKERS,
      "isSettler() takes no function of a user for one": NAMELESS,
    },
  },
  { name: "page", kind: "page", version: "Chromium", skips: inBrowser() },
  { name: "worker", kind: "worker", version: "Chromium", skips: inBrowser() },
];

function inBrowser(): Record<string, string> {
  const names = [
    ...AFTER_AWAIT,
    "ActorSystem.stuckAfter names all that a handler still waits for",
    "ActorSystem names the asker of a failure that nobody has read",
  ];
  const skips = Object.fromEntries(names.map((name) => [name, NO_CONTEXT]));
  return {
    ...skips,
    "WorkerActor is lost with its Worker: exit": "it has no exit()",
  };
}

function deno(
  name: string,
  program: "deno-newest" | "deno-2.5",
): TestedRuntime {
  return {
    name,
    kind: "deno",
    version: versionOf(program),
    program,
    skips: {},
  };
}

function node(
  name: string,
  program: "node-22" | "node-newest",
): TestedRuntime {
  const skips = { ...WITHOUT_WORKERS };
  return { name, kind: "node", version: versionOf(program), program, skips };
}
