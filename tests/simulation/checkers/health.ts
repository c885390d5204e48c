// I45: trouble shows. A job whose backups fail, whose start finds no provider, or that goes without a success for two
// intervals is well in no view; and one that runs on purpose not at all is no trouble.

import { isInLine, isWaiting, type Run } from "../../../src/domain/backup.ts";
import { FUTURE_TOLERANCE_MS } from "../../../src/domain/retention/election.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { HealthView } from "../../../src/ports/views/health.ts";
import { type Finding, iso, MINUTE, show, type Witness } from "./witness.ts";

/** What a job shows, and how long it may rightly go without a success (ms; null: for ever). */
export interface Shown {
  health: HealthView;
  expectedMs: number | null;
}

/** I45: by the rows as they were saved; only asked while the clock is right, since rows in doubt are dated later. */
export function I45_troubleShows(witness: Witness, job: Job, { health, expectedMs }: Shown): Finding {
  const { model } = witness;
  const state = model.jobs.get(job.name);
  const now = witness.now();
  if (state === undefined || isAtRest(job, now) || state.pausedAt !== null) return;
  const said = `job ${job.name} is shown as ${health.state}${health.well ? ", and well" : ""}`;
  if (!health.well) {
    return health.cause === null || health.remedy === null
      ? `${said} without a cause or a remedy`
      : undefined;
  }
  // It is read again after half a minute at most, and meanwhile nothing is known of it.
  if (witness.monotonic() - (witness.lostAnswerAt.get(job.name) ?? -Infinity) < MINUTE) return;
  const runs = model.runsOf(job.name);
  const open = runs.find((run) =>
    isInLine(run)
      ? now - (run.startTime ?? Math.max(run.createdAt, run.notBefore ?? 0)) > mostInLine(job)
      : isWaiting(run) || run.status === "unknown" || (run.status === "sending" && run.attempts > 1)
  );
  if (open !== undefined) return `${said}, and a start waits: ${show(open)}`;
  const success = newest(runs.filter(isSuccess), now);
  const failure = newest(runs.filter(isFailure), now);
  if (failure !== undefined && (success === undefined || failure.endTime! > success.endTime!)) {
    return `${said}, and its last run failed: ${show(failure)}`;
  }
  const isUnderWay = runs.some((run) => ["intent", "sending", "running", "cancelling"].includes(run.status));
  if (expectedMs === null || isUnderWay) return;
  const since = success?.endTime ?? Math.max(state.knownSince, job.from ?? 0);
  if (now - since > 2 * expectedMs) return `${said}, and had no success since ${iso(since)}`;
}

/** To wait for one's turn for so long is no trouble (ms). */
function mostInLine({ graceMs }: Job): number {
  return Math.max(MINUTE, Math.min(60 * MINUTE, graceMs / 2));
}

function isAtRest({ enabled, from, to }: Job, now: number): boolean {
  return !enabled || (from !== null && now < from) || (to !== null && now >= to);
}

function isSuccess({ status, suspectAt, acceptedAt }: Run): boolean {
  return (status === "available" || status === "missing") && (suspectAt === null || acceptedAt !== null);
}

/** It failed for good: no further try came of it, and none is to come. */
function isFailure({ status, retryAt, retryEnd, endedAs }: Run): boolean {
  if (retryEnd === "tried_again") return false;
  return endedAs !== null || (["failed", "lost", "cancelled"].includes(status) && retryAt === null);
}

/** The one that ended last, of those that are not from the future. */
function newest(runs: readonly Run[], now: number): Run | undefined {
  return runs.filter(({ endTime, periodTime, startTime, createdAt }) =>
    endTime !== null && Math.max(endTime, periodTime ?? startTime ?? createdAt) <= now + FUTURE_TOLERANCE_MS
  ).sort((one, other) => other.endTime! - one.endTime!)[0];
}
