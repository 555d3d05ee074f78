import { root } from "../files.ts";
import { inPages } from "./browser.ts";
import { BUNDLES } from "./bundle.ts";
import { serveDist } from "./in_browser.ts";
import { commandOf } from "./in_process.ts";
import { ask } from "./in_workerd.ts";
import type { TestedRuntime } from "./runtimes.ts";

/** Imports are measured so often; the median counts. */
const ROUNDS = 5;

const MEASURED = `const begin = performance.now();
await import("../npm/mod.js");
const time = performance.now() - begin;`;

const PROGRAM = `${MEASURED}
console.log(time);
`;

const ISOLATE = `export default {
  async fetch() {
    ${MEASURED}
    return new Response(time);
  },
};
`;

/**
 * How long a runtime takes to import the package.
 *
 * @param runtime Which one.
 * @returns Milliseconds.
 */
export async function importTime(runtime: TestedRuntime): Promise<number> {
  switch (runtime.kind) {
    case "workerd":
      return await inWorkerd();
    case "page":
      return median(await inBrowser(pageImport));
    case "worker":
      return median(await inBrowser(workerImport));
    default:
      return median(await repeated(() => inProcess(runtime)));
  }
}

async function repeated(measure: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) times.push(await measure());
  return times;
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

/** The mean, as the clock knows whole milliseconds only. */
async function inWorkerd(): Promise<number> {
  await Deno.writeTextFile(`${root}${BUNDLES}import_workerd.js`, ISOLATE);
  const answers = await ask("import_workerd.js", ...Array(ROUNDS).fill(""));
  return answers.reduce((sum, time) => sum + Number(time), 0) / ROUNDS;
}

async function inProcess(runtime: TestedRuntime): Promise<number> {
  const path = `${root}${BUNDLES}import.js`;
  await Deno.writeTextFile(path, PROGRAM);
  const [program, ...args] = commandOf(runtime);
  const { stdout } = await new Deno.Command(program!, {
    args: [...args, path],
    stdin: "null",
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

async function inBrowser(measure: () => Promise<number>): Promise<number[]> {
  await using server = serveDist();
  return await inPages(server.url, ROUNDS, (page) => page.evaluate(measure));
}

/** Runs inside of the page. */
async function pageImport(): Promise<number> {
  const path = "/npm/mod.js";
  const begin = performance.now();
  await import(path);
  return performance.now() - begin;
}

/** Runs inside of the page. */
function workerImport(): Promise<number> {
  const source = `const begin = performance.now();
    await import("${location.origin}/npm/mod.js");
    postMessage(performance.now() - begin);`;
  const url = URL.createObjectURL(
    new Blob([source], { type: "text/javascript" }),
  );
  const worker = new Worker(url, { type: "module" });
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  });
}
