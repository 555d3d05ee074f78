/**
 * What the tests use of `@std/testing/mock`.
 *
 * It is not made from the mocks of `node:test`, because Deno 2.5 has none.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "./assert.ts";

// deno-lint-ignore no-explicit-any -- the defaults that @std has
type Any = any;

/** A call that a spy recorded. */
export interface SpyCall<
  Self = Any,
  Args extends unknown[] = Any[],
  Return = Any,
> {
  /** The arguments. */
  args: Args;
  /** What was returned. */
  returned?: Return;
  /** What was thrown. */
  error?: Error;
  /** What the method was called on. */
  self?: Self;
}

/** A function that records its calls. */
export interface Spy<
  Self = Any,
  Args extends unknown[] = Any[],
  Return = Any,
> {
  (this: Self, ...args: Args): Return;
  /** The function that is spied on. */
  original: (this: Self, ...args: Args) => Return;
  /** The calls so far. */
  calls: SpyCall<Self, Args, Return>[];
  /** Whether the original method is back in its place. */
  restored: boolean;
  /** Puts the original method back in its place. */
  restore(): void;
}

/** A method that records its calls, until it is restored. */
export interface MethodSpy<
  Self = Any,
  Args extends unknown[] = Any[],
  Return = Any,
> extends Spy<Self, Args, Return>, Disposable {}

/** A spy that replaces a method. */
export interface Stub<
  Self = Any,
  Args extends unknown[] = Any[],
  Return = Any,
> extends MethodSpy<Self, Args, Return> {
  /** What runs in place of the method. */
  fake: (this: Self, ...args: Args) => Return;
}

type ParametersOf<Self, Prop extends keyof Self> = Self[Prop] extends
  (...args: infer Args) => unknown ? Args : unknown[];

type ReturnOf<Self, Prop extends keyof Self> = Self[Prop] extends
  (...args: Any[]) => infer Return ? Return : unknown;

type AnyFunction = (this: Any, ...args: Any[]) => Any;

/** Makes a function that records its calls. */
export function spy<
  Self = Any,
  Args extends unknown[] = Any[],
  Return = undefined,
>(): Spy<Self, Args, Return>;
/** Wraps a function so that its calls are recorded. */
export function spy<Self, Args extends unknown[], Return>(
  func: (this: Self, ...args: Args) => Return,
): Spy<Self, Args, Return>;
/** Records the calls of a method, until it is restored. */
export function spy<Self, Prop extends keyof Self>(
  self: Self,
  property: Prop,
): MethodSpy<Self, ParametersOf<Self, Prop>, ReturnOf<Self, Prop>>;
export function spy(target?: unknown, property?: PropertyKey): Spy {
  if (property === undefined) {
    return recorder((target ?? (() => undefined)) as AnyFunction);
  }
  const original = Reflect.get(Object(target), property);
  return replace(Object(target), property, original);
}

/** Replaces a method by one that does nothing, until it is restored. */
export function stub<Self, Prop extends keyof Self>(
  self: Self,
  property: Prop,
): Stub<Self, ParametersOf<Self, Prop>, ReturnOf<Self, Prop>>;
/** Replaces a method by `func`, until it is restored. */
export function stub<Self, Prop extends keyof Self>(
  self: Self,
  property: Prop,
  func: (
    this: Self,
    ...args: ParametersOf<Self, Prop>
  ) => ReturnOf<Self, Prop>,
): Stub<Self, ParametersOf<Self, Prop>, ReturnOf<Self, Prop>>;
export function stub(
  self: unknown,
  property: PropertyKey,
  fake: AnyFunction = () => undefined,
): Stub {
  return Object.assign(replace(Object(self), property, fake), { fake });
}

/** Asserts how often a spy was called. */
export function assertSpyCalls<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  expectedCalls: number,
): void {
  assertEquals(spy.calls.length, expectedCalls, "Spy calls");
}

/** What a call is expected to be like. */
export interface ExpectedSpyCall<
  Self = Any,
  Args extends unknown[] = Any[],
  Return = Any,
> {
  /** The arguments. */
  args?: [...Args, ...unknown[]];
  /** What the method was called on. */
  self?: Self;
  /** What was returned. */
  returned?: Return;
  /** What was thrown. */
  error?: {
    Class?: new (...args: Any[]) => Error;
    msgIncludes?: string;
  };
}

/** Asserts what the spy's call number `callIndex` was like. */
export function assertSpyCall<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  callIndex: number,
  expected: ExpectedSpyCall<Self, Args, Return> = {},
): void {
  const call = spy.calls[callIndex];
  assert(call, "Spy not called as much as expected");
  for (const part of ["args", "self", "returned"] as const) {
    if (part in expected) assertEquals<unknown>(call[part], expected[part]);
  }
  if (expected.error === undefined) return;
  const { Class = Error, msgIncludes } = expected.error;
  assertThrows(
    () => {
      if ("error" in call) throw call.error;
    },
    Class,
    msgIncludes,
  );
}

/** Puts a recorder of `func` in the place of a method. */
function replace(
  self: object,
  property: PropertyKey,
  func: AnyFunction,
): MethodSpy {
  const own = Object.getOwnPropertyDescriptor(self, property);
  const original = Reflect.get(self, property);
  const made = recorder(func);
  Object.defineProperty(self, property, {
    value: made,
    configurable: true,
    writable: true,
  });
  return Object.assign(made, { original, restore, [Symbol.dispose]: restore });

  function restore(): void {
    if (made.restored) throw new Error("Cannot restore: already restored");
    made.restored = true;
    if (own === undefined) Reflect.deleteProperty(self, property);
    else Object.defineProperty(self, property, own);
  }
}

function recorder(original: AnyFunction): Spy {
  const calls: SpyCall[] = [];
  const spy = function (this: unknown, ...args: unknown[]): unknown {
    const call: SpyCall = { args };
    if (this !== undefined) call.self = this;
    try {
      return call.returned = original.apply(this, args);
    } catch (error) {
      call.error = error as Error;
      throw error;
    } finally {
      calls.push(call);
    }
  };
  return Object.assign(spy, { original, calls, restored: false, restore });

  function restore(): void {
    throw new Error("Cannot restore: the spy is no method");
  }
}
