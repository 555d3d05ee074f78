/**
 * Whether the row of real threads is to run. Workers that load the test files
 * take longer than most tests: `test:workers` runs the row, and so does the gate.
 */
export function areWorkersAskedFor(): boolean {
  const { Deno } = globalThis as {
    Deno?: { env: { get(name: string): string | undefined } };
  };
  return Deno?.env.get("DEKKA_WORKERS") === "1";
}
