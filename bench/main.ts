/**
 * Measures Dekka beside a hand-written mailbox and its peers: `deno task bench`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { ratioChart } from "./chart.ts";
import { CONTENDERS } from "./contenders.ts";
import { barTable, resultTable, toMarkdown } from "./report.ts";
import { Field, type Result } from "./rounds.ts";
import { WORKLOAD_NAMES, type WorkloadName, workloadOf } from "./workloads.ts";

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

async function measureAll(args: Args): Promise<Result[]> {
  const names = WORKLOAD_NAMES.filter((name) => args.workloads.includes(name));
  const timed = names.filter((name) => !workloadOf(name).memory);
  const weighed = names.filter((name) => workloadOf(name).memory);
  return [
    ...timed.length > 0 ? await measureTime(timed, args) : [],
    ...(await Promise.all(weighed.map((name) => measureMemory(name, args))))
      .flat(),
  ];
}

async function measureTime(
  names: readonly WorkloadName[],
  args: Args,
): Promise<Result[]> {
  await using field = await Field.start(args.contenders, skipped);
  console.error("Warming up");
  await field.warmUp();
  const results: Result[] = [];
  for (const name of names) {
    console.error(`Measuring ${name}`);
    results.push(...await field.measure(name, args));
  }
  return results;
}

/** Measures memory in processes that have done nothing else before. */
async function measureMemory(
  name: WorkloadName,
  args: Args,
): Promise<Result[]> {
  console.error(`Measuring ${name}`);
  await using field = await Field.start(args.contenders, () => {});
  return await field.measure(name, { ...args, rounds: 1, warmups: 0 });
}

function skipped(contender: string, reason: string): void {
  console.error(`Skipped ${contender}: ${reason}`);
}

function describe(rounds: number): string {
  const { os, arch } = Deno.build;
  const cores = navigator.hardwareConcurrency;
  return `Deno ${Deno.version.deno} (V8 ${Deno.version.v8}), ${os} ${arch}, ` +
    `${cores} cores, ${rounds} interleaved rounds.`;
}

function save(results: readonly Result[], rounds: number): void {
  const here = (name: string) => new URL(name, import.meta.url);
  const text = `# Results

Written by \`deno task bench\`; \`docs/benchmarks.md\` says what it means.
${describe(rounds)}

![Ratios to the hand-written floor](results.svg)

## Dekka and its bars

Ratios to the hand-written floor (bytes for memory).

${toMarkdown(barTable(results))}

## Everything

Millions of operations a second, and the ratio to the floor of the same round;
medians and quartiles. "Dekka without it" is the floor of the rows that tell what
a deadline or the detection of deadlocks costs.

${toMarkdown(resultTable(results))}
`;
  Deno.writeTextFileSync(here("RESULTS.md"), text);
  Deno.writeTextFileSync(here("results.svg"), ratioChart(results));
}

const args = readArgs();
if (args.help) {
  console.log(USAGE);
  Deno.exit();
}
const results = await measureAll(args);
console.log(`\n${toMarkdown(resultTable(results))}\n`);
const bars = barTable(results);
if (bars.length > 1) console.log(`${toMarkdown(bars)}\n`);
if (args.save) save(results, args.rounds);
const failures = results.filter(({ errors }) => errors.length > 0);
for (const { contender, workload, errors } of failures) {
  console.error(`${contender} failed ${workload}: ${errors.join("; ")}`);
}
if (failures.some(({ contender }) => !CONTENDERS[contender]!.peer)) {
  Deno.exit(1);
}
