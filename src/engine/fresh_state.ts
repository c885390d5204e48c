// What the store is told of a job that it never saw.

import type { Job } from "../domain/job.ts";
import type { JobState } from "../ports/store.ts";
import { policyText } from "./retention/election_look.ts";

/** The state of a job that is declared for the first time: its schedule starts at `now` (UTC ms). */
export function freshState(job: Job, now: number): JobState {
  return {
    job: job.name,
    knownSince: now,
    cursor: now,
    revision: 0,
    availableCount: 0,
    schedule: job.schedule,
    timezone: job.timezone,
    policy: policyText(job),
    policySince: now,
    providerKey: job.providerKey,
    pausedAt: null,
    pausedUntil: null,
    pauseReason: null,
    graceFactor: 1,
    lastCancelSlot: null,
    openRangeRunId: null,
    clockUntrustedUntil: null,
    unmanagedSince: null,
    disabledSince: job.enabled ? null : now,
    activeFrom: job.from,
    activeTo: job.to,
    edition: 0,
    cleansFailedSince: now,
    forgottenAt: null,
  };
}
