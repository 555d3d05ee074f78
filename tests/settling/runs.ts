/**
 * How many random programs are played, and which.
 *
 * @module
 */

interface Host {
  process?: { env: Record<string, string | undefined> };
}

/** What to play. */
export interface Runs {
  readonly numRuns: number;
  readonly seed?: number;
  readonly path?: string;
}

/**
 * Says what to play: `SETTLING_RUNS` says how many programs, `SETTLING_SEED` and
 * `SETTLING_PATH` repeat one of them. A short run repeats itself; a long run
 * looks for what is new.
 *
 * @param usual How many programs are played if nobody says otherwise.
 */
export function runs(usual: number): Runs {
  const { env } = (globalThis as Host).process ?? { env: {} };
  const { SETTLING_RUNS = usual, SETTLING_SEED: seed, SETTLING_PATH } = env;
  const numRuns = Number(SETTLING_RUNS);
  if (seed !== undefined) {
    return { numRuns, seed: Number(seed), path: SETTLING_PATH ?? "" };
  }
  return numRuns > usual ? { numRuns } : { numRuns, seed: 20261122 };
}
