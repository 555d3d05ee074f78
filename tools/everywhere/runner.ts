/**
 * Runs the collected tests inside of any runtime.
 *
 * @module
 */

import { ActorRegistry, ActorSystem } from "@dekka/actors";
import { workers } from "@dekka/actors/worker";
import { facts } from "./facts.ts";
import { collected, type CollectedTest, FakeTime } from "../../tests/test.ts";

/** After how many tests that hang the others of a file are left out. */
const PATIENCE = 3;

/** What came of a test. */
export interface Result {
  /** The file, from the root. */
  readonly file: string;
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped" | "fact";
  /** Why it failed, or was skipped; or what the fact is. */
  readonly why?: string;
  /** How many milliseconds it took. */
  readonly ms?: number;
}

/** The files of the tests, each with what loads it. */
export type Files = Readonly<Record<string, () => Promise<unknown>>>;

/** What is to be run. */
export interface Order {
  /** A part of the names of the files to be run. */
  readonly only: string;
  /** The files or tests that are skipped, each with the reason. */
  readonly skips: Readonly<Record<string, string>>;
  /** How many milliseconds a test may take: what takes longer hangs. */
  readonly limit: number;
}

const now = performance.now.bind(performance);

/**
 * Runs the tests of all files, one after another.
 *
 * @param files The files.
 * @param order Which of them are to be run.
 * @param report Is told of each result at once.
 */
export async function runFiles(
  files: Files,
  { only, skips, limit: most }: Order,
  report: (result: Result) => void,
): Promise<void> {
  const { setTimeout, clearTimeout } = globalThis; // a test may fake them
  clock = { setTimeout, clearTimeout };
  limit = most;
  for (const [file, load] of Object.entries(files)) {
    if (!file.includes(only)) continue;
    hung = 0;
    for (const test of await testsOf(file, load, skips[file])) {
      const skipped = test.skipped ?? skips[file] ??
        reasonFor(skips, test.name);
      report(await run(file, { ...test, skipped }));
      if (hung === PATIENCE) break; // what is wrong, is wrong with all
    }
    await clearUp();
  }
  for (const [name, why] of Object.entries(await facts())) {
    report({ file: "facts", name, state: "fact", why });
  }
}

let hung = 0;
let limit = 0;

/** Tests that are run on each runtime of actors have its name in their own. */
function reasonFor(skips: Order["skips"], name: string): string | undefined {
  return skips[name] ?? skips[name.replace(/ \([a-z]+\)$/, "")];
}

let clock: Pick<typeof globalThis, "setTimeout" | "clearTimeout"> = globalThis;

const fresh = { size: workers.size, keepAlive: workers.keepAlive };

/** Nothing that a file leaves behind is there for the next one. */
async function clearUp(): Promise<void> {
  const { logger } = ActorSystem.default;
  const silence = (): void => {};
  ActorSystem.default.logger = {
    debug: silence,
    info: silence,
    warn: silence,
    error: silence,
  };
  // A test that hangs may leave actors that wait for each other.
  for (const ref of ActorRegistry.getAll()) ref.kill();
  await outcomeOf(() => ActorSystem.default[Symbol.asyncDispose]());
  ActorSystem.default.logger = logger;
  workers.close();
  Object.assign(workers, fresh);
}

/** The tests of a file; one for all if it cannot be loaded. */
async function testsOf(
  file: string,
  load: () => Promise<unknown>,
  skipped: string | undefined,
): Promise<CollectedTest[]> {
  try {
    await load();
  } catch (error) {
    collected.length = 0;
    if (skipped !== undefined) return [{ name: "all", run: () => {}, skipped }];
    return [{
      name: `${file} can be loaded`,
      run: () => Promise.reject(error),
    }];
  }
  return collected.splice(0);
}

interface Test extends Omit<CollectedTest, "skipped"> {
  skipped: string | undefined;
}

async function run(
  file: string,
  { name, run, skipped }: Test,
): Promise<Result> {
  if (skipped !== undefined) {
    return { file, name, state: "skipped", why: skipped };
  }
  const begin = now();
  const why = await outcomeOf(run);
  const ms = Math.round(now() - begin);
  restoreTime();
  if (why !== undefined) return { file, name, state: "failed", why, ms };
  return { file, name, state: "passed", ms };
}

/** A test that hangs leaves the clock faked for those after it. */
function restoreTime(): void {
  try {
    FakeTime.restore();
  } catch {
    // It is the real one.
  }
}

/** Why a function fails, or `undefined` if it does not. */
async function outcomeOf(fn: () => unknown): Promise<string | undefined> {
  const { setTimeout, clearTimeout } = clock;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const text = `It has not ended after ${limit} ms`;
    timer = setTimeout(() => {
      hung++;
      reject(new Error(text));
    }, limit);
  });
  try {
    await Promise.race([fn(), tooLong]);
  } catch (error) {
    return describe(error);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stack = "", name, message } = error;
  // Not every runtime has the message in the stack.
  const text = stack.includes(message)
    ? stack
    : `${name}: ${message}\n${stack}`;
  if (error.cause === undefined) return text;
  return `${text}\nbecause of ${describe(error.cause)}`;
}
