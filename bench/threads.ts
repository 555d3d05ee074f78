/**
 * Measures actors in Workers against raw `postMessage()` and Comlink, in one
 * run, one after the other in turns: `deno task bench:threads [rounds]`.
 *
 * @module
 */
import { wrap } from "comlink";
import { ActorSystem } from "../mod.ts";
import { workers } from "../runtimes/worker.ts";
import { median } from "./stats.ts";
import { compute, Server } from "./threads/actors.ts";

type Run = () => unknown;

interface Measure {
  readonly name: string;
  /** How many times as many rounds are needed, if others use the cores. */
  readonly times?: number;
  /** How much is done in a run, for the rate. */
  readonly count: number;
  readonly runs: Readonly<Record<string, Run>>;
  /** Of which two runs the ratio is told, and what it should be. */
  readonly ratios: readonly [of: string, to: string, goal: number][];
}

const rounds = Number(Deno.args[0] ?? 9);
const ONE = 1000;
const MANY = 10_000;
/** Some 15 ms of work: short enough to find both cores free now and then. */
const ROUNDS = 8_000_000;

/** Raw `postMessage()`, with replies found by their number. */
class Raw {
  readonly #worker = new Worker(new URL("./threads/raw.ts", import.meta.url), {
    type: "module",
  });
  readonly #waiting = new Map<number, (n: number) => void>();
  #id = 0;

  constructor() {
    this.#worker.onmessage = ({ data: [id, n] }) => {
      this.#waiting.get(id)!(n);
      this.#waiting.delete(id);
    };
  }

  ask(n: number): Promise<number> {
    const id = ++this.#id;
    this.#worker.postMessage([id, n]);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  tell(n: number): void {
    this.#worker.postMessage([0, n]);
  }

  told(): Promise<number> {
    const id = -++this.#id;
    this.#worker.postMessage([id, 0]);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  end(): void {
    this.#worker.terminate();
  }
}

interface Remote {
  add(n: number): Promise<number>;
  throws(): Promise<never>;
}

const system = new ActorSystem();
const raw = new Raw();
const comlinkWorker = new Worker(
  new URL("./threads/comlink.ts", import.meta.url),
  { type: "module" },
);
const comlink = wrap(comlinkWorker as never) as unknown as Remote;
workers.size = 2;
const server = system.start(Server);
const second = system.start(Server);

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
    runs: {
      dekka: () => oneByOne((n) => server.ask(n)),
      raw: () => oneByOne((n) => raw.ask(n)),
      comlink: () => oneByOne((n) => comlink.add(n)),
    },
    ratios: [["dekka", "raw", 0.9], ["dekka", "comlink", 1.1]],
  },
  {
    name: "10,000 asks in flight",
    count: MANY,
    runs: {
      dekka: () => inFlight((n) => server.ask(n)),
      raw: () => inFlight((n) => raw.ask(n)),
      comlink: () => inFlight((n) => comlink.add(n)),
    },
    ratios: [["dekka", "comlink", 4]],
  },
  {
    name: "10,000 tells and one ask",
    count: MANY,
    runs: {
      dekka: async () => {
        for (let i = 0; i < MANY; i++) server.tell(i);
        await server.proxy().told;
      },
      raw: async () => {
        for (let i = 0; i < MANY; i++) raw.tell(i);
        await raw.told();
      },
    },
    ratios: [["dekka", "raw", 4]],
  },
  {
    name: "calls that throw, one at a time",
    count: ONE,
    runs: {
      dekka: () => throwOneByOne(() => server.proxy().throws()),
      comlink: () => throwOneByOne(() => comlink.throws()),
    },
    ratios: [],
  },
  {
    name: "work on two cores",
    times: 8,
    count: 1,
    runs: {
      two: () =>
        Promise.all(
          [server, second].map((one) => one.proxy().compute(ROUNDS / 2).get()),
        ),
      one: () => server.proxy().compute(ROUNDS),
      here: () => compute(ROUNDS),
    },
    ratios: [["two", "one", 1.8]],
  },
  {
    name: "1,000 actors start, answer and stop",
    count: 1000,
    runs: {
      dekka: async () => {
        const refs = Array.from({ length: 1000 }, () => system.start(Server));
        await Promise.all(refs.map((ref) => ref.ask(1).get()));
        await Promise.all(refs.map((ref) => ref.stop().get()));
      },
    },
    ratios: [],
  },
];

async function timeOf(run: Run): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function measure({ name, count, runs, ratios, ...more }: Measure) {
  const times: Record<string, number[]> = {};
  for (let round = -2; round < rounds * (more.times ?? 1); round++) {
    for (const [who, run] of Object.entries(runs)) {
      const time = await timeOf(run);
      if (round >= 0) (times[who] ??= []).push(time);
    }
  }
  console.log(`\n${name}`);
  for (const [who, list] of Object.entries(times)) {
    const time = median(list);
    const rate = Math.round(count / time * 1000).toLocaleString("en");
    console.log(
      `  ${who.padEnd(8)} ${time.toFixed(1).padStart(8)} ms  ${rate}/s`,
    );
  }
  for (const [of, to, goal] of ratios) {
    // Of pairs that ran side by side, for the machine is not always as fast.
    const pairs = times[of]!.map((time, i) => times[to]![i]! / time);
    const ratio = median(pairs).toFixed(2);
    const verdict = Number(ratio) >= goal ? "met" : "MISSED";
    // What others do on the machine makes rounds longer, and never shorter.
    const best = Math.min(...times[to]!) / Math.min(...times[of]!);
    console.log(
      `  ${of} / ${to}: ${ratio} (goal ${goal}: ${verdict}), ${
        best.toFixed(2)
      } of the fastest rounds`,
    );
  }
}

for (const one of MEASURES) await measure(one);
raw.end();
comlinkWorker.terminate();
await system[Symbol.asyncDispose]();
