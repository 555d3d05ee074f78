/**
 * Finds out what becomes of failures that nobody handles.
 *
 * @module
 */

import { root } from "../files.ts";
import { inPages } from "./browser.ts";
import { BUNDLES } from "./bundle.ts";
import { serveDist } from "./in_browser.ts";
import { commandOf } from "./in_process.ts";
import { ask } from "./in_workerd.ts";
import type { TestedRuntime } from "./runtimes.ts";

/** What is tried: a future that fails unread, and a rejection of one's own. */
const SUBJECTS = {
  future: "a future that fails unread",
  own: "a promise of one's own that rejects",
} as const;

interface Beacons {
  sendBeacon(url: string): boolean;
}

/** How often is looked for what a page says when it is left. */
const LOOKS = 10;

type Subject = keyof typeof SUBJECTS;

/** Says so if the program goes on. */
const MODULE = `import { ActorSystem, EventedActor } from "../npm/mod.js";
export { ActorSystem };
class Failing extends EventedActor {
  onReceive() {
    throw new Error("unread");
  }
}
export async function run(subject) {
  if (subject === "future") Failing.start().ask("fail");
  else Promise.reject(new Error("own"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return "goes on";
}
export default {
  fetch: async (request) => new Response(await run(await request.text())),
};
`;

const PROCESS = `import { run } from "./unhandled.js";
console.log(await run(process.argv[2]));
`;

/**
 * Finds out what a runtime does.
 *
 * @param runtime Which one.
 * @returns What becomes of the program, by what it has not handled.
 */
export async function unhandled(
  runtime: TestedRuntime,
): Promise<Record<string, string>> {
  await Deno.writeTextFile(`${root}${BUNDLES}unhandled.js`, MODULE);
  await Deno.writeTextFile(`${root}${BUNDLES}unhandled_process.js`, PROCESS);
  const subjects = Object.keys(SUBJECTS) as Subject[];
  const outcomes = await outcomesOn(runtime, subjects);
  return Object.fromEntries(subjects.map((subject, i) => {
    return [SUBJECTS[subject], outcomes[i]!];
  }));
}

async function outcomesOn(
  runtime: TestedRuntime,
  subjects: Subject[],
): Promise<string[]> {
  switch (runtime.kind) {
    case "workerd":
      return await ask("unhandled.js", ...subjects);
    case "page":
      return await inBrowser(runInPage, subjects);
    case "worker":
      return await inBrowser(runInWorker, subjects);
    default:
      return await Promise.all(
        subjects.map((subject) => inProcess(runtime, subject)),
      );
  }
}

async function inProcess(
  runtime: TestedRuntime,
  subject: Subject,
): Promise<string> {
  const [program, ...args] = commandOf(runtime);
  const { success, stdout, stderr } = await new Deno.Command(program!, {
    args: [...args, `${root}${BUNDLES}unhandled_process.js`, subject],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const wentOn = decoder.decode(stdout).includes("goes on");
  if (wentOn && !success) return "goes on, fails in the end";
  const isTold = /was never read/.test(decoder.decode(stderr));
  if (wentOn) return isTold ? "goes on, told at the exit" : "goes on";
  return "ends the process";
}

async function inBrowser(
  run: (subject: Subject) => Promise<string>,
  subjects: Subject[],
): Promise<string[]> {
  let isTold = false;
  await using server = serveDist(() => isTold = true);
  return await inPages(server.url, subjects.length, async (page, i) => {
    const outcome = await page.evaluate(run, subjects[i]!);
    isTold = false;
    await page.goto("about:blank");
    for (let left = LOOKS; left > 0 && !isTold; left--) {
      await page.waitForTimeout(50);
    }
    return isTold ? `${outcome}, told at the exit` : outcome;
  });
}

/** Runs inside of the page. */
async function runInPage(subject: Subject): Promise<string> {
  let event = "";
  globalThis.addEventListener("unhandledrejection", ({ type }) => {
    event = `, after the event \`${type}\``;
  });
  const path = "/everywhere/unhandled.js";
  const { run, ActorSystem } = await import(path);
  const { logger } = ActorSystem.default;
  // What is written to the console at the end, the driver does not get.
  const { sendBeacon } = navigator as unknown as Beacons;
  const warn = () => sendBeacon.call(navigator, "/");
  ActorSystem.default.logger = { ...logger, warn };
  return await run(subject) + event;
}

/** Runs inside of the page. */
function runInWorker(subject: Subject): Promise<string> {
  const source = `let event = "";
    addEventListener("unhandledrejection", ({ type }) => {
      event = ", after the event \`" + type + "\`";
    });
    const { run } = await import("${location.origin}/everywhere/unhandled.js");
    postMessage(await run("${subject}") + event);`;
  const blob = new Blob([source], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(blob), { type: "module" });
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  });
}
