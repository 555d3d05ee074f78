/**
 * The chart of the ratios, which the README shows.
 *
 * @module
 */
import { CONTENDERS } from "./contenders.ts";
import type { Result } from "./rounds.ts";
import { median } from "./stats.ts";
import { element, line, picture, text } from "./svg.ts";
import { TIMED, type WorkloadName, workloadOf } from "./workloads.ts";

const WIDTH = 800;
const LEFT = 220;
const RIGHT = 72;
const TOP = 64;
const ROW = 44;
const RADIUS = 8;
const LOWEST = 0.01;
const HIGHEST = 5;
const TICKS = [0.01, 0.03, 0.1, 0.3, 1, 2, 4];

const VALUE = { "text-anchor": "end", class: "value" };

interface Dot {
  contender: string;
  ratio: number;
  x: number;
}

/** Draws every contender's ratio to the floor, on a logarithmic scale. */
export function ratioChart(results: readonly Result[]): string {
  const names = TIMED.filter((name) => workloadOf(name).baseline === "floor")
    .filter((name) => dotsOf(name, results).length > 0);
  const bottom = TOP + names.length * ROW;
  const title = "Speed, as a multiple of a hand-written mailbox";
  const shown = new Set(results.map(({ contender }) => contender));
  shown.delete("floor");
  shown.delete("without");
  return picture(WIDTH, bottom + 84, title, [
    text(title, 16, 24, { class: "title" }),
    text("Dekka", WIDTH - 16, TOP - 14, VALUE),
    ...TICKS.map((tick) => grid(tick, bottom)),
    ...names.map((name, row) => drawRow(name, row, dotsOf(name, results))),
    ...legend([...shown], bottom + 32),
  ]);
}

function toX(ratio: number): number {
  const kept = Math.min(Math.max(ratio, LOWEST), HIGHEST);
  const share = Math.log(kept / LOWEST) / Math.log(HIGHEST / LOWEST);
  return Math.round(LEFT + share * (WIDTH - LEFT - RIGHT));
}

function grid(tick: number, bottom: number): string {
  const x = toX(tick);
  const label = tick === 1 ? "floor = 1" : `${tick}`;
  return line([x, TOP - 8, x, bottom], tick === 1 ? "floor" : "grid") +
    text(label, x, TOP - 14, { "text-anchor": "middle" });
}

function dotsOf(name: WorkloadName, results: readonly Result[]): Dot[] {
  return results
    .filter(({ workload }) => workload === name)
    .filter(({ contender, ratios }) =>
      contender !== "floor" && ratios.length > 0
    )
    .map(({ contender, ratios }) => ({ contender, ratio: median(ratios) }))
    .map((dot) => ({ ...dot, x: toX(dot.ratio) }))
    .toSorted((a, b) => a.x - b.x);
}

function drawRow(name: WorkloadName, row: number, dots: Dot[]): string {
  const { title, bar } = workloadOf(name);
  const y = TOP + row * ROW + ROW / 2;
  const label = title.replaceAll("`", "");
  const ends = [-Infinity, -Infinity, -Infinity];
  const drawn = dots.map((dot) => {
    // The first lane that is free here: in the middle, above, below.
    const free = ends.findIndex((end) => dot.x - end > 2 * RADIUS);
    const lane = Math.max(free, 0);
    ends[lane] = dot.x;
    return drawDot(dot, y + [0, -14, 14][lane]!);
  });
  return [
    text(label, LEFT - 16, y + 4, { "text-anchor": "end" }),
    bar ? line([toX(bar), y - 12, toX(bar), y + 12], "bar") : "",
    ...drawn,
    ...dots.filter(({ contender }) => contender === "dekka").map(({ ratio }) =>
      text(ratio.toFixed(2), WIDTH - 16, y + 4, VALUE)
    ),
  ].join("\n");
}

function drawDot({ contender, x }: Omit<Dot, "ratio">, y: number): string {
  const dekka = contender === "dekka";
  const middle = { "text-anchor": "middle" };
  const { letter } = CONTENDERS[contender]!;
  return [
    element("circle", {
      cx: x,
      cy: y,
      r: dekka ? RADIUS + 1 : RADIUS,
      class: dekka ? "dekka" : "peer",
    }),
    text(letter, x, y + 4, { ...middle, class: dekka ? "on" : "small" }),
  ].join("");
}

function legend(contenders: readonly string[], y: number): string[] {
  const columns = 4;
  const width = (WIDTH - 32) / columns;
  const items = contenders.map((contender, i) => {
    const x = 24 + (i % columns) * width;
    const at = y + Math.floor(i / columns) * 20;
    const { title } = CONTENDERS[contender]!;
    return drawDot({ contender, x }, at - 4) +
      text(title.replaceAll(/[`*]/g, ""), x + 14, at);
  });
  const x = 24 + (contenders.length % columns) * width;
  const at = y + Math.floor(contenders.length / columns) * 20;
  return [
    ...items,
    line([x, at - 12, x, at + 4], "bar") + text("Dekka's bar", x + 14, at),
  ];
}
