/**
 * Runs the behavioural tests of the npm package on every runtime:
 * `deno task test:everywhere [runtimes…] [--without=runtimes] [--files=part]
 * [--limit=milliseconds]`.
 *
 * @module
 */

import { bundleTests } from "./everywhere/bundle.ts";
import { findBrowser } from "./everywhere/browser.ts";
import { hiddenTab } from "./everywhere/hidden_tab.ts";
import { runInBrowser } from "./everywhere/in_browser.ts";
import { runInProcess } from "./everywhere/in_process.ts";
import { runInWorkerd } from "./everywhere/in_workerd.ts";
import { install } from "./everywhere/install.ts";
import {
  isFailed,
  printFacts,
  printFailure,
  printSkips,
  printTable,
  printTrouble,
  type Row,
  verdict,
} from "./everywhere/report.ts";
import { sharedActors } from "./everywhere/requests.ts";
import type { Order, Result } from "./everywhere/runner.ts";
import { TESTED, type TestedRuntime } from "./everywhere/runtimes.ts";
import { importTime } from "./everywhere/import_time.ts";
import { installTarball } from "./everywhere/tarball.ts";
import { unhandled } from "./everywhere/unhandled.ts";
import { root } from "./files.ts";
import { buildPackage, PACKAGE } from "./npm.ts";
import { sizesOf } from "./size.ts";

/** How long a runtime may take. */
const LIMIT = 240_000;

const names = Deno.args.filter((arg) => !arg.startsWith("--"));
const without = option("without")?.split(",") ?? [];
const only = option("files") ?? "";
const limit = Number(option("limit") ?? 20_000);

await install();
await buildPackage();
await bundleTests();
await using tarball = await installTarball();
const rows: Row[] = [];
for (const runtime of TESTED) {
  if (names.length > 0 && !names.includes(runtime.name)) continue;
  rows.push(await rowOf(runtime));
}
printTable(rows);
printSkips(rows);
printFacts(rows);
const [core] = await sizesOf([`${root}${PACKAGE}mod.js`]);
const { minified, zipped } = core!;
console.log(`The core takes ${minified} bytes minified, ${zipped} then zipped`);
const [text, isGood] = verdict(rows);
console.log(text);
await tarball[Symbol.asyncDispose]();
Deno.exit(isGood ? 0 : 1);

function option(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))
    ?.replace(/^.*?=/, "");
}

/** Runs what is to be run on a runtime, or says why that cannot be. */
async function rowOf(runtime: TestedRuntime): Promise<Row> {
  const row: Row = { runtime, version: runtime.version, results: [] };
  const isPage = runtime.kind === "page" || runtime.kind === "worker";
  if (without.includes(runtime.name)) {
    row.leftOut = "--without says so";
  } else if (isPage && findBrowser() === undefined) {
    row.leftOut = "no browser is installed";
  } else {
    await run(row);
  }
  return row;
}

async function run(row: Row): Promise<void> {
  const { runtime, results } = row;
  const begin = performance.now();
  const report = (result: Result) => {
    results.push(result);
    if (isFailed(result)) printFailure(runtime, result);
  };
  try {
    row.version = await withLimit(start(runtime, report)) ?? row.version;
    await tarball.importOn(runtime, report);
    for (const fact of await factsOf(runtime)) report(fact);
    row.importTime = await importTime(runtime);
  } catch (error) {
    row.trouble = error instanceof Error ? error.message : String(error);
    printTrouble(row);
  }
  row.seconds = (performance.now() - begin) / 1000;
  console.log(`${runtime.name} is done after ${row.seconds.toFixed(0)} s`);
}

/** A runtime that hangs fails, and does not hold up the others. */
async function withLimit<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`It has not ended after ${LIMIT} ms`));
  }, LIMIT);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs the tests; returns the version if it is known only then. */
async function start(
  runtime: TestedRuntime,
  report: (result: Result) => void,
): Promise<string | undefined> {
  const order: Order = { only, skips: runtime.skips, limit };
  switch (runtime.kind) {
    case "workerd":
      return await runInWorkerd(order, report);
    case "page":
    case "worker":
      return await runInBrowser(runtime.kind, order, report);
    default:
      await runInProcess(runtime, order, report);
      return undefined;
  }
}

/** What cannot be seen from the inside. */
async function factsOf(runtime: TestedRuntime): Promise<Result[]> {
  const facts = {
    ...await unhandled(runtime),
    ...runtime.kind === "page" ? await hiddenTab() : {},
    ...runtime.kind === "workerd" ? await sharedActors() : {},
  };
  return Object.entries(facts).map(([name, why]) => {
    return { file: "facts", name, state: "fact", why };
  });
}
