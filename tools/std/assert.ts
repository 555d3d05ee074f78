/**
 * What the tests use of `@std/assert`, made from `node:assert/strict`.
 *
 * @module
 */

import {
  AssertionError,
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  notStrictEqual,
  ok,
  strictEqual,
} from "node:assert/strict";

export { AssertionError };

// deno-lint-ignore no-explicit-any -- `unknown` would refuse most constructors
type AnyClass<T> = abstract new (...args: any[]) => T;

/** Asserts that `expr` is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr {
  ok(expr, msg ?? "Expected a truthy value");
}

/** Asserts that both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  deepStrictEqual(positiveZero(actual), positiveZero(expected), msg);
}

/** Asserts that both are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  notDeepStrictEqual(positiveZero(actual), positiveZero(expected), msg);
}

/** Asserts that both are the same, as `Object.is()` sees it. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  strictEqual(actual, expected, msg);
}

/** Asserts that both are not the same, as `Object.is()` sees it. */
export function assertNotStrictEquals<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  notStrictEqual(actual, expected, msg);
}

/** Asserts that `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T extends AnyClass<unknown>>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  throw failure(`Expected an instance of ${expectedType.name}`, msg, actual);
}

/** Asserts that `actual` matches `expected`. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  match(actual, expected, msg);
}

/** Asserts that `actual` contains `expected`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  if (actual.includes(expected)) return;
  throw failure(`Expected a string with "${expected}"`, msg, actual);
}

/** Fails. */
export function fail(msg?: string): never {
  throw new AssertionError({ message: msg ?? "Failed assertion" });
}

/** Asserts that `fn` throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that `fn` throws an `ErrorClass` with `msgIncludes` in its message. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: AnyClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: AnyClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const note = typeof classOrMsg === "string" ? classOrMsg : msg;
  try {
    fn();
  } catch (error) {
    checkError(error, classOrMsg, msgIncludes, note);
    return error;
  }
  throw failure("Expected the function to throw", note);
}

/** Asserts that `fn` returns what rejects, and resolves with the reason. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/** Asserts a rejection with an `ErrorClass` and `msgIncludes` in its message. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: AnyClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: AnyClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const note = typeof classOrMsg === "string" ? classOrMsg : msg;
  const returned = callOrFail(fn, note);
  try {
    await returned;
  } catch (error) {
    checkError(error, classOrMsg, msgIncludes, note);
    return error;
  }
  throw failure("Expected the function to reject", note, returned);
}

/** A throw is not a rejection, nor is a value that is no promise. */
function callOrFail(
  fn: () => PromiseLike<unknown>,
  note: string | undefined,
): PromiseLike<unknown> {
  try {
    const returned = fn();
    if (typeof returned?.then === "function") return returned;
  } catch (error) {
    throw failure("Expected a rejection, the function threw", note, error);
  }
  throw failure("Expected a rejection, the function returned no promise", note);
}

function checkError(
  error: unknown,
  classOrMsg: AnyClass<Error> | string | undefined,
  msgIncludes: string | undefined,
  note: string | undefined,
): void {
  if (classOrMsg === undefined || typeof classOrMsg === "string") return;
  assertInstanceOf(error, classOrMsg, note);
  assertStringIncludes(error.message, msgIncludes ?? "", note);
}

function failure(
  message: string,
  note: string | undefined,
  actual?: unknown,
): AssertionError {
  const head = note === undefined ? message : `${note}: ${message}`;
  return new AssertionError({ message: head, actual });
}

/** `@std` takes -0 and 0 for equal, `node:assert/strict` does not. */
function positiveZero<T>(value: T): T {
  return value === 0 ? 0 as T : value;
}
