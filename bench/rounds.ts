/**
 * The interleaved rounds: in each, every contender runs the workload once, and
 * what it reached is divided by what the baseline reached in the same round.
 *
 * @module
 */
import { CONTENDERS } from "./contenders.ts";
import { type ContenderProcess, startContender } from "./process.ts";
import { type Workload, type WorkloadName, workloadOf } from "./workloads.ts";

/** What one contender reached in one workload. */
export interface Result {
  /** The workload. */
  workload: WorkloadName;
  /** The contender. */
  contender: string;
  /** Operations a second, or bytes for each actor, one for each round. */
  figures: number[];
  /** The figures divided by the baseline's, one for each round. */
  ratios: number[];
  /** Why there are none. */
  error?: string;
}

/** What to measure. */
export interface RoundOptions {
  /** How many rounds count. */
  rounds: number;
  /** How many go before them. */
  warmups: number;
  /** Divides the size of every run. */
  shrink: number;
  /** Told of a contender that cannot take part. */
  skipped: (contender: string, reason: string) => void;
}

interface Runner {
  name: string;
  process: ContenderProcess;
  size: number;
  figures: number[];
  error?: string;
}

/** Measures one workload for the contenders that can do it. */
export async function measure(
  name: WorkloadName,
  contenders: readonly string[],
  options: RoundOptions,
): Promise<Result[]> {
  const workload = workloadOf(name);
  await using stack = new AsyncDisposableStack();
  const runners: Runner[] = [];
  for (const contender of contenders) {
    const runner = await startRunner(name, contender, options);
    if (!runner) continue;
    stack.use(runner.process);
    runners.push(runner);
  }
  for (let round = -options.warmups; round < options.rounds; round++) {
    for (const runner of rotate(runners, round + options.warmups)) {
      await runOnce(runner, name, workload, round >= 0);
    }
  }
  return toResults(name, workload, runners);
}

async function startRunner(
  workload: WorkloadName,
  contender: string,
  options: RoundOptions,
): Promise<Runner | undefined> {
  const info = CONTENDERS[contender]!;
  const process = await startContender(info);
  if (process instanceof Error) {
    options.skipped(contender, process.message);
    return undefined;
  }
  if (!process.hello.workloads.includes(workload)) {
    await process[Symbol.asyncDispose]();
    return undefined;
  }
  const shrink = options.shrink * (info.divisor ?? 1);
  const size = Math.ceil(workloadOf(workload).size / shrink);
  return { name: contender, process, size, figures: [] };
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % Math.max(items.length, 1);
  return [...items.slice(start), ...items.slice(0, start)];
}

async function runOnce(
  runner: Runner,
  name: WorkloadName,
  workload: Workload,
  counts: boolean,
): Promise<void> {
  if (runner.error !== undefined) return;
  try {
    const order = { workload: name, size: runner.size };
    const value = await runner.process.run(order);
    if (!counts) return;
    const figure = workload.memory
      ? value / runner.size
      : runner.size / value * 1000;
    runner.figures.push(figure);
  } catch (error) {
    runner.error = error instanceof Error ? error.message : String(error);
  }
}

function toResults(
  name: WorkloadName,
  workload: Workload,
  runners: readonly Runner[],
): Result[] {
  const baseline = runners.find((runner) => runner.name === workload.baseline);
  return runners.map(({ name: contender, figures, error }) => {
    const ratios = figures.map((figure, round) =>
      figure / (baseline?.figures[round] ?? NaN)
    );
    const failed = error === undefined ? {} : { error };
    return { workload: name, contender, figures, ratios, ...failed };
  });
}
