// What upkeep remembers over restarts, and when it is due.

import { z } from "zod";
import type { UpkeepSpec } from "../../domain/provider_spec.ts";
import type { Schedule } from "../../domain/schedule/schedule.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";

const taskSchema = z.object({
  /** When it was last begun; at first: when it was first known. UTC ms. */
  triedAt: z.number(),
  /** Deletions since it last went well. */
  deletions: z.int().nonnegative(),
  /** How often in a row it was ended for a backup. */
  interrupted: z.int().nonnegative(),
  /** How it last ended by itself. */
  /** The damage it found, and since when it finds this one (UTC ms); null once it went well. */
  damage: z.object({ since: z.number(), message: z.string() }).nullable().default(null),
  last: z.object({ at: z.number(), ok: z.boolean(), message: z.string(), durationMs: z.number() }).nullable(),
});

/** What is known of one kind of upkeep. */
export type TaskState = z.infer<typeof taskSchema>;

const stateSchema = z.record(z.string(), taskSchema);

/** Reason of a `BackupFailure` of a task that found the storage damaged. */
export const DAMAGED = "damaged";

/** After a failure, or when it was ended for a backup, unless its schedule comes first. */
const RETRY_MS = 3_600_000;

/** One that is known from `now` on. */
export function newTaskState(now: number): TaskState {
  return { triedAt: now, deletions: 0, interrupted: 0, damage: null, last: null };
}

/** True when a slot fell since it was last begun, when deletions are enough, or when a failure is to be repeated. */
export function isUpkeepDue(
  when: UpkeepSpec,
  schedule: Schedule | null,
  state: TaskState,
  now: number,
): boolean {
  if (schedule !== null && schedule.latest(state.triedAt, now) !== null) return true;
  // A clock that was set back must not put it off for years.
  const mayRetry = Math.abs(now - state.triedAt) >= RETRY_MS;
  if (state.interrupted > 0 || state.last?.ok === false) return mayRetry;
  return when.afterDeletions !== null && state.deletions >= when.afterDeletions;
}

/**
 * True while so many deletions want a look at the storage that has not ended yet: no further one is to begin before.
 * `underWay`: deletions that are at work. A look that failed has ended, and is repeated; one that was ended for a
 * backup has not.
 */
export function holdsDeletions(when: UpkeepSpec, state: TaskState, underWay: number, now: number): boolean {
  if (when.afterDeletions === null || state.deletions + underWay < when.afterDeletions) return false;
  return state.interrupted > 0 || state.last?.ok !== false || Math.abs(now - state.triedAt) >= RETRY_MS;
}

/** By the names of the tasks; what cannot be read is forgotten: then all is as on the first day. */
export async function readUpkeepState(notes: ProviderNotes | null): Promise<Record<string, TaskState>> {
  const text = await notes?.read("upkeep");
  if (text === undefined) return {};
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
