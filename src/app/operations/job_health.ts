// What is known of a job, put together for the one judgement of how it does; part of the composition root.

import { isInLine, isUnfinished, isWaiting, type Run, waitCause } from "../../domain/backup.ts";
import { endlessText, whyNotCancelled } from "../../domain/cancelled.ts";
import { freezeText } from "../../domain/freeze.ts";
import { type Health, judgeHealth } from "../../domain/health.ts";
import type { HealthFacts } from "../../domain/health_facts.ts";
import { iso } from "../../domain/instant.ts";
import { isStuck, openDeletionsText } from "../../domain/stuck.ts";
import { isUntilMended } from "../../domain/unusable.ts";
import { unprovedOf } from "../../domain/verification/verification.ts";
import type { JobVerifier } from "../../engine/verification/job_verifier.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { JobState } from "../../ports/store.ts";
import type { HealthView } from "../../ports/views/health.ts";
import { areDeletionsFrozen, type JobFacts, type LeftJob } from "./job_facts.ts";
import { doubtText } from "./doubt_text.ts";

/** How a job of the configuration does; `nextSlot` is the one to come (UTC ms). */
export function healthOf(scheduler: JobScheduler, facts: JobFacts, nextSlot: number | null): HealthView {
  const { job, state, running } = scheduler;
  const { reading, freeze } = facts;
  const open = running !== null && isUnfinished(running.status) ? running : null;
  const isPaused = state.pausedAt !== null &&
    (state.pausedUntil === null || state.pausedUntil > reading.ends);
  return healthView(judgeHealth({
    ...storedHealth(job.name, state, facts),
    managed: true,
    enabled: job.enabled,
    from: job.from,
    to: job.to,
    pause: isPaused ? { since: state.pausedAt, until: state.pausedUntil, reason: state.pauseReason } : null,
    providerTrouble: facts.troubleOf?.(job.providerKey) ?? null,
    expectedMs: facts.expectedOf?.(job) ?? null,
    graceMs: job.graceMs,
    underWaySince: open === null ? null : open.startTime ?? open.createdAt,
    waiting: open === null ? null : waitingOf(open),
    turn: open === null ? null : turnOf(open, facts),
    unusable: open === null ? null : unusableOf(open),
    ...endlessOf(open),
    ...(open?.status === "cancelling" ? { cancelling: true } : {}),
    nextSlot,
    upkeepTrouble: facts.upkeepTroubleOf?.(job.providerKey) ?? null,
    ...unprovedIn(facts.verifierOf?.(job.name), reading.steady),
    freeze: areDeletionsFrozen(facts) ? { since: freeze!.at, message: freezeText(freeze!) } : null,
  }));
}

function unprovedIn(verifier: JobVerifier | undefined, now: number): Pick<HealthFacts, "unproved"> {
  if (verifier?.settings === undefined) return {};
  const unproved = unprovedOf(verifier.state, verifier.settings.everyMs, now);
  return unproved === undefined ? {} : { unproved };
}

/** How one does that left it. */
export function healthOfLeft(left: LeftJob, facts: JobFacts): HealthView {
  const { state } = left;
  return healthView(judgeHealth({
    ...storedHealth(state.job, state, facts),
    managed: false,
    ...leftRunOf(left),
    enabled: false,
    from: null,
    to: null,
    pause: null,
    providerTrouble: null,
    expectedMs: null,
    graceMs: 0,
    underWaySince: null,
    waiting: null,
    turn: null,
    unusable: null,
    nextSlot: null,
    upkeepTrouble: null,
    freeze: null,
  }));
}

/** What is known of the run under way; one that a provider was just asked to begin is in no doubt yet. */
function leftRunOf({ run, isFollowed }: LeftJob): Pick<HealthFacts, "left"> {
  if (run === undefined) return {};
  const { runId, providerKey, status, startTime, createdAt } = run;
  const inDoubt = status === "unknown" || !isFollowed;
  const message = run.message ??
    `nobody follows its run ${runId}, which was '${status}' when it was last asked about`;
  return { left: { runId, providerKey, inDoubt, isFollowed, since: startTime ?? createdAt, message } };
}

type Stored = Pick<
  HealthFacts,
  | "job"
  | "now"
  | "unmanagedSince"
  | "disabledSince"
  | "storeTrouble"
  | "knownSince"
  | "lastSuccessAt"
  | "hasSound"
  | "lastFailure"
  | "failingSince"
  | "catchingUp"
  | "newestSuspect"
  | "missing"
  | "latched"
  | "doubt"
  | "stuck"
>;

/** What does not depend on the configuration. */
function storedHealth(job: string, state: JobState, facts: JobFacts): Stored {
  const { reading, stored, suspects, openDeletions } = facts;
  const own = stored.get(job);
  const failedAt = own?.stats.lastFailureAt ?? null;
  const newest = suspects.get(job)?.newest ?? null;
  const latched = own?.latched[0];
  const open = openDeletions.get(job);
  return {
    job,
    // Rows are dated by it, also while the clock on the wall is wrong.
    now: reading.steady,
    unmanagedSince: state.unmanagedSince,
    disabledSince: state.disabledSince,
    storeTrouble: facts.storeTrouble,
    knownSince: state.knownSince,
    lastSuccessAt: own?.stats.lastSuccessAt ?? null,
    hasSound: (own?.stats.lastKeptAt ?? null) !== null,
    lastFailure: failedAt === null ? null : { at: failedAt, message: own!.stats.lastFailureMessage },
    failingSince: own?.failingSince ?? null,
    catchingUp: facts.catchingUp,
    newestSuspect: newest === null
      ? null
      : { id: newest.id ?? newest.runId, reason: newest.reason, since: newest.since },
    missing: own?.missing ?? null,
    latched: latched === undefined
      ? null
      : { guard: latched.guard, since: latched.latchedAt, message: latched.message },
    doubt: reading.inDoubtUntil === null
      ? null
      : { since: reading.memory.doubt?.began ?? null, message: doubtText(reading) },
    stuck: open === undefined || !isStuck(open.since, reading.now)
      ? null
      : { since: open.since, message: openDeletionsText(open) },
  };
}

/** A start that has not come through: nobody took it, or nobody said whether they did. */
function waitingOf(run: Run): HealthFacts["waiting"] {
  if (isInLine(run)) return null;
  if (!isWaiting(run) && !isTriedAgain(run) && run.status !== "unknown") return null;
  return { since: run.startTime, message: run.message ?? "no answer yet" };
}

/** One that is in line runs no more than it fails. Jitter is no time in line. */
function turnOf(run: Run, { reading: { steady }, startedAgoOf }: JobFacts): HealthFacts["turn"] {
  if (!isInLine(run)) return null;
  const message = waitCause(run) ?? run.message ?? "its provider is at work";
  const since = run.startTime ?? Math.max(run.createdAt, run.notBefore ?? 0);
  const ago = startedAgoOf?.(run.providerKey) ?? null;
  return { since: Math.min(since, steady), message, movedAt: ago === null ? null : steady - ago };
}

/** A start that begins nothing until somebody fixes something. */
function unusableOf(run: Run): HealthFacts["unusable"] {
  if ((!isWaiting(run) && !isTriedAgain(run)) || !isUntilMended(run)) return null;
  return { since: run.startTime, message: run.message ?? run.reason! };
}

/** One that was to end for another, or took too long, and did not. */
function endlessOf(run: Run | null): Pick<HealthFacts, "endless"> {
  const why = run?.status === "running" ? whyNotCancelled(run.reason) : undefined;
  return why === undefined ? {} : { endless: { since: run!.startTime, message: endlessText(why) } };
}

/** It did not come through, and is under way once more: as long as nobody takes it, it does no better than before. */
function isTriedAgain({ status, attempts }: Run): boolean {
  return status === "sending" && attempts > 1;
}

function healthView({ since, ...health }: Health): HealthView {
  const { state, well, cause, remedy, brief, words, ofAll } = health;
  return { state, well, since: iso(since), cause, remedy, brief, words, of_all: ofAll };
}
