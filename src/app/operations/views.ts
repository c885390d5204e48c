// Live views: what the engine and the store know of a job, as JSON shapes.

import { isUnfinished, isWaiting } from "../../domain/backup.ts";
import { freezeText, isFrozen } from "../../domain/freeze.ts";
import { iso } from "../../domain/instant.ts";
import { newestSuspectText } from "../../domain/retention/guard.ts";
import { formatPolicy } from "../../domain/policy.ts";
import { isUntilMended } from "../../domain/unusable.ts";
import { countRemains, type Remains } from "../../domain/remains.ts";
import { isStuck, openDeletionsText } from "../../domain/stuck.ts";
import { reasonFields } from "../../domain/retention/reason_data.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import type { ElectionLook } from "../../engine/retention/election_look.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import { whyInactive } from "../../engine/job_parts.ts";
import type { LatchedGuard, StoredFacts } from "../../ports/job_facts.ts";
import type { JobState } from "../../ports/store.ts";
import type { GuardView } from "../../ports/views/guard.ts";
import type { JobView } from "../../ports/views/job.ts";
import { doubtText } from "./doubt_text.ts";
import type { JobFacts } from "./job_facts.ts";
import { healthOf, healthOfLeft } from "./job_health.ts";
import type { RetentionRowView, RetentionView } from "../../ports/views/retention.ts";

/** A job with its live state. */
export function jobView(scheduler: JobScheduler, facts: JobFacts): JobView {
  const { reading, freeze } = facts;
  const { job, state, running } = scheduler;
  const stored = facts.stored.get(job.name);
  const own = stored?.stats;
  const suspicious = facts.suspects.get(job.name);
  const newestSuspect = suspicious?.newest ?? null;
  const next = job.enabled ? scheduler.nextSlot(reading.steady) : null;
  return {
    job: job.name,
    label: job.label,
    health: healthOf(scheduler, facts, next),
    enabled: job.enabled,
    schedule: job.schedule,
    schedule_derived: job.scheduleDerived,
    timezone: job.timezone,
    provider: job.providerKey,
    provider_trouble: facts.troubleOf?.(job.providerKey) ?? null,
    store_trouble: facts.storeTrouble,
    policy: formatPolicy(job.retention),
    next_slot: iso(next),
    paused: state.pausedAt !== null && (state.pausedUntil === null || state.pausedUntil > reading.ends),
    paused_until: iso(state.pausedUntil),
    running: running === null || !isUnfinished(running.status) || isWaiting(running) ? null : {
      run_id: running.runId,
      state: running.status,
      since: iso(running.startTime),
      message: running.message,
    },
    waiting: running === null || !isWaiting(running) ? null : {
      run_id: running.runId,
      since: iso(running.startTime),
      cause: running.message,
      until_mended: isUntilMended(running),
    },
    retry: retryView(scheduler),
    last_success: iso(own?.lastSuccessAt ?? null),
    last_failure: iso(own?.lastFailureAt ?? null),
    available: own?.byStatus.available ?? 0,
    last_duration_seconds: seconds(own?.lastDurationMs ?? null),
    suspects: suspicious?.count ?? 0,
    missing: stored?.missing?.count ?? 0,
    held: facts.held.get(job.name)?.count ?? 0,
    managed: true,
    unmanaged_since: null,
    unmanaged: backupsElsewhere(stored, (key) => !job.providerKeys.includes(key)),
    remains: null,
    open_deletions: openDeletionsOf(job.name, facts),
    guards: [
      ...(stored?.latched ?? []).map(latchedView),
      ...(reading.inDoubtUntil !== null
        ? [{
          guard: "untrusted_clock",
          since: null,
          latched: false,
          message: doubtText(reading),
        }]
        : []),
      ...(freeze !== null && isFrozen(freeze, reading.ends)
        ? [{ guard: "freeze", since: iso(freeze.at), latched: false, message: freezeText(freeze) }]
        : []),
      ...(newestSuspect === null ? [] : [{
        guard: "newest_suspect",
        since: null,
        latched: false,
        message: newestSuspectText(newestSuspect.id ?? newestSuspect.runId, newestSuspect.reason),
      }]),
    ],
  };
}

/** A job that left the configuration, as it was when it did. */
export function unmanagedJobView(
  state: JobState,
  remains: Remains | undefined,
  facts: JobFacts,
): JobView {
  const { job } = state;
  const stored = facts.stored.get(job);
  const own = stored?.stats;
  return {
    job,
    label: job,
    health: healthOfLeft(state, facts),
    enabled: false,
    schedule: state.schedule,
    schedule_derived: false,
    timezone: state.timezone,
    provider: state.providerKey,
    provider_trouble: null,
    store_trouble: facts.storeTrouble,
    policy: state.policy,
    next_slot: null,
    paused: false,
    paused_until: null,
    running: null,
    waiting: null,
    retry: null,
    last_success: iso(own?.lastSuccessAt ?? null),
    last_failure: iso(own?.lastFailureAt ?? null),
    available: state.availableCount,
    last_duration_seconds: seconds(own?.lastDurationMs ?? null),
    suspects: facts.suspects.get(job)?.count ?? 0,
    missing: stored?.missing?.count ?? 0,
    held: facts.held.get(job)?.count ?? 0,
    managed: false,
    unmanaged_since: iso(state.unmanagedSince),
    unmanaged: backupsElsewhere(stored, () => true),
    remains: remains === undefined ? 0 : countRemains(remains),
    open_deletions: openDeletionsOf(job, facts),
    guards: [],
  };
}

/** The further try that is under way or pending. */
function retryView({ job, running, tries: { pending } }: JobScheduler): JobView["retry"] {
  const of = (attempt: number) => Math.max(attempt, job.retry.attempts + 1);
  if (running !== null && isUnfinished(running.status) && running.attempt > 1) {
    return { attempt: running.attempt, of: of(running.attempt), next_at: null, cause: null };
  }
  if (pending === null) return null;
  const attempt = pending.attempt + 1;
  return { attempt, of: of(attempt), next_at: iso(pending.retryAt), cause: pending.message };
}

function openDeletionsOf(job: string, { openDeletions, reading }: JobFacts): JobView["open_deletions"] {
  const open = openDeletions.get(job);
  if (open === undefined) return null;
  const { count, since } = open;
  return { count, since: iso(since), message: openDeletionsText(open), stuck: isStuck(since, reading.now) };
}

function backupsElsewhere(
  stored: StoredFacts | undefined,
  isUnmanaged: (providerKey: string) => boolean,
): JobView["unmanaged"] {
  return (stored?.places ?? []).filter((one) => isUnmanaged(one.providerKey))
    .map((one) => ({ provider: one.providerKey, available: one.available }));
}

function latchedView(guard: LatchedGuard): GuardView {
  return { guard: guard.guard, since: iso(guard.latchedAt), latched: true, message: guard.message };
}

const INACTIVE = {
  disabled: "the job is disabled in the configuration: nothing of it is deleted meanwhile",
  outside_dates: "it is before the job's 'from' or past its 'to': nothing of it is deleted meanwhile",
  paused: "the job is paused: nothing of it is deleted until it is resumed",
} as const;

/** What a pass would do at `now` (UTC ms), with the provider's ids. */
export function retentionView(
  scheduler: JobScheduler,
  look: ElectionLook,
  deleting: number,
  now: number,
): RetentionView {
  const rowView = (
    runId: string,
    tags: RetentionRowView["tags"],
    reasons: KeepReason[],
  ): RetentionRowView => {
    const { id, periodTime } = look.rows.get(runId)!;
    return { id, run_id: runId, period_time: iso(periodTime), tags, ...reasonFields(reasons) };
  };
  const latched = look.snapshot.latched;
  const inactive = whyInactive(scheduler.state, now);
  const found = look.findings.filter((finding) => !latched.some((guard) => guard.guard === finding.guard));
  return {
    job: scheduler.job.name,
    policy: formatPolicy(scheduler.job.retention),
    keep: look.election.keep.map((kept) => rowView(kept.runId, kept.tags, kept.reasons)),
    remove: look.election.victims.map((runId) => rowView(runId, look.rows.get(runId)!.tags, [])),
    digest: look.digest,
    guards: [
      ...latched.map(latchedView),
      ...found.map((finding) => ({
        guard: finding.guard,
        since: null,
        latched: finding.latched,
        message: finding.message,
      })),
      ...(inactive === undefined
        ? []
        : [{ guard: inactive, since: null, latched: false, message: INACTIVE[inactive] }]),
    ],
    approved: look.approved,
    deleting,
  };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
