// Runs of jobs that the configuration does not have: what nobody sent is over, and what may be at a provider is looked for
// there, where that is possible. Nothing of them is ever started.

import { isUnfinished, type Run } from "../../domain/backup.ts";
import { DAY } from "../../domain/duration.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import type { Job } from "../../domain/job.ts";
import { DEFAULT_POLICY } from "../../domain/policy.ts";
import type { JobState } from "../../ports/store.ts";
import { surelyMove, tryMove } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";

/** Nothing of such a job is due. */
export const NO_SLOTS: Slots = { next: () => null, latest: () => null, count: () => 0, interval: () => null };

const MINUTE = 60_000;

/**
 * The job as which such a run is followed. How it was configured is not on record: its waits are long enough for any
 * provider, and nobody waits for them.
 */
export function strayJob({ job, schedule, timezone }: JobState, { providerKey }: Run): Job {
  return {
    ...{ name: job, label: job, renamedFrom: null, enabled: false, from: null, to: null },
    ...{
      schedule,
      scheduleDerived: false,
      timezone,
      jitterMs: 0,
      missedRuns: "latest",
      startDeadlineMs: null,
    },
    ...{ providerKey, providerKeys: [providerKey], createBody: undefined, deleteBody: undefined },
    ...{ createTimeoutMs: 10 * MINUTE, deleteTimeoutMs: 10 * MINUTE, pollIntervalMs: MINUTE / 2 },
    ...{
      verifyBeforeDelete: true,
      reconcileMs: null,
      graceMs: DAY,
      maxDurationMs: null,
      retryIntervalMs: MINUTE,
    },
    ...{
      onUnknown: "skip",
      retry: { attempts: 0, afterMs: 0 },
      suspicion: { minSizeMb: null, minPercent: 20 },
    },
    ...{ retention: DEFAULT_POLICY, retentionSchedule: null, maxDeletesPerPass: 0 },
    ...{
      keepFailed: { ms: Infinity, isSet: true },
      guard: { maxPercent: 0, policyChangeHoldMs: 0 },
      promises: [],
    },
  };
}

/** Ends a start that was never sent. */
export async function dropUnsent(context: EngineContext, run: Run): Promise<void> {
  const reason = "removed";
  const message = `Start of job '${run.job}', which left the configuration, is dropped, nothing was running`;
  await surelyMove(context, run, {
    from: ["intent"],
    set: { status: "cancelled", reason, endTime: context.clock.now(), message: "nothing had been sent yet" },
    events: [runEvent(context, run, "run.cancelled", "warning", message, { reason, slot: run.slot })],
  });
}

/** Says of a run that nobody can be asked about what is known: it is in doubt until somebody can be, or gives it up. */
export async function leaveInDoubt(context: EngineContext, run: Run): Promise<void> {
  if (run.status !== "sending") return;
  const message =
    `It is not known whether the backup of job '${run.job}' started: Schelly was stopped while asking ` +
    `provider '${run.providerKey}', and neither is in the configuration any more`;
  await tryMove(context, run, {
    from: ["sending"],
    set: { status: "unknown", reason: "restarted", lastAttemptAt: context.clock.now(), message },
    events: [runEvent(context, run, "run.unknown", "error", message, { reason: "restarted" })],
  });
}

/** Ends a run that nobody follows, on the word of a person; false where it has changed. */
export async function giveUpStray(context: EngineContext, run: Run, why: string): Promise<boolean> {
  if (!isUnfinished(run.status)) return false;
  const message =
    `Run ${run.runId} of job '${run.job}', which left the configuration, is given up (${why}): what became ` +
    `of it at provider '${run.providerKey}' was not found out`;
  const [status, reason] = run.id === null
    ? ["failed", "unsettled"] as const
    : ["lost", "unmanaged"] as const;
  const moved = await tryMove(context, run, {
    from: [run.status],
    set: { status, reason, endTime: context.clock.now(), message },
    events: [runEvent(context, run, `run.${status}`, "error", message, { id: run.id, reason })],
  });
  return moved !== undefined;
}
