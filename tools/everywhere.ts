/**
 * Runs the behavioural tests of the npm package on every runtime:
 * `deno task test:everywhere [runtimes…] [--files=part] [--limit=milliseconds]`.
 *
 * @module
 */

import { bundleTests } from "./everywhere/bundle.ts";
import { findBrowser } from "./everywhere/browser.ts";
import { runInBrowser } from "./everywhere/in_browser.ts";
import { runInProcess } from "./everywhere/in_process.ts";
import { runInWorkerd } from "./everywhere/in_workerd.ts";
import { install } from "./everywhere/install.ts";
import type { Order, Result } from "./everywhere/runner.ts";
import { importTime, sizeOfCore } from "./everywhere/size.ts";
import { TESTED, type TestedRuntime } from "./everywhere/runtimes.ts";
import { NOT_BEHAVIOURAL } from "./everywhere/suite.ts";
import { buildPackage } from "./npm.ts";

/** How long a runtime may take. */
const LIMIT = 240_000;

/** What came of the tests on a runtime. */
interface Row {
  readonly runtime: TestedRuntime;
  readonly results: Result[];
  /** Why the runtime broke down, or cannot be had here. */
  trouble?: string;
  seconds: number;
  /** How many milliseconds the import of the package takes. */
  importTime?: number | undefined;
}

const names = Deno.args.filter((arg) => !arg.startsWith("--"));
const only = option("files") ?? "";
const limit = Number(option("limit") ?? 20_000);

await install();
await buildPackage();
await bundleTests();
const rows: Row[] = [];
for (const runtime of TESTED) {
  if (names.length > 0 && !names.includes(runtime.name)) continue;
  rows.push(await runOn(runtime));
}
printTable(rows);
printSkips(rows);
printFacts(rows);
await printSize();
const failures = rows.flatMap(({ results }) => results).filter(isFailed);
const passed = rows.flatMap(({ results }) => results)
  .filter(({ state }) => state === "passed").length;
const broken = rows.filter(({ trouble }) => trouble !== undefined);
const failed = failures.length + broken.length;
console.log(
  `${failed === 0 ? "ok" : "FAILED"} | ${passed} passed | ${failed} failed`,
);
Deno.exit(failed === 0 ? 0 : 1);

function option(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))
    ?.replace(/^.*?=/, "");
}

async function runOn(runtime: TestedRuntime): Promise<Row> {
  const row: Row = { runtime, results: [], seconds: 0 };
  const begin = performance.now();
  const order: Order = { only, skips: runtime.skips, limit };
  const isPage = runtime.kind === "page" || runtime.kind === "worker";
  if (isPage && findBrowser() === undefined) {
    console.log(`${runtime.name} is left out: no browser is installed`);
    return row;
  }
  try {
    await withLimit(
      start(runtime, order, (result) => {
        row.results.push(result);
        if (isFailed(result)) printFailure(runtime, result);
      }),
    );
  } catch (error) {
    row.trouble = error instanceof Error ? error.message : String(error);
  }
  row.seconds = (performance.now() - begin) / 1000;
  if (row.trouble === undefined) row.importTime = await importTime(runtime);
  printTrouble(row);
  console.log(`${runtime.name} has run ${row.results.length} tests`);
  return row;
}

/** A runtime that hangs fails, and does not hold up the others. */
async function withLimit(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`It has not ended after ${LIMIT} ms`));
  }, LIMIT);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function start(
  runtime: TestedRuntime,
  order: Order,
  report: (result: Result) => void,
): Promise<void> {
  switch (runtime.kind) {
    case "workerd":
      return await runInWorkerd(order, report);
    case "page":
    case "worker":
      await runInBrowser(runtime.kind, order, report);
      return;
    default:
      return await runInProcess(runtime, order, report);
  }
}

function isFailed({ state }: Result): boolean {
  return state === "failed";
}

function printFailure(
  runtime: TestedRuntime,
  { file, name, why }: Result,
): void {
  console.log(`${runtime.name}: ${file}: ${name}\n${why}\n`);
}

function printTrouble({ runtime, results, trouble }: Row): void {
  if (trouble === undefined) return;
  const last = results.at(-1);
  console.log(`${runtime.name} after ${last?.file}: ${last?.name}\n${trouble}`);
}

function printTable(rows: readonly Row[]): void {
  const table = rows.map(({ runtime, results, seconds, importTime }) => {
    const count = (state: string) =>
      results.filter((result) => result.state === state).length;
    return [
      runtime.name,
      runtime.version,
      count("passed"),
      count("failed"),
      count("skipped"),
      seconds.toFixed(0),
      importTime?.toFixed(1) ?? "no clock",
    ];
  });
  const head = [
    "runtime",
    "version",
    "passed",
    "failed",
    "skipped",
    "s",
    "import ms",
  ];
  for (const row of [head, ...table]) {
    console.log(row.map((cell) => String(cell).padEnd(12)).join(""));
  }
}

/** What the runtimes are like; the guide has this table, too. */
function printFacts(rows: readonly Row[]): void {
  const facts = rows.map(({ results }) =>
    new Map(
      results.filter(({ state }) => state === "fact")
        .map(({ name, why }) => [name, why!]),
    )
  );
  const names = [...facts.find(({ size }) => size > 0)?.keys() ?? []];
  const lines = [
    ["", ...rows.map(({ runtime }) => runtime.name)],
    ["---", ...rows.map(() => "---")],
    ...names.map((
      name,
    ) => [name, ...facts.map((values) => values.get(name) ?? "?")]),
  ];
  for (const line of lines) console.log(`| ${line.join(" | ")} |`);
}

async function printSize(): Promise<void> {
  const { minified, zipped } = await sizeOfCore();
  console.log(
    `The core takes ${minified} bytes minified, ${zipped} bytes then zipped`,
  );
}

/** The reasons for skips, each with how many tests on which runtime. */
function printSkips(rows: readonly Row[]): void {
  for (const { runtime, results } of rows) {
    const skipped = results.filter(({ state }) => state === "skipped");
    for (const [why, tests] of Map.groupBy(skipped, ({ why }) => why!)) {
      console.log(`${runtime.name} skips ${tests.length}: ${why}`);
    }
  }
  for (const [file, why] of Object.entries(NOT_BEHAVIOURAL)) {
    console.log(`No runtime runs ${file}: it ${why}`);
  }
}
