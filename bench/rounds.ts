/**
 * The interleaved rounds: in each, every contender runs the workload once, and
 * what it reached is divided by what the baseline reached in the same round.
 *
 * @module
 */
import { CONTENDERS } from "./contenders.ts";
import { type ContenderProcess, startContender } from "./process.ts";
import {
  SENDERS,
  type Workload,
  WORKLOAD_NAMES,
  type WorkloadName,
  workloadOf,
} from "./workloads.ts";

/** What one contender reached in one workload. */
export interface Result {
  /** The workload. */
  workload: WorkloadName;
  /** The contender. */
  contender: string;
  /** Operations a second, or bytes for each actor, one for each good round. */
  figures: number[];
  /** The figures divided by the baseline's of the same round. */
  ratios: number[];
  /** Why there is no figure of the other rounds. */
  errors: string[];
}

/** How to measure. */
export interface RoundOptions {
  /** How many rounds count. */
  rounds: number;
  /** How many go before them. */
  warmups: number;
  /** Divides the size of every run. */
  shrink: number;
}

/** The contenders that take part, each with its process. */
export class Field implements AsyncDisposable {
  readonly #processes = new Map<string, ContenderProcess>();
  readonly #stack = new AsyncDisposableStack();

  /** Starts the processes; says of whom it cannot, and why. */
  static async start(
    names: readonly string[],
    skipped: (contender: string, reason: string) => void,
  ): Promise<Field> {
    const field = new Field();
    for (const name of names) {
      const process = await startContender(CONTENDERS[name]!);
      if (process instanceof Error) skipped(name, process.message);
      else field.#processes.set(name, field.#stack.use(process));
    }
    return field;
  }

  /**
   * Runs every workload of every contender once, so that its compiled code has
   * seen what a whole program would show it, whichever workloads are chosen.
   */
  async warmUp(): Promise<void> {
    for (const name of WORKLOAD_NAMES) {
      if (workloadOf(name).memory) continue;
      await this.measure(name, { rounds: 0, warmups: 1, shrink: 20 });
    }
  }

  /** Measures one workload for the contenders that can do it. */
  async measure(name: WorkloadName, options: RoundOptions): Promise<Result[]> {
    const runners = this.#runnersOf(name, options.shrink);
    for (let i = 0; i < options.warmups + options.rounds; i++) {
      for (const runner of rotate(runners, i)) {
        await runOnce(runner, name, i >= options.warmups);
      }
    }
    return toResults(name, runners);
  }

  #runnersOf(name: WorkloadName, shrink: number): Runner[] {
    return [...this.#processes]
      .filter(([, process]) => process.hello.workloads.includes(name))
      .map(([contender, process]) => {
        const { divisor = 1 } = CONTENDERS[contender]!;
        const size = sizeOf(workloadOf(name), shrink * divisor);
        return { contender, process, size, figures: [], errors: [] };
      });
  }

  /** Ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

interface Runner {
  contender: string;
  process: ContenderProcess;
  size: number;
  /** By round: NaN for one that failed. */
  figures: number[];
  errors: string[];
}

// A multiple of the number of senders, so that their shares are even.
function sizeOf({ size }: Workload, shrink: number): number {
  return Math.ceil(size / shrink / SENDERS) * SENDERS;
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % Math.max(items.length, 1);
  return [...items.slice(start), ...items.slice(0, start)];
}

async function runOnce(
  runner: Runner,
  workload: WorkloadName,
  counts: boolean,
): Promise<void> {
  let figure = NaN;
  try {
    figure = figureOf(workload, runner.size, await valueOf(runner, workload));
  } catch (error) {
    runner.errors.push(error instanceof Error ? error.message : String(error));
  }
  if (counts) runner.figures.push(figure);
}

function valueOf(runner: Runner, workload: WorkloadName): Promise<number> {
  return runner.process.run({ workload, size: runner.size });
}

function figureOf(workload: WorkloadName, size: number, value: number): number {
  return workloadOf(workload).memory ? value / size : size / value * 1000;
}

function toResults(
  workload: WorkloadName,
  runners: readonly Runner[],
): Result[] {
  const { baseline } = workloadOf(workload);
  const base = runners.find(({ contender }) => contender === baseline);
  return runners.map(({ contender, figures, errors }) => {
    const ratios = figures.map((figure, round) =>
      figure / (base?.figures[round] ?? NaN)
    );
    return {
      workload,
      contender,
      figures: figures.filter(Number.isFinite),
      ratios: ratios.filter(Number.isFinite),
      errors,
    };
  });
}
