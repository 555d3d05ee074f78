/**
 * The one module from which behavioural tests take `test` and the assertions,
 * so that they run on every platform.
 *
 * Under `deno test` a test registers itself. Elsewhere it is collected in
 * {@linkcode collected}, and a small runner inside Node, Bun, an isolate or a
 * page runs the list.
 *
 * @module
 */

export {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
export { delay } from "@std/async";
export {
  assertSpyCall,
  assertSpyCalls,
  type MethodSpy,
  type Spy,
  spy,
  type Stub,
  stub,
} from "@std/testing/mock";
export { FakeTime } from "@std/testing/time";

/** A test; it fails when it throws or rejects. */
export type TestFunction = () => void | Promise<void>;

/** A test that was collected. */
export interface CollectedTest {
  /** A sentence about a symbol. */
  readonly name: string;
  readonly run: TestFunction;
  /** Why the test is not to be run. */
  readonly skipped?: string;
}

interface Registration {
  sanitizeOps?: boolean;
  sanitizeResources?: boolean;
  name: string;
  ignore: boolean;
  fn: TestFunction;
}

interface MaybeDeno {
  Deno?: {
    test?: (registration: Registration) => void;
    version?: { deno: string };
  };
}

/** The tests that wait for a runner: all of them where there is no `deno test`. */
export const collected: CollectedTest[] = [];

/** Registers a test. */
export function test(name: string, run: TestFunction): void {
  register({ name, run });
}

/**
 * Registers a test that is run unless there is a reason not to.
 *
 * @param reason Why the platform cannot run it; shown beside the name.
 */
export function testUnless(
  reason: string | false | undefined,
  name: string,
  run: TestFunction,
): void {
  if (reason) register({ name, run, skipped: reason });
  else register({ name, run });
}

function register(one: CollectedTest): void {
  const deno = (globalThis as MaybeDeno).Deno;
  if (deno?.test === undefined) {
    collected.push(one);
    return;
  }
  const { name, run, skipped } = one;
  // Before Deno 2.8 the loop's turn for the platform is a timer of 1 ms there,
  // which a test that ends at once leaves behind: not a leak.
  const isOld = /^2\.[0-7]\./.test(deno.version?.deno ?? "");
  if (skipped === undefined) {
    deno.test({
      name,
      ignore: false,
      fn: run,
      ...isOld ? { sanitizeOps: false, sanitizeResources: false } : {},
    });
  } else deno.test({ name: `${name} (${skipped})`, ignore: true, fn: run });
}
