/**
 * Whether the row of real threads is to run. Until it has been steady for some
 * time on machines that are busy, it does not stand in the way of every change:
 * `test:workers` runs it.
 */
export function areWorkersAskedFor(): boolean {
  const { Deno } = globalThis as {
    Deno?: { env: { get(name: string): string | undefined } };
  };
  return Deno?.env.get("DEKKA_WORKERS") === "1";
}
