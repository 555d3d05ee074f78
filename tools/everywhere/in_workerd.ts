import { root } from "../files.ts";
import { BUNDLES } from "./bundle.ts";
import { installed } from "./install.ts";
import { linesOf } from "./lines.ts";
import type { Order, Result } from "./runner.ts";

/** How much of what it wrote is shown when it breaks down. */
const KEPT = 2000;

/**
 * Runs the tests in an isolate of Cloudflare's `workerd`.
 *
 * @param order What to run.
 * @param report Is told of each result.
 * @throws {Error} If it breaks down.
 */
export async function runInWorkerd(
  order: Order,
  report: (result: Result) => void,
): Promise<void> {
  const child = new Deno.Command(installed("node-newest", "bin/node"), {
    args: [`${root}tools/everywhere/workerd.mjs`, JSON.stringify(order)],
    cwd: `${root}dist/`,
    env: {
      MINIFLARE: installed("miniflare", ""),
      ENTRY: `${BUNDLES}workerd.js`,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  for await (const line of linesOf(child.stdout)) {
    if (line.startsWith("{")) report(JSON.parse(line));
  }
  const { success } = await child.status;
  if (!success) throw new Error((await errors).slice(-KEPT));
}
