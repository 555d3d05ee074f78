/**
 * Runs the tests in a process of Deno, Node.js or Bun, and writes the results
 * to its output, a line each.
 *
 * @module
 */

import { MARK } from "../mark.ts";
import { type Files, type Order, runFiles } from "../runner.ts";

interface Process {
  argv: string[];
  stdout: { write(text: string): void };
  on(
    name: "unhandledRejection",
    listener: (reason: unknown, promise: unknown) => void,
  ): void;
}

interface Rejection {
  reason: unknown;
  promise: unknown;
  preventDefault(): void;
}

type Listener = (event: Rejection) => void;

interface Listening {
  addEventListener(type: string, listener: Listener): void;
  removeEventListener(type: string, listener: Listener): void;
}

interface Global {
  process: Process;
  Deno?: { test?: unknown };
}

/**
 * Runs the tests.
 *
 * @param files The files; those that are skipped are given as an argument.
 */
export function host(files: Files): void {
  const { process, Deno } = globalThis as unknown as Global;
  // The tests are run here and now, as on every other runtime.
  if (Deno !== undefined) Deno.test = undefined;
  const write = process.stdout.write.bind(process.stdout);
  const order = JSON.parse(process.argv[2]!) as Order;
  const report = (item: unknown) => write(`${MARK}${JSON.stringify(item)}\n`);
  listenAsInBrowsers(process);
  runFiles(files, order, report).then(() => report("end"));
}

// Node.js and Bun say the same in other words.
function listenAsInBrowsers(process: Process): void {
  const scope = globalThis as unknown as Partial<Listening>;
  if ("Deno" in globalThis) return;
  const listeners = new Set<Listener>();
  scope.addEventListener = (type, listener) => {
    if (type === "unhandledrejection") listeners.add(listener);
  };
  scope.removeEventListener = (_type, listener) => {
    listeners.delete(listener);
  };
  process.on("unhandledRejection", (reason, promise) => {
    let isPrevented = false;
    const preventDefault = () => isPrevented = true;
    for (const listener of listeners) {
      listener({ reason, promise, preventDefault });
    }
    if (!isPrevented) throw reason;
  });
}
