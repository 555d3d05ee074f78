/**
 * Measures what the detection of deadlocks costs synchronous handlers, one ask at
 * a time: `deno task bench:detection`.
 *
 * Both systems live in one process that has run all other workloads. Two
 * processes, one of which never followed a handler, differ in their compiled
 * code by more than what is measured here.
 *
 * @module
 */
import { type ActorRef, ActorSystem } from "../mod.ts";
import dekka from "./contenders/dekka.ts";
import { Counter } from "./contenders/dekka_actors.ts";
import { TIMED, workloadOf } from "./workloads.ts";

const ASKS = 200_000;
const ROUNDS = 6;
const PAIRS = 4;

/** Milliseconds of asks, one after another. */
async function time(ref: ActorRef<Counter>): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < ASKS; i++) await ref.ask(1);
  return performance.now() - start;
}

async function runOthers(): Promise<void> {
  for (const name of TIMED) {
    await dekka[name]?.(workloadOf(name).size, async (run) => await run());
  }
}

await using off = new ActorSystem({ detectDeadlocks: false });
await using on = new ActorSystem();
const [without, detecting] = [off.start(Counter), on.start(Counter)];
const ratios: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  await runOthers();
  for (let pair = 0; pair < PAIRS; pair++) {
    // Who goes first takes turns.
    const first = await time(pair % 2 === 0 ? without : detecting);
    const second = await time(pair % 2 === 0 ? detecting : without);
    ratios.push(pair % 2 === 0 ? first / second : second / first);
  }
}
const sorted = ratios.sort((a, b) => a - b);
const at = (part: number) => sorted[Math.floor(part * sorted.length)]!;
console.log(
  `With detection: ${at(0.5).toFixed(3)} of the speed without it ` +
    `(quartiles ${at(0.25).toFixed(3)} and ${at(0.75).toFixed(3)})`,
);
