/**
 * Prints what came of the tests.
 *
 * @module
 */

import type { Result } from "./runner.ts";
import type { TestedRuntime } from "./runtimes.ts";
import { NOT_BEHAVIOURAL } from "./suite.ts";

/** What came of the tests on a runtime. */
export interface Row {
  readonly runtime: TestedRuntime;
  /** Which one it is. */
  version: string;
  readonly results: Result[];
  /** Why nothing was run. */
  leftOut?: string;
  /** Why the runtime broke down. */
  trouble?: string;
  seconds?: number;
  /** How many milliseconds the import of the package takes. */
  importTime?: number;
}

const HEAD = [
  "runtime",
  "version",
  "passed",
  "failed",
  "skipped",
  "seconds",
  "import ms",
];

/** Whether a test failed. */
export function isFailed({ state }: Result): boolean {
  return state === "failed";
}

/** Prints a test that failed. */
export function printFailure(
  runtime: TestedRuntime,
  { file, name, why }: Result,
): void {
  console.log(`${runtime.name}: ${file}: ${name}\n${why}\n`);
}

/** Prints why a runtime broke down, and after which test. */
export function printTrouble({ runtime, results, trouble }: Row): void {
  const last = results.at(-1);
  console.log(`${runtime.name} after ${last?.file}: ${last?.name}\n${trouble}`);
}

/** Prints how many tests passed, failed and were skipped on each runtime. */
export function printTable(rows: readonly Row[]): void {
  const table = rows.map((row) => [
    row.runtime.name,
    row.version,
    count(row, "passed"),
    count(row, "failed"),
    row.leftOut === undefined ? count(row, "skipped") : "all",
    row.seconds?.toFixed(0) ?? "",
    row.importTime?.toFixed(1) ?? "",
  ]);
  printAligned([HEAD, ...table]);
}

/** Prints the reasons for skips, each with how many tests on which runtime. */
export function printSkips(rows: readonly Row[]): void {
  for (const { runtime, results, leftOut } of rows) {
    if (leftOut !== undefined) {
      console.log(`${runtime.name} skips all: ${leftOut}`);
    }
    const skipped = results.filter(({ state }) => state === "skipped");
    for (const [why, tests] of Map.groupBy(skipped, ({ why }) => why!)) {
      console.log(`${runtime.name} skips ${tests.length}: ${why}`);
    }
  }
  for (const [file, why] of Object.entries(NOT_BEHAVIOURAL)) {
    console.log(`No runtime runs ${file}: it ${why}`);
  }
}

/** Prints what the runtimes are like; the guide has this table, too. */
export function printFacts(rows: readonly Row[]): void {
  const columns = rows.filter(({ leftOut }) => leftOut === undefined)
    .map(({ runtime, results }) => {
      const facts = results.filter(({ state }) => state === "fact")
        .map(({ name, why }) => [name, why!] as const);
      return { name: runtime.name, facts: new Map(facts) };
    });
  const names = new Set(columns.flatMap(({ facts }) => [...facts.keys()]));
  const lines = [
    ["", ...columns.map(({ name }) => name)],
    ["---", ...columns.map(() => "---")],
    ...[...names].map((name) => {
      return [name, ...columns.map(({ facts }) => facts.get(name) ?? "")];
    }),
  ];
  for (const line of lines) console.log(`| ${line.join(" | ")} |`);
}

/**
 * Sums it up, in the words of `deno test`.
 *
 * @returns A line, and whether all is well.
 */
export function verdict(rows: readonly Row[]): [text: string, isGood: boolean] {
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  const broken = rows.filter(({ trouble }) => trouble !== undefined).length;
  const failed = sum(rows.map((row) => count(row, "failed"))) + broken;
  const passed = sum(rows.map((row) => count(row, "passed")));
  const isGood = failed === 0;
  const word = isGood ? "ok" : "FAILED";
  return [`${word} | ${passed} passed | ${failed} failed`, isGood];
}

function count({ results }: Row, state: Result["state"]): number {
  return results.filter((result) => result.state === state).length;
}

function printAligned(table: readonly (readonly (string | number)[])[]): void {
  const widths = HEAD.map((_, i) =>
    Math.max(...table.map((row) => String(row[i]).length)) + 2
  );
  for (const row of table) {
    const cells = row.map((cell, i) => String(cell).padEnd(widths[i]!));
    console.log(cells.join("").trimEnd());
  }
}
