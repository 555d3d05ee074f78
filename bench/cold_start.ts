/**
 * Measures what the library adds to the start of a process:
 * `deno run -A bench/cold_start.ts`.
 *
 * @module
 */
import { type Table, toMarkdown } from "./report.ts";
import { median, quantile } from "./stats.ts";

const STARTS = 50;
const PROGRAMS = ["empty", "sync", "async"] as const;
type Program = typeof PROGRAMS[number];

/** At most so many milliseconds more than the empty program. */
const LIMITS = { empty: 0, sync: 5, async: 12 };

const TITLES = {
  empty: "an empty program",
  sync: "import, one ask",
  async: "the same, asynchronous handler",
};

async function startOnce(program: Program): Promise<number> {
  const path = new URL(`cold/${program}.ts`, import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", "--cached-only", path],
  });
  const start = performance.now();
  const { success } = await command.output();
  if (!success) throw new Error(`${path} failed`);
  return performance.now() - start;
}

/** Each round starts every program once; the first one fills the caches. */
async function measure(): Promise<Record<Program, number[]>> {
  const times: Record<Program, number[]> = { empty: [], sync: [], async: [] };
  for (let round = 0; round <= STARTS; round++) {
    for (let i = 0; i < PROGRAMS.length; i++) {
      const program = PROGRAMS[(round + i) % PROGRAMS.length]!;
      const time = await startOnce(program);
      if (round > 0) times[program].push(time);
    }
  }
  return times;
}

const times = await measure();
const base = times.empty;
const rows: Table = [];
let fast = true;
for (const program of PROGRAMS) {
  const own = times[program];
  const more = median(own.map((time, round) => time - base[round]!));
  fast &&= more <= LIMITS[program];
  rows.push([
    TITLES[program],
    `${median(own).toFixed(1)} ms`,
    `${quantile(own, 0.25).toFixed(1)}–${quantile(own, 0.75).toFixed(1)}`,
    `${more.toFixed(1)} ms`,
    `${LIMITS[program]} ms`,
  ]);
}
const head = ["cold start", "median", "quartiles", "more", "at most"];
console.log(toMarkdown([head, ...rows]));
if (!fast) Deno.exit(1);
