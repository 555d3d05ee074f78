/**
 * The table.
 *
 * @module
 */
import { CONTENDERS } from "./contenders.ts";
import type { Result } from "./rounds.ts";
import { median, summarize } from "./stats.ts";
import {
  type Workload,
  WORKLOAD_NAMES,
  type WorkloadName,
  workloadOf,
} from "./workloads.ts";

/** Rows of cells, the first of them the head. */
export type Table = string[][];

/** Every result with its median, its quartiles and its ratio. */
export function resultTable(results: readonly Result[]): Table {
  const head = ["workload", "who", "M/s", "quartiles", "ratio", "quartiles"];
  const rows = results.map((result, index) => {
    const workload = workloadOf(result.workload);
    const first = results[index - 1]?.workload !== result.workload;
    return [
      first ? workload.title : "",
      CONTENDERS[result.contender]!.title,
      ...cellsOf(result, workload),
    ];
  });
  return [head, ...rows];
}

function cellsOf({ errors, figures, ratios }: Result, workload: Workload) {
  if (figures.length === 0) return [`failed: ${errors[0]}`, "", "", ""];
  const unit = workload.memory ? bytes : millions;
  const figure = summarize(figures);
  const ratio = summarize(ratios);
  return [
    workload.memory ? `${bytes(figure.median)} B` : millions(figure.median),
    `${unit(figure.low)}–${unit(figure.high)}`,
    decimal(ratio.median),
    `${decimal(ratio.low)}–${decimal(ratio.high)}`,
  ];
}

/** Dekka beside its bars and the best of its peers. */
export function barTable(results: readonly Result[]): Table {
  const head = ["workload", "Dekka", "at least", "aim", "best peer", "holds"];
  const rows: Table = [];
  for (const name of WORKLOAD_NAMES) {
    const dekka = results.find((result) =>
      result.workload === name && result.contender === "dekka"
    );
    if (dekka && dekka.figures.length > 0) rows.push(barRow(dekka, results));
  }
  return [head, ...rows];
}

function barRow(dekka: Result, results: readonly Result[]): string[] {
  const workload = workloadOf(dekka.workload);
  const value = valueOf(dekka);
  const peer = bestPeer(dekka.workload, results);
  const bar = workload.bar ?? NaN;
  const better = workload.memory ? Math.min : Math.max;
  const best = bestOfColumn(workload, results, better) ?? value;
  const reached = better(value, bar) === value;
  const ahead = !peer || better(best, peer.value) === best;
  const unit = workload.memory ? bytes : decimal;
  return [
    workload.title,
    unit(value),
    Number.isNaN(bar) ? "" : unit(bar),
    workload.aim === undefined ? "" : unit(workload.aim),
    peer ? `${unit(peer.value)} (${peer.title})` : "",
    Number.isNaN(bar) ? "" : verdict(reached, ahead),
  ];
}

function verdict(reached: boolean, ahead: boolean): string {
  if (!reached) return "**no**";
  return ahead ? "yes" : "**behind the peer**";
}

function valueOf({ workload, figures, ratios }: Result): number {
  return median(workloadOf(workload).memory ? figures : ratios);
}

function bestOfColumn(
  { column }: Workload,
  results: readonly Result[],
  better: (...values: number[]) => number,
): number | undefined {
  const values = results
    .filter(({ contender }) => contender === "dekka")
    .filter(({ workload }) => workloadOf(workload).column === column)
    .map(valueOf);
  return column === undefined ? undefined : better(...values);
}

/** The best that a peer reached in the column of a workload. */
export function bestPeer(
  name: WorkloadName,
  results: readonly Result[],
): { title: string; value: number } | undefined {
  const { column, memory } = workloadOf(name);
  const peers = results
    .filter(({ workload }) => workloadOf(workload).column === column)
    .filter(({ contender }) => CONTENDERS[contender]!.peer)
    .filter(({ figures }) => figures.length > 0)
    .map((result) => ({
      title: CONTENDERS[result.contender]!.title,
      value: valueOf(result),
    }))
    .toSorted((a, b) => memory ? a.value - b.value : b.value - a.value);
  return column === undefined ? undefined : peers[0];
}

function millions(perSecond: number): string {
  return (perSecond / 1e6).toPrecision(3);
}

function bytes(count: number): string {
  return count.toFixed(0);
}

function decimal(ratio: number): string {
  return Number.isNaN(ratio) ? "" : ratio.toFixed(2);
}

/** Writes a table as Markdown, which a terminal shows well too. */
export function toMarkdown([head, ...rows]: Table): string {
  const cells = [head!, ...rows];
  const widths = head!.map((_, column) =>
    Math.max(...cells.map((row) => row[column]!.length))
  );
  const line = (row: string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(head!), rule, ...rows.map(line)].join("\n");
}
