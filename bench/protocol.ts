/**
 * What the measuring program and a contender say to each other, one JSON object
 * a line, and what a contender in JavaScript looks like.
 *
 * A contender says {@linkcode Hello} when it is ready, and answers every
 * {@linkcode Order} with an {@linkcode Answer}.
 *
 * @module
 */
import type { WorkloadName } from "./workloads.ts";

/** The first line of a contender. */
export interface Hello {
  /** What it can do. */
  workloads: string[];
  /** The versions behind it, for the table. */
  version?: string;
}

/** What a contender is told to do. */
export interface Order {
  /** What to run. */
  workload: WorkloadName;
  /** How many operations. */
  size: number;
}

/** What came of it. */
export interface Answer {
  /** Milliseconds, or bytes, for the whole run. */
  value?: number;
  /** Why there is no figure. */
  error?: string;
}

/** Measures its argument: preparing and stopping stay outside. */
export type Measured = (body: () => unknown) => Promise<unknown>;

/** Runs one workload, and throws when its result is wrong. */
export type Run = (size: number, measured: Measured) => unknown;

/** What a contender in JavaScript exports as its default. */
export type Contender = Partial<Record<WorkloadName, Run>>;

/** Fails a run whose result is wrong: a lost message is no fast run. */
export function check(actual: unknown, expected: unknown): void {
  if (actual !== expected) {
    throw new Error(`expected ${expected}, but the result is ${actual}`);
  }
}

/** Splits a stream of bytes into lines. */
export async function* linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
