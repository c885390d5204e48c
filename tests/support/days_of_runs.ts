// What days of jobs must say, told from rows alone and one by one, for comparison with what the store adds up.

import type { Run } from "../../src/domain/backup.ts";
import { DAY } from "../../src/domain/duration.ts";
import type { JobDay } from "../../src/domain/job_days.ts";

type Kind = "succeeded" | "suspect" | "failed" | "cancelled" | "missed" | "skipped";

function kindOf(run: Run, wasCancelled: boolean): Kind | undefined {
  if (run.clockOff !== null) return undefined;
  switch (run.endedAs ?? run.status) {
    case "skipped":
      if (run.slot === null) return undefined;
      return run.reason === "missed" || run.reason === "still_running" ? "missed" : "skipped";
    case "expired":
      return run.slot === null ? undefined : "missed";
    case "cancelled":
      return "cancelled";
    case "failed":
    case "lost":
      return failedKind(run);
    case "deleting":
    case "delete-error":
    case "deleted":
      if (wasCancelled) return "cancelled";
      if (run.reason !== null && !["absent", "storage_gone"].includes(run.reason)) return failedKind(run);
      return isSound(run) ? "succeeded" : "suspect";
    case "available":
    case "missing":
      return isSound(run) ? "succeeded" : "suspect";
    default:
      return undefined;
  }
}

/** One that another try follows counts for nothing, also once an operator has deleted what it left. */
function failedKind({ retryAt, retryEnd }: Run): Kind | undefined {
  return retryAt !== null || retryEnd === "tried_again" ? undefined : "failed";
}

/** Whole bytes, a petabyte at most. */
function bytesOf({ sizeMb }: Run): number | null {
  return sizeMb === null ? null : Math.round(Math.min(Math.max(sizeMb, 0), 1e9) * 1e6);
}

function isSound({ rejectedAt, suspectAt, acceptedAt }: Run): boolean {
  return rejectedAt === null && (suspectAt === null || acceptedAt !== null && acceptedAt >= suspectAt);
}

/**
 * The days of each job on which something was, rising. `cancelled`: the ids of runs that were, which a row does not say any
 * more once an operator has deleted by id what such a run left.
 */
export function daysOfRuns(
  runs: Iterable<Run>,
  cancelled: ReadonlySet<string> = new Set(),
): Map<string, JobDay[]> {
  const jobs = new Map<string, Map<number, JobDay>>();
  const newest = new Map<JobDay, { any: string; good: string }>();
  const dayAt = (job: string, at: number): JobDay => {
    const day = at - at % DAY;
    if (!jobs.has(job)) jobs.set(job, new Map());
    const known = jobs.get(job)!.get(day);
    if (known !== undefined) return known;
    const counts = { succeeded: 0, suspect: 0, failed: 0, cancelled: 0, missed: 0, skipped: 0, deleted: 0 };
    const sums = { bytes: 0, added: 0, freed: 0 };
    const made: JobDay = { day, ...counts, ...sums, longestMs: null, newestRunId: null, newestGood: null };
    jobs.get(job)!.set(day, made);
    newest.set(made, { any: "", good: "" });
    return made;
  };
  for (const run of runs) {
    const began = run.startTime ?? run.createdAt;
    const kind = kindOf(run, cancelled.has(run.runId));
    const room = kind === "succeeded" || kind === "suspect" ? bytesOf(run) ?? 0 : 0;
    if (run.status === "deleted" && run.endedAs === null) {
      const gone = dayAt(run.job, run.deleteSentAt ?? run.deleteIntentAt ?? began);
      gone.deleted++;
      gone.freed += room;
    }
    if (kind === undefined) continue;
    if (run.slotUntil !== null) {
      for (const at of slotsIn(run)) dayAt(run.job, at)[kind]++;
      continue;
    }
    const at = run.slot ?? began;
    const day = dayAt(run.job, at);
    day[kind]++;
    day.added += room;
    if (kind === "missed" || kind === "skipped") continue;
    const order = `${String(at).padStart(16, "0")} ${run.runId}`;
    const known = newest.get(day)!;
    if (order > known.any) [known.any, day.newestRunId] = [order, run.runId];
    const tookMs = run.endTime === null || run.startTime === null ? 0 : run.endTime - run.startTime;
    if ((kind === "succeeded" || kind === "suspect") && tookMs > (day.longestMs ?? 0)) day.longestMs = tookMs;
    if (kind !== "succeeded") continue;
    const bytes = bytesOf(run);
    day.bytes += bytes ?? 0;
    if (order > known.good) [known.good, day.newestGood] = [order, { runId: run.runId, bytes }];
  }
  return new Map(
    Array.from(jobs, ([job, days]) => [job, [...days.values()].sort((left, right) => left.day - right.day)]),
  );
}

/** How many bytes backups take in all: those that are not deleted, missing ones included. */
export function storedOfRuns(runs: Iterable<Run>): number {
  let stored = 0;
  for (const run of runs) {
    if (["available", "missing", "deleting", "delete-error"].includes(run.status)) {
      stored += bytesOf(run) ?? 0;
    }
  }
  return stored;
}

/** Where the slots of a range lie when they are spread evenly; one a day where nobody counted them. */
function slotsIn({ slot, slotUntil, slots }: Run): number[] {
  if (slots === null) {
    const days = [];
    for (let day = slot! - slot! % DAY; day <= slotUntil!; day += DAY) days.push(day);
    return days;
  }
  const apart = slots > 1 ? (slotUntil! - slot!) / (slots - 1) : 0;
  return Array.from(
    { length: slots },
    (_, at) => at === slots - 1 && at > 0 ? slotUntil! : slot! + at * apart,
  );
}
