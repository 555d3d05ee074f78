/**
 * Says how much of the core the tests cover.
 *
 * @module
 */

import { libraryModules, root } from "./files.ts";

/** Percentages below which the coverage of the core counts as failed. */
const BARS: Readonly<Record<Kind, number>> = { lines: 95, branches: 90 };

type Kind = "lines" | "branches";

interface Share {
  hit: number;
  found: number;
}

type Row = Record<Kind, Share>;

/**
 * Prints the coverage of each module of the core and of all together.
 *
 * @param profile The folder that `deno test --coverage` has written.
 * @returns The exit code: 1 if a bar is missed.
 */
export async function reportCoverage(profile: string): Promise<number> {
  const rows = readLcov(await lcov(profile));
  const core = new Map(libraryModules().map((path) => [path, rows.get(path)]));
  const total = emptyRow();
  for (const [path, row] of core) {
    if (row === undefined) continue;
    print(path, row);
    add(total, row);
  }
  print("all", total);
  return total.lines.found > 0 && meetsBars(total) ? 0 : 1;
}

async function lcov(profile: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--lcov", "--quiet", profile],
    stderr: "inherit",
  });
  const { stdout } = await command.output();
  return new TextDecoder().decode(stdout);
}

/** Reads the counts of lines (LH of LF) and branches (BRH of BRF). */
function readLcov(text: string): Map<string, Row> {
  const rows = new Map<string, Row>();
  let row = emptyRow();
  for (const line of text.split("\n")) {
    const [key = "", value = ""] = split(line);
    if (key === "SF") {
      row = emptyRow();
      rows.set(value.replace(root, ""), row);
    }
    if (key === "LF") row.lines.found = Number(value);
    if (key === "LH") row.lines.hit = Number(value);
    if (key === "BRF") row.branches.found = Number(value);
    if (key === "BRH") row.branches.hit = Number(value);
  }
  return rows;
}

function split(line: string): string[] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1)];
}

function emptyRow(): Row {
  return { lines: { hit: 0, found: 0 }, branches: { hit: 0, found: 0 } };
}

function add(total: Row, row: Row): void {
  for (const kind of ["lines", "branches"] as const) {
    total[kind].hit += row[kind].hit;
    total[kind].found += row[kind].found;
  }
}

function percent({ hit, found }: Share): number {
  return found === 0 ? 100 : 100 * hit / found;
}

function print(name: string, row: Row): void {
  const lines = percent(row.lines).toFixed(1).padStart(5);
  const branches = percent(row.branches).toFixed(1).padStart(5);
  console.log(`${name.padEnd(28)} ${lines} % lines ${branches} % branches`);
}

function meetsBars(total: Row): boolean {
  const missed = (["lines", "branches"] as const)
    .filter((kind) => percent(total[kind]) < BARS[kind]);
  for (const kind of missed) {
    console.error(`Coverage of ${kind} is below ${BARS[kind]} %`);
  }
  return missed.length === 0;
}
