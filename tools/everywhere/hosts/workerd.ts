/**
 * Runs the tests in an isolate, and answers with the results, a line each.
 *
 * @module
 */

import type { Files, Order } from "../runner.ts";

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
      const { runFiles } = await loadWithTimers(() => import("../runner.ts"));
      const lines: string[] = [];
      await runFiles(files, order, (result) => {
        lines.push(JSON.stringify(result));
      });
      return new Response(lines.join("\n"));
    },
  };
}

/**
 * Modules that are loaded may not start timers, and the faked clock starts one
 * to see what it gets.
 */
async function loadWithTimers<T>(load: () => Promise<T>): Promise<T> {
  const { setTimeout, clearTimeout } = globalThis;
  const sample = setTimeout(() => {}, 0);
  globalThis.setTimeout = (() => sample) as unknown as typeof setTimeout;
  globalThis.clearTimeout = () => {};
  try {
    return await load();
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}
