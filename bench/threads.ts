/**
 * Measures actors in Workers against raw `postMessage()` and Comlink:
 * `deno task bench:threads [rounds]`.
 *
 * Where the system puts two threads that talk to each other decides more than
 * what they run: on one core a round trip may take 15 µs, on two that fall
 * asleep meanwhile 70 µs. Such luck lasts as long as the threads do. So each
 * round has fresh Workers, and in a round the contenders take turns many times.
 *
 * @module
 */
import { workers } from "../runtimes/worker.ts";
import { median, quantile } from "./stats.ts";
import { compute, Server } from "./threads/actors.ts";
import { Contenders } from "./threads/contenders.ts";

type Run = () => unknown;

interface Measure {
  readonly name: string;
  /** How much is done in a turn, for the rate. */
  readonly count: number;
  /** How many turns each contender has in a round before they are measured. */
  readonly warmUp: number;
  /** How many of its turns are measured. */
  readonly turns: number;
  readonly runs: (contenders: Contenders) => Readonly<Record<string, Run>>;
  /** Of which two runs the ratio is told, and what it should be. */
  readonly ratios: readonly [of: string, to: string, goal?: number][];
}

const rounds = Number(Deno.args[0] ?? 10);
const ONE = 200;
const MANY = 10_000;
/** Some 10 ms of work: short enough to find both cores free now and then. */
const WORK = 8_000_000;

workers.size = 2;

async function oneByOne(ask: (n: number) => PromiseLike<unknown>) {
  for (let i = 0; i < ONE; i++) await ask(i);
}

async function throwOneByOne(ask: () => PromiseLike<unknown>) {
  for (let i = 0; i < ONE; i++) await ask().then(undefined, () => {});
}

async function inFlight(ask: (n: number) => PromiseLike<unknown>) {
  await Promise.all(Array.from({ length: MANY }, (_, i) => ask(i)));
}

const MEASURES: readonly Measure[] = [
  {
    name: "one ask at a time",
    count: ONE,
    warmUp: 20,
    turns: 20,
    runs: ({ server, raw, comlink }) => ({
      dekka: () => oneByOne((n) => server.ask(n)),
      raw: () => oneByOne((n) => raw.ask(n)),
      comlink: () => oneByOne((n) => comlink.add(n)),
    }),
    ratios: [["dekka", "raw", 0.9], ["dekka", "comlink", 1.1]],
  },
  {
    name: "calls that throw, one at a time",
    count: ONE,
    warmUp: 5,
    turns: 5,
    runs: ({ server, comlink }) => ({
      dekka: () => throwOneByOne(() => server.proxy().throws()),
      comlink: () => throwOneByOne(() => comlink.throws()),
    }),
    ratios: [["dekka", "comlink"]],
  },
  {
    name: "10,000 asks in flight",
    count: MANY,
    warmUp: 3,
    turns: 5,
    runs: ({ server, raw, comlink }) => ({
      dekka: () => inFlight((n) => server.ask(n)),
      raw: () => inFlight((n) => raw.ask(n)),
      comlink: () => inFlight((n) => comlink.add(n)),
    }),
    ratios: [["dekka", "comlink", 4], ["dekka", "raw"]],
  },
  {
    name: "10,000 tells and one ask",
    count: MANY,
    warmUp: 10,
    turns: 5,
    runs: ({ server, raw }) => ({
      dekka: async () => {
        for (let i = 0; i < MANY; i++) server.tell(i);
        await server.proxy().told;
      },
      raw: async () => {
        for (let i = 0; i < MANY; i++) raw.tell(i);
        await raw.told();
      },
    }),
    ratios: [["dekka", "raw", 4]],
  },
  {
    name: "work on two cores",
    count: 1,
    warmUp: 1,
    turns: 8,
    runs: ({ server, second }) => ({
      two: () =>
        Promise.all(
          [server, second].map((one) => one.proxy().compute(WORK / 2).get()),
        ),
      one: () => server.proxy().compute(WORK),
      here: () => compute(WORK),
    }),
    ratios: [["two", "one", 1.8]],
  },
  {
    name: "1,000 actors start, answer and stop",
    count: 1000,
    warmUp: 2,
    turns: 3,
    runs: ({ system }) => ({
      dekka: async () => {
        const refs = Array.from({ length: 1000 }, () => system.start(Server));
        await Promise.all(refs.map((ref) => ref.ask(1).get()));
        await Promise.all(refs.map((ref) => ref.stop().get()));
      },
    }),
    ratios: [],
  },
];

async function timeOf(run: Run): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function measure(measure: Measure): Promise<void> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    const contenders = new Contenders();
    const runs = Object.entries(measure.runs(contenders));
    for (let turn = -measure.warmUp; turn < measure.turns; turn++) {
      for (const [who, run] of runs) {
        const time = await timeOf(run);
        if (turn >= 0) (times[who] ??= []).push(time);
      }
    }
    await contenders.end();
  }
  report(measure, times);
}

function report(
  { name, count, ratios }: Measure,
  times: Readonly<Record<string, readonly number[]>>,
): void {
  console.log(`\n${name}`);
  for (const [who, list] of Object.entries(times)) {
    const [low, time, high] = [0.25, 0.5, 0.75].map((share) =>
      (quantile(list, share) / count * 1000).toFixed(count > 1 ? 1 : 0)
    );
    const rate = Math.round(count / median(list) * 1000).toLocaleString("en");
    console.log(
      `  ${who.padEnd(8)} ${
        time!.padStart(6)
      } µs (${low} to ${high}), ${rate}/s`,
    );
  }
  for (const [of, to, goal] of ratios) {
    // Of turns that were side by side, for the machine is not always as fast.
    const pairs = times[of]!.map((time, i) => times[to]![i]! / time);
    const [low, ratio, high] = [0.25, 0.5, 0.75].map((share) =>
      quantile(pairs, share).toFixed(2)
    );
    const verdict = goal === undefined
      ? ""
      : `, goal ${goal}: ${Number(ratio) >= goal ? "met" : "MISSED"}`;
    // What others do on the machine makes turns longer, and never shorter.
    const best = Math.min(...times[to]!) / Math.min(...times[of]!);
    console.log(
      `  ${of} / ${to}: ${ratio} (${low} to ${high}${verdict}), ${
        best.toFixed(2)
      } of the fastest turns`,
    );
  }
}

for (const one of MEASURES) await measure(one);
