/**
 * The process of one contender that is written in JavaScript:
 * `deno run -A worker.ts <contender>`.
 *
 * @module
 */
import {
  type Answer,
  type Contender,
  linesOf,
  type Order,
} from "./protocol.ts";
import { workloadOf } from "./workloads.ts";

interface Loaded {
  default: Contender;
  version?: string;
}

const { default: contender, version }: Loaded = await import(
  `./contenders/${Deno.args[0]}.ts`
);

function say(line: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
}

async function timeOf(body: () => unknown): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

function bytesInUse(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error("memory is measured with --expose-gc");
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** Lets timers and finalizers run, so that only what is live stays. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

async function bytesOf(body: () => unknown): Promise<number> {
  await settle();
  const before = bytesInUse();
  await body();
  await settle();
  return bytesInUse() - before;
}

async function runOnce({ workload, size }: Order): Promise<number> {
  const run = contender[workload];
  if (!run) throw new Error(`no workload ${workload}`);
  const measure = workloadOf(workload).memory ? bytesOf : timeOf;
  let value = NaN;
  await run(size, async (body) => value = await measure(body));
  return value;
}

async function obey(order: Order): Promise<Answer> {
  try {
    return { value: await runOnce(order) };
  } catch (error) {
    return { error: String(error) };
  }
}

say({ workloads: Object.keys(contender), version });
for await (const line of linesOf(Deno.stdin.readable)) {
  say(await obey(JSON.parse(line)));
}
