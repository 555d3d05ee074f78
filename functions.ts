const AsyncFunction = (async () => {}).constructor;
const sourceOf = Function.prototype.toString;

/** Whether a function is `async`, which shows before it is called. */
export function isAsync(fn: unknown): boolean {
  return typeof fn === "function" && fn.constructor === AsyncFunction;
}

/** A function that settles a promise. */
export type Settler = (outcome: unknown) => void;

/** Whether a function settles a promise, like those that `await` makes. */
export function isSettler(fn: unknown): fn is Settler {
  return typeof fn === "function" && fn.name === "" &&
    sourceOf.call(fn) === "function () { [native code] }";
}

/** Whether a value has a method `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" && value !== null ||
    typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function";
}
