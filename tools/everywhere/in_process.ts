import { linesOf } from "./lines.ts";
import { root } from "../files.ts";
import { BUNDLES } from "./bundle.ts";
import { MARK } from "./mark.ts";
import { installed } from "./install.ts";
import type { Order, Result } from "./runner.ts";
import type { TestedRuntime } from "./runtimes.ts";

/** What a process of a runtime wrote in vain, for when it breaks down. */
const KEPT = 2000;

/** How many random programs are played; `deno task test` plays more. */
const RUNS = "200";

/**
 * Runs the tests in a process of Deno, Node.js or Bun.
 *
 * @param runtime Which one.
 * @param order What to run.
 * @param report Is told of each result.
 * @throws {Error} If the process ends before the tests do.
 */
export async function runInProcess(
  runtime: TestedRuntime,
  order: Order,
  report: (result: Result) => void,
): Promise<void> {
  const [program, ...args] = commandOf(runtime);
  const child = new Deno.Command(program!, {
    args: [...args, `${root}${BUNDLES}process.js`, JSON.stringify(order)],
    env: { SETTLING_RUNS: RUNS },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  for await (const line of linesOf(child.stdout)) {
    const at = line.indexOf(MARK);
    if (at < 0) continue;
    const item: "end" | Result = JSON.parse(line.slice(at + MARK.length));
    if (item !== "end") {
      report(item);
      continue;
    }
    await end(child);
    return;
  }
  const { code, signal } = await child.status;
  const text = `It ended with ${signal ?? code} before the tests did`;
  throw new Error(`${text}\n${(await errors).slice(-KEPT)}`);
}

/** Ends what a timer or a port may keep alive. */
async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  await child.status;
}

/**
 * The command that makes a runtime run a module.
 *
 * @param runtime Which one.
 * @returns The program and its first arguments.
 */
export function commandOf({ kind, program }: TestedRuntime): string[] {
  if (kind === "bun") return [installed("bun", "bin/bun")];
  if (kind === "node") return [installed(program!, "bin/node")];
  return [installed(program!, "deno"), "run", "--allow-all", "--no-config"];
}
