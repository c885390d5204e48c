// What became of a job by day, as callers see it.

import { iso } from "../../domain/instant.ts";
import { daysBetween, type JobDay } from "../../domain/job_days.ts";
import { storedByDay } from "../../domain/storage_days.ts";
import { isForgotten } from "../../domain/remains.ts";
import type { Clock } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { JobDayView } from "../../ports/views/job_days.ts";

interface DaysParts {
  store: Pick<RunStore, "job" | "jobDays" | "storageDays">;
  clock: Pick<Clock, "now">;
}

/** A job that left the configuration has days as well, until it is forgotten. */
export function dayOperations({ store, clock }: DaysParts): Pick<Operations, "jobDays"> {
  return {
    async jobDays(name, from) {
      const state = await store.job(name);
      if (state === undefined || isForgotten(state)) return undefined;
      const [known, storage] = await Promise.all([
        store.jobDays([name], from),
        store.storageDays([name], from),
      ]);
      const now = clock.now();
      const stored = storedByDay(storage, from, now);
      const days = daysBetween(known.get(name) ?? [], from, now);
      return { job: name, days: days.map((day, at) => dayView(day, stored[at]!.stored)) };
    },
  };
}

function dayView(
  { day, longestMs, newestRunId, newestGood, ...counts }: JobDay,
  stored: number,
): JobDayView {
  return {
    day: iso(day).slice(0, 10),
    ...counts,
    stored,
    longest_seconds: longestMs === null ? null : longestMs / 1000,
    newest_run_id: newestRunId,
    newest_good: newestGood === null ? null : { run_id: newestGood.runId, bytes: newestGood.bytes },
  };
}
