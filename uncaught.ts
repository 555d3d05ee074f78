/**
 * Reports an exception that reached nobody.
 *
 * The modules that stand below the systems report through here; the default
 * system puts its logger in.
 *
 * @param text What threw.
 * @param error What it threw.
 */
export function reportUncaught(text: string, error: unknown): void {
  uncaught.report(text, error);
}

/** Who is told of exceptions that reached nobody and belong to no system. */
export const uncaught: { report: (text: string, error: unknown) => void } = {
  report: (text, error) => console.error(text, error),
};
