/**
 * Runs the tests in an isolate, and answers with the results, a line each.
 *
 * @module
 */

import { type Files, type Order, runFiles } from "../runner.ts";

/** What an isolate exports. */
export interface Isolate {
  /** Answers a request. */
  fetch(request: Request): Promise<Response>;
}

/**
 * Makes an isolate that runs the tests at a request.
 *
 * @param files The files.
 * @returns What it exports.
 */
export function host(files: Files): Isolate {
  return {
    async fetch(request: Request): Promise<Response> {
      const order = await request.json() as Order;
      const lines: string[] = [];
      await runFiles(files, order, (result) => {
        lines.push(JSON.stringify(result));
      });
      return new Response(lines.join("\n"));
    },
  };
}
