/**
 * Shows where the time of one workload goes:
 * `deno run -A bench/profile.ts dekka ask [runs]`.
 *
 * @module
 */
import type { Order } from "./protocol.ts";
import { TIMED, type WorkloadName, workloadOf } from "./workloads.ts";

const ROWS = 25;

interface Profile {
  nodes: { id: number; callFrame: Frame }[];
  samples: number[];
  timeDeltas: number[];
}

interface Frame {
  functionName: string;
  url: string;
  lineNumber: number;
}

/** The other workloads first, so that the compiled code has seen them. */
function ordersOf(name: WorkloadName, runs: number): Order[] {
  const fillers = TIMED.map((workload) => ({
    workload,
    size: Math.ceil(workloadOf(workload).size / 1200) * 60,
  }));
  const order = { workload: name, size: workloadOf(name).size };
  return [...fillers, ...Array<Order>(runs).fill(order)];
}

async function record(
  contender: string,
  orders: readonly Order[],
): Promise<Profile> {
  const folder = await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--cpu-prof",
      `--cpu-prof-dir=${folder}`,
      "--v8-flags=--expose-gc",
      new URL("worker.ts", import.meta.url).pathname,
      contender,
    ],
    stdin: "piped",
    stdout: "inherit",
  }).spawn();
  const text = orders.map((order) => `${JSON.stringify(order)}\n`).join("");
  await ReadableStream.from([text]).pipeThrough(new TextEncoderStream())
    .pipeTo(child.stdin);
  await child.status;
  const [file] = await Array.fromAsync(Deno.readDir(folder));
  const profile = await Deno.readTextFile(`${folder}/${file!.name}`);
  await Deno.remove(folder, { recursive: true });
  return JSON.parse(profile);
}

/** Milliseconds for each function, without those that it calls. */
function selfTimes({ nodes, samples, timeDeltas }: Profile) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)!;
    const place = `${url.split("/").slice(-2).join("/")}:${lineNumber + 1}`;
    const name = `${functionName || "(anonymous)"} ${place}`;
    times.set(name, (times.get(name) ?? 0) + timeDeltas[i]! / 1000);
  }
  return [...times].toSorted(([, a], [, b]) => b - a);
}

const [contender = "dekka", name = "ask", runs = "10"] = Deno.args;
const orders = ordersOf(name as WorkloadName, Number(runs));
for (
  const [place, ms] of selfTimes(await record(contender, orders)).slice(0, ROWS)
) {
  console.log(`${ms.toFixed(0).padStart(7)} ms  ${place}`);
}
