/**
 * Measures Dekka beside a hand-written mailbox and its peers: `deno task bench`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { ratioChart } from "./chart.ts";
import { CONTENDERS } from "./contenders.ts";
import { barTable, resultTable, toMarkdown } from "./report.ts";
import { resultsPage } from "./results_page.ts";
import { Field, type Result } from "./rounds.ts";
import { TIMED, WORKLOAD_NAMES, type WorkloadName } from "./workloads.ts";

const USAGE = `deno task bench [options]

  --workloads a,b   only these: ${WORKLOAD_NAMES.join(", ")}
  --only a,b        only these: ${Object.keys(CONTENDERS).join(", ")}
  --rounds n        how many rounds count (8)
  --warmups n       how many go before them (2)
  --shrink n        divides the size of every run (1)
  --quick           --rounds 3 --warmups 1 --shrink 4
  --save            writes RESULTS.md and results.svg (always, when all ran)`;

function readArgs() {
  const { values } = parseArgs({
    options: {
      workloads: { type: "string" },
      only: { type: "string" },
      rounds: { type: "string" },
      warmups: { type: "string" },
      shrink: { type: "string" },
      quick: { type: "boolean", default: false },
      save: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { quick } = values;
  return {
    help: values.help,
    workloads: pick(values.workloads, WORKLOAD_NAMES),
    contenders: pick(values.only, Object.keys(CONTENDERS)),
    rounds: Number(values.rounds ?? (quick ? 3 : 8)),
    warmups: Number(values.warmups ?? (quick ? 1 : 2)),
    shrink: Number(values.shrink ?? (quick ? 4 : 1)),
    save: values.save || !(quick || values.workloads || values.only),
  };
}

function pick(wanted: string | undefined, known: readonly string[]): string[] {
  const names = wanted?.split(",") ?? [...known];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  console.error(`Unknown: ${unknown.join(", ")}\n\n${USAGE}`);
  return Deno.exit(2);
}

type Args = ReturnType<typeof readArgs>;

interface Results {
  results: Result[];
  versions: Map<string, string | undefined>;
}

async function measureAll(args: Args): Promise<Results> {
  const names = WORKLOAD_NAMES.filter((name) => args.workloads.includes(name));
  const timed = names.filter((name) => TIMED.includes(name));
  await using field = await Field.start(args.contenders, skipped);
  const results = timed.length === 0
    ? []
    : await field.measure(timed, args, tellRound);
  for (const name of names.filter((name) => !TIMED.includes(name))) {
    results.push(...await measureMemory(name, args));
  }
  return { results, versions: field.versions };
}

/** Measures memory in processes that have done nothing else before. */
async function measureMemory(
  name: WorkloadName,
  args: Args,
): Promise<Result[]> {
  console.error("Memory");
  await using field = await Field.start(args.contenders, () => {});
  return await field.weigh(name, args.shrink);
}

function tellRound(round: number): void {
  console.error(round < 0 ? "Warming up" : `Round ${round + 1}`);
}

function skipped(contender: string, reason: string): void {
  console.error(`Skipped ${contender}: ${reason}`);
}

function save({ results, versions }: Results, rounds: number): void {
  const here = (name: string) => new URL(name, import.meta.url);
  Deno.writeTextFileSync(
    here("RESULTS.md"),
    resultsPage(results, versions, rounds),
  );
  Deno.writeTextFileSync(here("results.svg"), ratioChart(results));
}

const args = readArgs();
if (args.help) {
  console.log(USAGE);
  Deno.exit();
}
const measured = await measureAll(args);
const { results } = measured;
console.log(`\n${toMarkdown(resultTable(results))}\n`);
const bars = barTable(results);
if (bars.length > 1) console.log(`${toMarkdown(bars)}\n`);
if (args.save) save(measured, args.rounds);
const failures = results.filter(({ errors }) => errors.length > 0);
for (const { contender, workload, errors } of failures) {
  console.error(`${contender} failed ${workload}: ${errors.join("; ")}`);
}
if (failures.some(({ contender }) => !CONTENDERS[contender]!.peer)) {
  Deno.exit(1);
}
