/**
 * Values that cross to another thread as they are.
 */

/** Whether a value needs nothing done to it. */
export function isPlain(value: unknown): boolean {
  return typeof value !== "object" && typeof value !== "function" &&
      typeof value !== "symbol" || value === null;
}

/** A longer string is not written as JSON. */
const SHORT = 64;

/** Whether a value inside of others comes back from JSON as it was. */
export function survivesJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value.length <= SHORT;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    default:
      return value === null || typeof value === "boolean";
  }
}

/** Whether a plain value may be written as JSON, or left out. */
export function isBrief(value: unknown): boolean {
  return value === undefined || survivesJson(value);
}
