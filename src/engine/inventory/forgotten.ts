// A name that was forgotten and is used again: what was said of the job of before does not bind the one that bears it now.

import { iso } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import type { Condition } from "../../ports/condition.ts";
import type { JobChanges, JobState, Write } from "../../ports/store.ts";
import { newSince } from "../clock/job_clock.ts";
import { type EngineContext, jobEvent } from "../context/context.ts";
import { freshState } from "../fresh_state.ts";

/**
 * Begins a job that was forgotten as a new one: its rows and events stay, but no pause, guard, approval or cursor of
 * before. Undefined where a backup of it came to light since, or may: then all of that still protects it.
 */
export async function beginAnew(
  context: EngineContext,
  { job: name, availableCount, edition, forgottenAt }: JobState,
  job: Job,
): Promise<JobState | undefined> {
  if (forgottenAt === null) return undefined;
  const { job: _job, revision: _revision, availableCount: _count, ...fresh } = freshState(
    job,
    newSince(context),
  );
  const message =
    `Job '${name}', which was forgotten on ${iso(forgottenAt)}, is in the configuration again: it ` +
    "starts as a new job, and all that is on record of the one before stays";
  const event = jobEvent(context, name, "job.managed_again", "info", message, { available: availableCount });
  const { result } = await context.store.commit({
    job: name,
    ...withoutStops(name, { ...fresh, edition: edition + 1 }),
    events: [event],
  });
  return result === "done" ? await context.store.job(name) : undefined;
}

/** The same of what is said of a job, before another takes over what is on record of it. */
export async function loseStops(
  { store }: EngineContext,
  state: JobState | undefined,
): Promise<JobState | undefined> {
  if (state === undefined || state.forgottenAt === null) return state;
  const set = { pausedAt: null, pausedUntil: null, pauseReason: null, graceFactor: 1, lastCancelSlot: null };
  const { result } = await store.commit({ job: state.job, ...withoutStops(state.job, set) });
  return result === "done" ? { ...state, ...set } : state;
}

/** In the very change in which the guards go, nothing of the job is left that they could protect. */
function withoutStops(job: string, set: JobChanges): { conditions: Condition[]; writes: Write[] } {
  return {
    conditions: [{ condition: "forgettable", job }],
    writes: [
      { write: "job", job, set },
      { write: "unlatch", job, guards: "all" },
      { write: "dropApproval", job },
    ],
  };
}
