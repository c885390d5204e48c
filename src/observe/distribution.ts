// How observations fall into the buckets of a histogram.

/** The observations of one series: their sum, and how many fell into each bucket, the last being above all bounds. */
export interface Distribution {
  sum: number;
  counts: number[];
}

/** One without observations, for upper bounds that ascend. */
export function emptyDistribution(bounds: readonly number[]): Distribution {
  return { sum: 0, counts: new Array(bounds.length + 1).fill(0) };
}

/** Adds an observation. */
export function observe(one: Distribution, bounds: readonly number[], value: number): void {
  one.sum += value;
  const index = bounds.findIndex((bound) => value <= bound);
  one.counts[index < 0 ? bounds.length : index]!++;
}

/** Each bound as the label `le` has it, with how many observations are at most that. The last one counts all. */
export function cumulative(one: Distribution, bounds: readonly number[]): { le: string; count: number }[] {
  let count = 0;
  return one.counts.map((own, i) => {
    count += own;
    return { le: i < bounds.length ? String(bounds[i]) : "+Inf", count };
  });
}
