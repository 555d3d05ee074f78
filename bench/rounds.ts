/**
 * The interleaved rounds: in each, every contender runs every workload once, and
 * what it reached is divided by what the baseline reached in the same round.
 *
 * A process lives through all rounds and runs all workloads in turn, so that its
 * compiled code has seen what a whole program would show it. One that runs a
 * single workload again and again is up to four times as fast: the engine learns
 * where its objects live and which single handler there is.
 *
 * @module
 */
import { CONTENDERS } from "./contenders.ts";
import { type ContenderProcess, startContender } from "./process.ts";
import {
  SENDERS,
  TIMED,
  type Workload,
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

/** By how much the workloads that nobody asked for are shorter. */
const FILLER = 20;

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

  /** The versions that the contenders tell of. */
  get versions(): Map<string, string | undefined> {
    return new Map(
      [...this.#processes].map(([name, { hello }]) => [name, hello.version]),
    );
  }

  /** Measures workloads, and runs all others between them. */
  async measure(
    names: readonly WorkloadName[],
    { rounds, warmups, shrink }: RoundOptions,
    progress: (round: number) => void,
  ): Promise<Result[]> {
    const lines = TIMED.map((name) =>
      this.#runnersOf(name, names.includes(name) ? shrink : shrink * FILLER)
    );
    for (let round = -warmups; round < rounds; round++) {
      progress(round);
      for (const line of lines) {
        for (const runner of rotate(line, round + warmups)) {
          await runOnce(runner, round >= 0);
        }
      }
    }
    return lines.filter(([first]) => first && names.includes(first.workload))
      .flatMap(toResults);
  }

  /** Measures the memory of what one workload leaves alive. */
  async weigh(name: WorkloadName, shrink: number): Promise<Result[]> {
    const line = this.#runnersOf(name, shrink);
    for (const runner of line) await runOnce(runner, true);
    return toResults(line);
  }

  #runnersOf(workload: WorkloadName, shrink: number): Runner[] {
    return [...this.#processes]
      .filter(([, process]) => process.hello.workloads.includes(workload))
      .map(([contender, process]) => {
        const { divisor = 1 } = CONTENDERS[contender]!;
        const size = sizeOf(workloadOf(workload), shrink * divisor);
        return { workload, contender, process, size, figures: [], errors: [] };
      });
  }

  /** Ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

interface Runner {
  workload: WorkloadName;
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

async function runOnce(runner: Runner, counts: boolean): Promise<void> {
  const { workload, size } = runner;
  let figure = NaN;
  try {
    const value = await runner.process.run({ workload, size });
    const { memory } = workloadOf(workload);
    figure = memory ? value / size : size / value * 1000;
  } catch (error) {
    runner.errors.push(error instanceof Error ? error.message : String(error));
  }
  if (counts) runner.figures.push(figure);
}

function toResults(line: readonly Runner[]): Result[] {
  return line.map(({ workload, contender, figures, errors }) => {
    const { baseline } = workloadOf(workload);
    const base = line.find((runner) => runner.contender === baseline);
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
