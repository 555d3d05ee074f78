/**
 * Decides what `Deno.inspect()` and `util.inspect()` of Node.js print.
 *
 * @param prototype The prototype of a class.
 * @param show What to print of an instance.
 */
export function showAs<T extends object>(
  prototype: T,
  show: (instance: T) => string,
): void {
  for (const key of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
    Object.defineProperty(prototype, Symbol.for(key), {
      value(this: T): string {
        return show(this);
      },
      configurable: true,
    });
  }
}
