// How long each job may rightly go without a success, for the metrics; part of the composition root.

import { DAY } from "../domain/duration.ts";
import type { Job } from "../domain/job.ts";
import type { ScheduleCache } from "../domain/schedule/schedule.ts";
import { largestStartGap } from "../domain/schedule/slots_to_run.ts";
import { slotsOf } from "./declared_jobs.ts";

const EXPECTED_INTERVAL_DAYS = 366;
/** So many schedules are kept; what is beyond is worked out anew. */
const MOST_KEPT = 20_000;

/**
 * Makes what tells, in ms, the longest time a job may rightly go without a success; null for a job whose schedule comes
 * at most once more. Computed once a day for each schedule, since it looks a year ahead.
 */
export function intervalsOf(
  schedules: Pick<ScheduleCache, "parse">,
  now: () => number,
): (job: Job) => number | null {
  const known = new Map<string, { at: number; gap: number }>();
  return (job) => {
    const { blackout, startDeadlineMs } = job;
    const forbidden = blackout === undefined ? "" : JSON.stringify([blackout, startDeadlineMs]);
    const key = `${job.timezone}\n${job.schedule}\n${forbidden}`;
    const at = now();
    let entry = known.get(key);
    if (entry === undefined || Math.abs(at - entry.at) > DAY) {
      const gap = largestStartGap(slotsOf(job.schedule, job, schedules), job, at, EXPECTED_INTERVAL_DAYS);
      // The last in order was worked out last.
      known.delete(key);
      known.set(key, entry = { at, gap: gap ?? 0 });
      if (known.size > MOST_KEPT) known.delete(known.keys().next().value!);
    }
    return entry.gap > 0 ? entry.gap + job.jitterMs : null;
  };
}
