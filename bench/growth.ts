/**
 * Draws cost against size, up to a million: `deno run -A bench/growth.ts`. Flat
 * lines are what is wanted: one more costs the same, however many there are.
 *
 * @module
 */
import { type Measure, MEASURES } from "./growth_measures.ts";
import { type Table, toMarkdown } from "./report.ts";
import { median } from "./stats.ts";
import { element, line, picture, text } from "./svg.ts";

const SIZES = [1_000, 10_000, 100_000, 300_000, 1_000_000];
const RUNS = 3;
const COLUMNS = 3;
const WIDTH = 270;
const HEIGHT = 190;
const LEFT = 56;
const TOP = 70;

/** The costs of one measure, and of the same by hand, one for each size. */
interface Costs {
  measure: Measure;
  points: number[];
  reference: number[];
}

/** Measures one point in a process of its own. */
async function measureOnce(...args: string[]): Promise<number> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "-A",
      "--v8-flags=--expose-gc",
      new URL(import.meta.url).pathname,
      ...args,
    ],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`failed: ${args.join(" ")}`);
  return Number(new TextDecoder().decode(stdout));
}

async function measureSizes(name: string, how: string): Promise<number[]> {
  const points: number[] = [];
  for (const size of SIZES) {
    const runs: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      runs.push(await measureOnce(name, how, String(size)));
    }
    points.push(median(runs));
  }
  console.error(`Measured ${name}, ${how}`);
  return points;
}

async function measureAll(): Promise<Costs[]> {
  const all: Costs[] = [];
  for (const [name, measure] of Object.entries(MEASURES)) {
    const points = await measureSizes(name, "run");
    const reference = measure.reference
      ? await measureSizes(name, "reference")
      : [];
    all.push({ measure, points, reference });
  }
  return all;
}

function toTable(all: readonly Costs[]): Table {
  const head = ["cost of one", ...SIZES.map((size) => size.toLocaleString())];
  const rows = all.flatMap(({ measure: { title, unit }, points, reference }) =>
    [[title, points] as const, ["the same by hand", reference] as const]
      .filter(([, costs]) => costs.length > 0)
      .map(([title, costs]) => [
        title,
        ...costs.map((cost) => `${cost.toFixed(0)} ${unit}`),
      ])
  );
  return [head, ...rows];
}

function toChart(all: readonly Costs[]): string {
  const rows = Math.ceil(all.length / COLUMNS);
  const title = "Cost of one operation against size (flat is good)";
  const panels = all.map((costs, i) => {
    const x = (i % COLUMNS) * WIDTH;
    const y = Math.floor(i / COLUMNS) * HEIGHT;
    const transform = `translate(${x} ${y})`;
    return element("g", { transform }, drawPanel(costs));
  });
  return picture(COLUMNS * WIDTH + 16, rows * HEIGHT + TOP, title, [
    text(`${title}; dashed: the same by hand`, 16, 24, { class: "title" }),
    ...panels,
  ]);
}

function drawPanel({ measure, points, reference }: Costs): string {
  const { title, unit } = measure;
  const most = roundUp(Math.max(...points, ...reference) * 1.1);
  const bottom = HEIGHT + 16;
  const toX = (size: number) =>
    LEFT + Math.log10(size / 1000) / 3 * (WIDTH - LEFT - 24);
  const toY = (cost: number) => bottom - cost / most * (bottom - TOP);
  const draw = (costs: number[], name: string) => {
    const points = costs.map((cost, i) => `${toX(SIZES[i]!)},${toY(cost)}`);
    return element("polyline", { points: points.join(" "), class: name });
  };
  const end = { "text-anchor": "end" };
  const middle = { "text-anchor": "middle" };
  return [
    text(title, LEFT, TOP - 14),
    ...[0, most / 2, most].map((cost) =>
      line([LEFT, toY(cost), WIDTH - 24, toY(cost)], "grid") +
      text(`${cost} ${unit}`, LEFT - 6, toY(cost) + 4, end)
    ),
    ...[1e3, 1e4, 1e5, 1e6].map((size) =>
      text(shorten(size), toX(size), bottom + 16, middle)
    ),
    draw(reference, "reference"),
    draw(points, "line"),
    ...points.map((cost, i) =>
      element("circle", {
        cx: toX(SIZES[i]!),
        cy: toY(cost),
        r: 3,
        class: "dekka",
      })
    ),
  ].join("\n");
}

function shorten(size: number): string {
  return size < 1e6 ? `${size / 1e3}k` : `${size / 1e6}M`;
}

/** To one, two or five times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

const [name, how, size] = Deno.args;
if (name !== undefined) {
  const run = MEASURES[name]![how as "run" | "reference"]!;
  console.log(await run(Number(size)));
  // What is still alive is of no interest any more.
  Deno.exit();
}
const all = await measureAll();
console.log(toMarkdown(toTable(all)));
Deno.writeTextFileSync(new URL("growth.svg", import.meta.url), toChart(all));
