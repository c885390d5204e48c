// How long restores take, and whether that grows: the last one against those before it.

/** The last one is compared with so many before it. */
const TREND_LENGTH = 10;
/** Fewer say nothing of what is usual. */
const LEAST_BEFORE = 3;

/** The restore that took `ms` after those of `times`, oldest first. */
export function withRestoreTime(times: readonly number[], ms: number): number[] {
  return [...times, ms].slice(-TREND_LENGTH - 1);
}

/** The median of those before the last one, and of how many it is; null where they are too few. */
export function usualRestore(times: readonly number[]): { ms: number; of: number } | null {
  const before = times.slice(0, -1).sort((a, b) => a - b);
  if (before.length < LEAST_BEFORE) return null;
  const middle = before.length / 2;
  const [low, high] = [before[Math.ceil(middle) - 1]!, before[Math.floor(middle)]!];
  return { ms: (low + high) / 2, of: before.length };
}
