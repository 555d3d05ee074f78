const AsyncFunction = (async () => {}).constructor;
const sourceOf = Function.prototype.toString;

/** Whether a function is `async`, which shows before it is called. */
export function isAsync(fn: unknown): boolean {
  return typeof fn === "function" && fn.constructor === AsyncFunction;
}

/** Whether a function is part of the platform, like those that `await` makes. */
export function isPlatformFunction(fn: unknown): boolean {
  return typeof fn === "function" &&
    sourceOf.call(fn).endsWith("{ [native code] }");
}

/** Whether a value has a method `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" && value !== null ||
    typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function";
}
