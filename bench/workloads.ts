/**
 * What is measured, and the bars that Dekka has set itself.
 *
 * @module
 */

/** The names of the workloads. */
export type WorkloadName = keyof typeof WORKLOADS;

/** One thing that is measured. */
export interface Workload {
  /** What stands in the table. */
  readonly title: string;
  /** How many operations one run has. */
  readonly size: number;
  /** Whose figure of the same round every figure is divided by. */
  readonly baseline: "floor" | "without";
  /** The least ratio that Dekka has to reach; for memory the most bytes. */
  readonly bar?: number;
  /** The ratio that Dekka aims at; for memory the bytes. */
  readonly aim?: number;
  /** Bytes for each operation instead of operations a second. */
  readonly memory?: boolean;
  /** The column in which peers are compared: the best of its rows counts. */
  readonly column?: string;
}

/** Every workload, in the order of the table. */
export const WORKLOADS = {
  "tell": {
    title: "tell to one actor, 1 M waiting",
    size: 1_000_000,
    baseline: "floor",
    bar: 1.6,
    aim: 2.5,
    column: "tell",
  },
  "ask": {
    title: "ask, one at a time",
    size: 200_000,
    baseline: "floor",
    bar: 1.0,
    aim: 1.5,
    column: "ask",
  },
  "ask-get": {
    title: "the same through `.get()`",
    size: 200_000,
    baseline: "floor",
    bar: 1.3,
    aim: 1.6,
    column: "ask",
  },
  "ask-async": {
    title: "the same, asynchronous handler",
    size: 200_000,
    baseline: "floor",
    bar: 0.5,
    aim: 0.9,
    column: "ask-async",
  },
  "flight": {
    title: "100,000 asks in flight, `getAll`",
    size: 100_000,
    baseline: "floor",
    bar: 1.3,
    aim: 1.8,
    column: "flight",
  },
  "flight-all": {
    title: "the same through `Promise.all`",
    size: 100_000,
    baseline: "floor",
    bar: 0.6,
    aim: 1.2,
    column: "flight",
  },
  "start": {
    title: "start + first ask",
    size: 100_000,
    baseline: "floor",
    bar: 0.8,
    aim: 1.2,
    column: "start",
  },
  "ring": {
    title: "thread ring of 503",
    size: 1_000_000,
    baseline: "floor",
    bar: 2.0,
    aim: 3.0,
    column: "ring",
  },
  "fan-in": {
    title: "fan-in, 60 actors",
    size: 600_000,
    baseline: "floor",
    bar: 2.0,
    aim: 3.0,
    column: "fan-in",
  },
  "proxy": {
    title: "proxy call",
    size: 200_000,
    baseline: "floor",
    bar: 1.0,
    aim: 1.5,
    column: "proxy",
  },
  "throw": {
    title: "ask that throws",
    size: 50_000,
    baseline: "floor",
    bar: 0.9,
    aim: 1.2,
    column: "throw",
  },
  "deadline": {
    title: "ask with a deadline, 100,000 in flight",
    size: 100_000,
    baseline: "without",
    bar: 0.6,
    aim: 0.8,
  },
  "detect": {
    title: "detection on, synchronous handler",
    size: 200_000,
    baseline: "without",
    bar: 0.95,
  },
  "detect-async": {
    title: "detection on, asynchronous handler",
    size: 200_000,
    baseline: "without",
  },
  "detect-nested": {
    title: "detection on, asynchronous handler that asks another actor",
    size: 100_000,
    baseline: "without",
  },
  "detect-delegate": {
    title: "detection on, synchronous handler that delegates to another actor",
    size: 100_000,
    baseline: "without",
  },
  "heap": {
    title: "memory for each live idle actor",
    size: 100_000,
    baseline: "floor",
    bar: 500,
    aim: 300,
    memory: true,
    column: "heap",
  },
} as const satisfies Record<string, Workload>;

/** How many actors the thread ring has. */
export const RING = 503;

/** How many actors send in the fan-in. */
export const SENDERS = 60;

/** The names, in the order of the table. */
export const WORKLOAD_NAMES: WorkloadName[] = Object.keys(
  WORKLOADS,
) as WorkloadName[];

/** Those whose time is taken. */
export const TIMED: WorkloadName[] = WORKLOAD_NAMES
  .filter((name) => !workloadOf(name).memory);

/** The workload of a name. */
export function workloadOf(name: WorkloadName): Workload {
  return WORKLOADS[name];
}
