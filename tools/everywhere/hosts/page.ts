/**
 * Runs the tests in a web page or in a Worker, and posts the results.
 *
 * @module
 */

import { type Files, type Order, runFiles } from "../runner.ts";

interface Global {
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
  if ("document" in scope) {
    scope.dekkaRun = (order, report) => runFiles(files, order, report);
    return;
  }
  scope.onmessage = async ({ data }) => {
    await runFiles(files, data, (result) => scope.postMessage(result));
    scope.postMessage("end");
  };
}
