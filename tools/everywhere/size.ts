import { build, stop } from "esbuild";
import { root } from "../files.ts";
import { launch } from "./browser.ts";
import { serveDist } from "./in_browser.ts";
import { commandOf } from "./in_process.ts";
import type { TestedRuntime } from "./runtimes.ts";

/** Imports are measured so often; the median counts. */
const ROUNDS = 5;

const PROGRAM = `const begin = performance.now();
await import("../npm/mod.js");
console.log(performance.now() - begin);
`;

/**
 * How large the core is in a bundle.
 *
 * @returns Bytes, minified, and these zipped.
 */
export async function sizeOfCore(): Promise<
  { minified: number; zipped: number }
> {
  const { outputFiles } = await build({
    entryPoints: [`${root}dist/npm/mod.js`],
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  await stop();
  const bytes = outputFiles[0]!.contents as Uint8Array<ArrayBuffer>;
  const zip = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const zipped = (await new Response(zip).bytes()).length;
  return { minified: bytes.length, zipped };
}

/**
 * How long a runtime takes to import the package.
 *
 * @param runtime Which one.
 * @returns Milliseconds, or `undefined` where no clock tells.
 */
export async function importTime(
  runtime: TestedRuntime,
): Promise<number | undefined> {
  if (runtime.kind === "workerd") return undefined;
  const measure = runtime.kind === "page" || runtime.kind === "worker"
    ? () => inBrowser(runtime.kind === "worker")
    : () => inProcess(runtime);
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) times.push(await measure());
  return times.sort((a, b) => a - b)[ROUNDS >> 1];
}

async function inProcess(runtime: TestedRuntime): Promise<number> {
  const path = `${root}dist/everywhere/import.js`;
  await Deno.writeTextFile(path, PROGRAM);
  const [program, ...args] = commandOf(runtime);
  const { stdout } = await new Deno.Command(program!, {
    args: [...args, path],
    stdin: "null",
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

async function inBrowser(isWorker: boolean): Promise<number> {
  await using server = serveDist();
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    return await page.evaluate(isWorker ? workerImport : pageImport);
  } finally {
    await browser.close();
  }
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
