/**
 * The few statistics that the benchmarks need.
 *
 * @module
 */

/** What is told of a series of measurements. */
export interface Summary {
  /** Half of the measurements are below. */
  median: number;
  /** A quarter is below. */
  low: number;
  /** A quarter is above. */
  high: number;
}

/** The value below which a share of the measurements lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position % 1);
}

/** The middle of the measurements. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Median and quartiles. */
export function summarize(values: readonly number[]): Summary {
  return {
    median: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  };
}
