// I56: what is added up by day is what the rows say, whatever crashed between.

import type { Run } from "../../../src/domain/backup.ts";
import { dayOf, DAYS_KEPT, type JobDay } from "../../../src/domain/job_days.ts";
import { DAY } from "../../../src/domain/duration.ts";
import type { StorageDays } from "../../../src/domain/storage_days.ts";
import { daysOfRuns, storedOfRuns } from "../../support/days_of_runs.ts";
import type { Finding } from "./witness.ts";

/** I56: the days of every job, those apart that are old enough to be forgotten; and what all of them store together. */
export function I56_daysSayWhatRowsSay(
  rows: readonly Run[],
  stored: ReadonlyMap<string, JobDay[]>,
  storage: StorageDays,
  now: number,
  cancelled: ReadonlySet<string>,
): Finding {
  const here = storedOfRuns(rows);
  if (storage.stored !== here) return `all jobs store ${storage.stored} bytes, by their rows ${here}`;
  const first = dayOf(now) - (DAYS_KEPT - 1) * DAY;
  const told = daysOfRuns(rows, cancelled);
  for (const job of new Set([...stored.keys(), ...told.keys()])) {
    const [kept, right] = [stored, told].map((days) =>
      JSON.stringify((days.get(job) ?? []).filter(({ day }) => day >= first).map(cellsOf))
    );
    if (kept !== right) return `the days of ${job} say ${kept}, its rows ${right}`;
  }
}

function cellsOf(day: JobDay): unknown[] {
  const { succeeded, suspect, failed, cancelled, missed, skipped, deleted, bytes, added, freed } = day;
  const counts = [succeeded, suspect, failed, cancelled, missed, skipped, deleted, bytes, added, freed];
  return [day.day, ...counts, day.longestMs, day.newestRunId, day.newestGood?.runId, day.newestGood?.bytes];
}
