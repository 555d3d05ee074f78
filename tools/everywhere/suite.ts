import { root } from "../files.ts";

/** The tests that need Deno's own tools, with the reason for each. */
export const NOT_BEHAVIOURAL: Readonly<Record<string, string>> = {
  "tests/chat_test.ts": "runs an example that is a server for Deno",
  "tests/edge_test.ts": "runs an example that is a server for Deno",
  "tests/examples_test.ts": "runs the examples with Deno",
  "tests/exports_test.ts": "reads the sources with `deno doc`",
  "tests/hash_files_test.ts": "runs an example that reads files with Deno",
  "tests/imports_test.ts": "reads the sources with `deno info`",
  "tests/look_inside_test.ts": "sends signals to programs that Deno runs",
  "tests/never_returns_test.ts": "runs programs with Deno",
  "tests/page_test.ts": "runs an example in a browser of its own",
  "tests/runtimes/worker/inquiry_test.ts":
    "waits on its own thread, which a page and workerd do not allow",
  "tests/runtimes/worker_property_test.ts":
    "plays in Workers of a pool that only Deno has",
  "tests/size_test.ts": "bundles the sources",
  "tests/stops_all_test.ts": "runs programs with Deno",
  "tests/std_test.ts": "tests the stand-ins of `@std`, not the library",
  "tests/types_test.ts": "is checked and not run",
  "tests/unguarded_test.ts": "runs programs with Deno",
  "tests/word_count_test.ts": "runs an example that reads files with Deno",
};

/** Those in other folders that are not for this list at all. */
const ELSEWHERE = ["tests/consumers/"];

/**
 * The files of the behavioural tests.
 *
 * @returns Paths from the root, sorted.
 */
export function behaviouralTests(): string[] {
  return [...walk("tests/")]
    .filter((path) => path.endsWith("_test.ts"))
    .filter((path) => !(path in NOT_BEHAVIOURAL))
    .filter((path) => !ELSEWHERE.some((folder) => path.startsWith(folder)))
    .sort();
}

function* walk(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(root + folder)) {
    if (isDirectory) yield* walk(`${folder}${name}/`);
    else yield folder + name;
  }
}
