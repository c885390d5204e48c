// What a message about one job tells beside its health; part of the composition root.

import type { Status } from "../../domain/backup.ts";
import type { JobDetails } from "../../domain/notify/texts.ts";
import type { MissedSlots } from "../../domain/notify/words.ts";
import { type JobFactsParts, readFactsOf } from "../operations/job_facts.ts";

/** More failures than these are not counted. */
const MOST_FAILURES = 50;
const PAST_SIZES = 10;

/** More slots without a backup are not counted one by one. */
const MOST_SLOTS = 1_000;

/** So many backups at most are looked at for the first good one. */
const MOST_LOOKED_AT = 20;
const MADE: readonly Status[] = ["available", "missing", "deleting", "delete-error", "deleted"];

/** Which slots of a job that is good again have no backup: between its last good one, of `lastGoodAt` (null: none), and the next. */
export async function readMissed(
  { engine, store }: JobFactsParts,
  name: string,
  lastGoodAt: number | null,
): Promise<MissedSlots | undefined> {
  const scheduler = engine.job(name);
  if (scheduler === undefined) return undefined;
  const { slots, state } = scheduler;
  const from = lastGoodAt ?? state.knownSince;
  const made = await store.runsInStatus(MADE, name, MOST_LOOKED_AT, from + 1);
  const good = made.filter(({ suspectAt, acceptedAt }) => suspectAt === null || acceptedAt !== null)
    .sort((one, other) => one.endTime! - other.endTime!)[0];
  if (good === undefined) return undefined;
  const until = good.slot === null ? good.createdAt : good.slot - 1;
  const last = until > from ? slots.latest(from, until) : null;
  if (last === null) return undefined;
  return { count: slots.count(from, until, MOST_SLOTS), first: slots.next(from)!, last };
}

/** Reads it; null for a job that is not in the configuration any more. */
export async function readDetails(parts: JobFactsParts, name: string): Promise<JobDetails | null> {
  const { engine, store } = parts;
  const scheduler = engine.job(name);
  if (scheduler === undefined) return null;
  const { job } = scheduler;
  const facts = await readFactsOf(parts, [name]);
  const stats = facts.stored.get(name)?.stats;
  const since = stats?.lastSuccessAt ?? 0;
  const failed = await store.runsInStatus(["failed", "lost", "cancelled"], name, MOST_FAILURES, since + 1);
  const failures = failed.map(({ endTime, createdAt, message }) => ({
    at: endTime ?? createdAt,
    words: message,
  }))
    .reverse();
  // The oldest come first; of very many the last is known by itself.
  const lastAt = stats?.lastFailureAt ?? null;
  if (failures.length > 0 && lastAt !== null) {
    failures[0] = { at: lastAt, words: stats!.lastFailureMessage };
  }
  const [, ...pastSizes] = await store.pastSizes(name, job.providerKeys, PAST_SIZES + 1);
  return {
    sizeMb: stats?.lastSizeMb ?? null,
    pastSizes: pastSizes.map(({ sizeMb }) => sizeMb),
    failures,
    more: failed.length === MOST_FAILURES,
    nextSlot: scheduler.nextToRun(facts.reading),
    expectedMs: parts.expectedOf?.(job) ?? null,
  };
}
