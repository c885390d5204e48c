// Live views: what the engine and the store know of a job, as JSON shapes.

import { isUnfinished, type Run, waitCause } from "../../domain/backup.ts";
import type { Contact } from "../../domain/contact.ts";
import { freezeText, isFrozen } from "../../domain/freeze.ts";
import { iso } from "../../domain/instant.ts";
import { newestSuspectText } from "../../domain/retention/guard.ts";
import { formatPolicy } from "../../domain/policy.ts";
import { deadBytes, dedupRatio, isMostlyDead } from "../../domain/storage_figures.ts";
import { isUntilMended } from "../../domain/unusable.ts";
import { countRemains } from "../../domain/remains.ts";
import { isStuck, openDeletionsText } from "../../domain/stuck.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { LatchedGuard, StoredFacts } from "../../ports/job_facts.ts";
import type { GuardView } from "../../ports/views/guard.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { StorageKnown } from "../upkeep_book.ts";
import { doubtText } from "./doubt_text.ts";
import type { JobFacts, LeftJob } from "./job_facts.ts";
import { healthOf, healthOfLeft } from "./job_health.ts";
import { jobVerificationView } from "./verifications.ts";

/** A job with its live state. */
export function jobView(scheduler: JobScheduler, facts: JobFacts): JobView {
  const { reading, freeze } = facts;
  const { job, state, running } = scheduler;
  const stored = facts.stored.get(job.name);
  const own = stored?.stats;
  const suspicious = facts.suspects.get(job.name);
  const newestSuspect = suspicious?.newest ?? null;
  const start = scheduler.nextStart(reading);
  const next = start?.at ?? null;
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
    contact: contactView(facts.contactOf?.(job.providerKey) ?? null),
    store_trouble: facts.storeTrouble,
    policy: formatPolicy(job.retention),
    next_slot: iso(next),
    next_waits: start?.waits ? "blackout" : null,
    blackout: job.blackout === undefined ? null : { windows: job.blackout.windows, then: job.blackout.act },
    paused: state.pausedAt !== null && (state.pausedUntil === null || state.pausedUntil > reading.ends),
    paused_until: iso(state.pausedUntil),
    running: running === null || !isUnfinished(running.status) || running.status === "intent"
      ? null
      : runningView(running),
    waiting: running?.status !== "intent" ? null : {
      run_id: running.runId,
      since: iso(running.startTime ?? running.slot ?? running.createdAt),
      cause: waitCause(running),
      until_mended: isUntilMended(running),
    },
    retry: retryView(scheduler),
    last_success: iso(own?.lastSuccessAt ?? null),
    last_failure: iso(own?.lastFailureAt ?? null),
    available: own?.byStatus.available ?? 0,
    last_duration_seconds: seconds(own?.lastDurationMs ?? null),
    last_size_mb: own?.lastSizeMb ?? null,
    suspects: suspicious?.count ?? 0,
    missing: stored?.missing?.count ?? 0,
    held: facts.held.get(job.name)?.count ?? 0,
    managed: true,
    unmanaged_since: null,
    unmanaged: backupsElsewhere(stored, (key) => !job.providerKeys.includes(key)),
    remains: null,
    open_deletions: openDeletionsOf(job.name, facts),
    storage: storageView(facts.storageOf?.(job.providerKey) ?? null),
    verification: jobVerificationView(facts.verifierOf?.(job.name), reading.steady),
    guards: [
      ...(stored?.latched ?? []).map(latchedView),
      ...(reading.inDoubtUntil !== null
        ? [{
          guard: "untrusted_clock",
          since: iso(reading.memory.doubt?.began ?? null),
          latched: false,
          message: doubtText(reading),
        }]
        : []),
      ...(freeze !== null && isFrozen(freeze, reading.ends)
        ? [{ guard: "freeze", since: iso(freeze.at), latched: false, message: freezeText(freeze) }]
        : []),
      ...(newestSuspect === null ? [] : [{
        guard: "newest_suspect",
        since: iso(newestSuspect.since),
        latched: false,
        message: newestSuspectText(newestSuspect.id ?? newestSuspect.runId, newestSuspect.reason),
      }]),
    ],
  };
}

function contactView(contact: Contact | null): JobView["contact"] {
  if (contact === null) return null;
  const { answeredAt, trouble } = contact;
  return {
    answered_at: iso(answeredAt),
    trouble: trouble === null ? null : { ...trouble, since: iso(trouble.since) },
  };
}

/** A job that left the configuration, as it was when it did. */
export function unmanagedJobView(left: LeftJob, facts: JobFacts): JobView {
  const { state, remains, run } = left;
  const { job } = state;
  const stored = facts.stored.get(job);
  const own = stored?.stats;
  return {
    job,
    label: job,
    health: healthOfLeft(left, facts),
    enabled: false,
    schedule: state.schedule,
    schedule_derived: false,
    timezone: state.timezone,
    provider: state.providerKey,
    provider_trouble: null,
    contact: null,
    store_trouble: facts.storeTrouble,
    policy: state.policy,
    next_slot: null,
    next_waits: null,
    blackout: null,
    paused: false,
    paused_until: null,
    running: run === undefined || run.status === "intent" ? null : runningView(run),
    waiting: null,
    retry: null,
    last_success: iso(own?.lastSuccessAt ?? null),
    last_failure: iso(own?.lastFailureAt ?? null),
    available: state.availableCount,
    last_duration_seconds: seconds(own?.lastDurationMs ?? null),
    last_size_mb: own?.lastSizeMb ?? null,
    suspects: facts.suspects.get(job)?.count ?? 0,
    missing: stored?.missing?.count ?? 0,
    held: facts.held.get(job)?.count ?? 0,
    managed: false,
    unmanaged_since: iso(state.unmanagedSince),
    unmanaged: backupsElsewhere(stored, () => true),
    storage: null,
    remains: remains === undefined ? 0 : countRemains(remains),
    open_deletions: openDeletionsOf(job, facts),
    verification: null,
    guards: [],
  };
}

function runningView({ runId, status, startTime, message }: Run): JobView["running"] {
  return { run_id: runId, state: status, since: iso(startTime), message };
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

/** A guard that latched. */
export function latchedView(guard: LatchedGuard): GuardView {
  return { guard: guard.guard, since: iso(guard.latchedAt), latched: true, message: guard.message };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

function storageView(known: StorageKnown | null): JobView["storage"] {
  if (known === null) return null;
  const { figures, tasks } = known;
  const megabytes = (bytes: number | null | undefined) =>
    bytes === null || bytes === undefined ? null : bytes / 1e6;
  return {
    measured_at: iso(figures?.measuredAt ?? null),
    size_mb: megabytes(figures?.storedBytes),
    needed_mb: megabytes(figures?.neededBytes),
    dead_mb: megabytes(figures === null ? null : deadBytes(figures)),
    restored_mb: megabytes(figures?.restoredBytes),
    dedup_ratio: figures === null ? null : dedupRatio(figures),
    snapshots: figures?.snapshots ?? null,
    mostly_dead: figures !== null && isMostlyDead(figures),
    upkeep: tasks.map(({ task, ok, endedAt, message }) => ({ task, ok, at: iso(endedAt), message })),
  };
}
