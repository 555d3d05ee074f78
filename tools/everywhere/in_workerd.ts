import { root } from "../files.ts";
import { BUNDLES } from "./bundle.ts";
import { installed } from "./install.ts";
import type { Order, Result } from "./runner.ts";

/** How much of what it wrote is shown when it breaks down. */
const KEPT = 2000;

/**
 * Runs the tests in an isolate of Cloudflare's `workerd`.
 *
 * @param order What to run.
 * @param report Is told of each result.
 * @returns Its version.
 * @throws {Error} If it breaks down.
 */
export async function runInWorkerd(
  order: Order,
  report: (result: Result) => void,
): Promise<string> {
  const [text] = await ask("workerd.js", JSON.stringify(order));
  for (const line of text!.split("\n")) report(JSON.parse(line));
  const path = installed("miniflare", "package.json");
  return JSON.parse(await Deno.readTextFile(path)).dependencies.workerd;
}

/**
 * Sends requests, each to a new isolate.
 *
 * @param entry The module that answers them, one of the bundles.
 * @param bodies What to send.
 * @returns The answers.
 * @throws {Error} If an isolate breaks down.
 */
export async function ask(
  entry: string,
  ...bodies: string[]
): Promise<string[]> {
  const command = new Deno.Command(installed("node-newest", "bin/node"), {
    args: [`${root}tools/everywhere/workerd.mjs`, ...bodies],
    cwd: `${root}dist/`,
    env: {
      MINIFLARE: installed("miniflare", ""),
      ENTRY: BUNDLES + entry,
    },
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr).slice(-KEPT));
  return JSON.parse(decoder.decode(stdout));
}
