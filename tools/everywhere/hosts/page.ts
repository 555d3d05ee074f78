/**
 * Runs the tests in a web page or in a Worker, and posts the results.
 *
 * @module
 */

import { type Files, type Order, runFiles } from "../runner.ts";

/** How many random programs are played: timers take 4 ms and more here. */
const RUNS = "50";

interface Global {
  process?: unknown;
  onmessage: ((event: { data: Order }) => void) | null;
  postMessage(message: unknown): void;
  dekkaRun?: (order: Order, report: (item: unknown) => void) => Promise<void>;
}

/**
 * Waits for the word to run the tests.
 *
 * @param files The files.
 */
export function host(files: Files): void {
  const scope = globalThis as unknown as Global;
  scope.process = { env: { SETTLING_RUNS: RUNS } };
  if ("document" in scope) {
    scope.dekkaRun = (order, report) => runFiles(files, order, report);
    return;
  }
  scope.onmessage = async ({ data }) => {
    await runFiles(files, data, (result) => scope.postMessage(result));
    scope.postMessage("end");
  };
}
