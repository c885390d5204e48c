// What borg's keep_* counts are worth here: borg counts a week only beyond the days that it keeps, here each level counts
// all of its periods, the newest first. So coarser levels get larger counts, of which nothing goes that borg would keep.

import { LEVELS } from "../../domain/policy.ts";

type Level = (typeof LEVELS)[number];
export type Counts = Partial<Record<Level, number>>;

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const PERIOD_MS: Record<Level, number> = {
  secondly: SECOND,
  minutely: 60 * SECOND,
  hourly: 3_600 * SECOND,
  daily: DAY,
  weekly: 7 * DAY,
  monthly: 31 * DAY,
  yearly: 366 * DAY,
};
/** Of the shortest month and year, by which the most periods fit into a span. */
const SHORTEST_MS: Record<Level, number> = { ...PERIOD_MS, monthly: 28 * DAY, yearly: 365 * DAY };

/**
 * `intervalMs`: the longest time from one backup to the next; `withinMs`: what is younger is kept in any case. Counts of 0
 * are left out.
 */
export function countsOfBorg(counts: Counts, intervalMs: number, withinMs = 0): Counts {
  const ours: Counts = {};
  let [finerMs, finer] = [withinMs, withinMs > 0 ? Infinity : 0];
  for (const level of LEVELS) {
    const count = counts[level] ?? 0;
    if (count <= 0) continue;
    // No more periods of this level hold what the finer ones keep than there are such backups.
    const taken = finer === 0 ? 0 : Math.min(finer, Math.ceil(finerMs / SHORTEST_MS[level]) + 1);
    ours[level] = count + taken;
    finerMs += count * Math.max(PERIOD_MS[level], intervalMs);
    finer += count;
  }
  return ours;
}
