// How long each job may rightly go without a success, for the metrics; part of the composition root.

import { DAY } from "../domain/duration.ts";
import type { Job } from "../domain/job.ts";
import type { ScheduleCache } from "../domain/schedule/schedule.ts";
import { slotsOf } from "./declared_jobs.ts";

const EXPECTED_INTERVAL_DAYS = 366;

/**
 * Makes what tells, in ms by job, the longest time each job may rightly go without a success. A job whose schedule
 * comes at most once more is not among them. Computed once a day, since it looks a year ahead.
 */
export function intervalsOf(
  jobs: () => readonly Job[],
  schedules: ScheduleCache,
  now: () => number,
): () => Map<string, number> {
  const known = new Map<string, { at: number; gap: number }>();
  return () => {
    const intervals = new Map<string, number>();
    for (const [key, { at }] of known) if (Math.abs(now() - at) > DAY) known.delete(key);
    for (const job of jobs()) {
      const key = `${job.timezone}\n${job.schedule}`;
      let entry = known.get(key);
      if (entry === undefined) {
        const gap = slotsOf(job.schedule, job, schedules).largestGap(now(), EXPECTED_INTERVAL_DAYS);
        entry = { at: now(), gap: gap ?? 0 };
        known.set(key, entry);
      }
      if (entry.gap > 0) intervals.set(job.name, entry.gap + job.jitterMs);
    }
    return intervals;
  };
}
