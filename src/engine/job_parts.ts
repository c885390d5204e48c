// What a job is declared with, and what the store is told of that.

import type { Slots } from "../domain/schedule/dispatch.ts";
import { isSameJob, type Job } from "../domain/job.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { JobChanges, JobState } from "../ports/store.ts";
import type { ProviderCalls } from "./context/calls.ts";
import { type EngineContext, jobEvent } from "./context/context.ts";

/** What a job needs besides its declaration. */
export interface JobParts {
  job: Job;
  calls: ProviderCalls;
  slots: Slots;
}

/** What the engine as a whole does for its jobs. */
export interface JobHooks<Scheduler> {
  /** Something was decided or ended: something may be due at once. */
  changed(): void;
  /** What the job answers when asked when it is due may be another time now. */
  moved(job: Scheduler): void;
  /** A retention pass is due. */
  retain(job: Scheduler): void;
  /** Of a schedule that is stored; undefined where it cannot be read any more. */
  slotsOf(schedule: string, timezone: string): Slots | undefined;
  /** The queue of the provider with this key; undefined when config names none. */
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
  /** Something failed outside any caller's reach; fatal or passing is for the engine to judge. */
  failed(error: unknown): void;
}

/**
 * The parts by which slots are decided: with the schedule that is stored. It is another than that of `parts` where the
 * saving of an edit was not answered, or `slotsOf` cannot read it.
 */
export function partsInForce(
  parts: JobParts,
  { schedule, timezone }: JobState,
  slotsOf: JobHooks<unknown>["slotsOf"],
): JobParts {
  const { job } = parts;
  if (job.schedule === schedule && job.timezone === timezone) return parts;
  const slots = slotsOf(schedule, timezone);
  return slots === undefined ? parts : { ...parts, slots, job: { ...job, schedule, timezone } };
}

/** A declared job with what it runs on. */
export interface DeclaredJob extends JobParts {
  /** Slots of `retention.schedule`; null where the job has none. */
  retentionSlots: Slots | null;
  /** Slots of `verify.schedule`; absent where the job has none. */
  verifySlots?: Slots;
}

/**
 * What has to be stored before these parts are in force; undefined when that is already so. An edit of whatever kind
 * makes another edition: a deletion that was decided under the one before is not sent any more.
 */
export function editOf(
  state: JobState,
  old: JobParts,
  { job, calls }: JobParts,
  now: number,
): JobChanges | undefined {
  const disabledSince = job.enabled ? null : state.disabledSince ?? now;
  const isInForce = old.calls === calls && isSameJob(old.job, job) &&
    state.disabledSince === disabledSince && state.activeFrom === job.from && state.activeTo === job.to &&
    state.providerKey === job.providerKey;
  if (isInForce) return undefined;
  return {
    disabledSince,
    activeFrom: job.from,
    activeTo: job.to,
    providerKey: job.providerKey,
    edition: state.edition + 1,
  };
}

/** These parts are in force and stored, and no pause is to end by itself. */
export function isInForce(state: JobState, old: JobParts, parts: JobParts, now: number): boolean {
  const { schedule, timezone } = parts.job;
  return state.schedule === schedule && state.timezone === timezone && state.pausedUntil === null &&
    editOf(state, old, parts, now) === undefined;
}

/** Tells that the job has another schedule. */
export function rescheduled(context: EngineContext, { job }: JobParts, old: JobParts): EngineEvent {
  const { name, schedule, timezone } = job;
  const message = `Schedule of job '${name}' is now '${schedule}' in ${timezone}`;
  const data = { schedule, timezone, before: old.job.schedule };
  return jobEvent(context, name, "job.schedule_changed", "info", message, data);
}

/** Why the job starts nothing by itself as of `ends`, by which a pause ends (UTC ms); undefined when it may. */
export function whyAtRest(
  { disabledSince, pausedAt, pausedUntil }: JobState,
  ends: number,
): "disabled" | "paused" | undefined {
  if (disabledSince !== null) return "disabled";
  return pausedAt === null || (pausedUntil !== null && pausedUntil <= ends) ? undefined : "paused";
}

/** Why retention of the job deletes nothing at `now` (UTC ms): it is not in force, or paused; undefined when it may. */
export function whyInactive(
  { disabledSince, activeFrom, activeTo, pausedAt }: JobState,
  now: number,
): "disabled" | "outside_dates" | "paused" | undefined {
  if (disabledSince !== null) return "disabled";
  if ((activeFrom !== null && activeFrom > now) || (activeTo !== null && activeTo <= now)) {
    return "outside_dates";
  }
  return pausedAt === null ? undefined : "paused";
}
