/**
 * Measures how late a timer fires while actors message each other without end:
 * `deno run -A bench/fairness.ts`.
 *
 * @module
 */
import { type ActorRef, EventedActor, getAll } from "../mod.ts";
import { type Table, toMarkdown } from "./report.ts";
import { quantile } from "./stats.ts";
import { RING } from "./workloads.ts";

const DELAY = 10;
const TIMES = 50;
/** The median may be this late at most, in milliseconds after the start. */
const LIMIT = 20;

/** Milliseconds for which one case goes on at most. */
const PATIENCE = 10_000;

let hops = 0;
let passing = true;
// A loop that lets no timer in would otherwise go on for ever.
let deadline = Infinity;

/** Passes every token on, without end, until it is told to stop. */
class Passer extends EventedActor<ActorRef<Passer> | "token", void> {
  protected next: ActorRef<Passer> | undefined;

  override onReceive(
    message: ActorRef<Passer> | "token",
  ): void | Promise<void> {
    if (message !== "token") this.next = message;
    else this.pass();
  }

  protected pass(): void {
    if ((++hops & 0xffff) === 0 && performance.now() > deadline) {
      passing = false;
    }
    if (passing) this.next!.tell("token");
  }
}

class AsyncPasser extends Passer {
  override async onReceive(message: ActorRef<Passer> | "token"): Promise<void> {
    await null;
    if (message !== "token") this.next = message;
    else this.pass();
  }
}

interface Case {
  title: string;
  actorClass: { start(): ActorRef<Passer> };
  tokens: number;
}

const CASES: Case[] = [
  { title: "one token", actorClass: Passer, tokens: 1 },
  { title: "a token for each actor", actorClass: Passer, tokens: RING },
  { title: "20 tokens for each", actorClass: Passer, tokens: 20 * RING },
  { title: "asynchronous handlers", actorClass: AsyncPasser, tokens: RING },
];

async function firesAfter(delay: number): Promise<number> {
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, delay));
  return performance.now() - start;
}

async function measureCase({ title, actorClass, tokens }: Case) {
  deadline = performance.now() + PATIENCE;
  const ring = Array.from({ length: RING }, () => actorClass.start());
  ring.forEach((ref, i) => ref.tell(ring[(i + 1) % RING]!));
  for (let i = 0; i < tokens; i++) ring[i % RING]!.tell("token");
  await firesAfter(100);
  hops = 0;
  const start = performance.now();
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) times.push(await firesAfter(DELAY));
  const rate = hops / (performance.now() - start) / 1000;
  // A ring that was still passing at its deadline had let no timer in.
  const starved = !passing;
  passing = false;
  await getAll(ring.map((ref) => ref.stop()));
  passing = true;
  return { title, times: starved ? [PATIENCE] : times, rate };
}

const rows: Table = [];
let fair = true;
for (const one of CASES) {
  const { title, times, rate } = await measureCase(one);
  const figures = [0.5, 0.9, 1].map((share) => quantile(times, share));
  fair &&= figures[0]! <= LIMIT;
  const cells = figures.map((time) => `${time.toFixed(1)} ms`);
  rows.push([title, ...cells, `${rate.toFixed(1)} M`]);
}
const head = ["a ring of 503", "median", "90 %", "latest", "hops/s"];
console.log(`setTimeout(${DELAY}) beside actors that never rest:\n`);
console.log(toMarkdown([head, ...rows]));
if (!fair) {
  console.error(`\nThe median is above ${LIMIT} ms`);
  Deno.exit(1);
}
