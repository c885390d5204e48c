// What a message about one job tells beside its health; part of the composition root.

import type { Run, Status } from "../../domain/backup.ts";
import type { JobDetails } from "../../domain/notify/phrases.ts";
import type { Gap, MissedSlots } from "../../domain/notify/words.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import { type JobFactsParts, readFactsOf } from "../operations/job_facts.ts";

/** More failures than these are not counted. */
const MOST_FAILURES = 50;
const PAST_SIZES = 10;

/** So many backups and slots at most are looked at for what lies between two good ones. */
const MOST_LOOKED_AT = 1_000;
const MADE: readonly Status[] = ["available", "missing", "deleting", "delete-error", "deleted"];

/**
 * Which slots of a job that is good again have no good backup: between its last good one, of `lastGoodAt` (null: none),
 * and the next; undefined where each has.
 */
export async function readGap(
  { engine, store }: JobFactsParts,
  name: string,
  lastGoodAt: number | null,
): Promise<Gap | undefined> {
  const scheduler = engine.job(name);
  if (scheduler === undefined) return undefined;
  const { slots, state } = scheduler;
  const from = lastGoodAt ?? state.knownSince;
  const made = await store.runsInStatus(MADE, name, MOST_LOOKED_AT, from + 1);
  const good = made.filter(isSound).sort((one, other) => one.endTime! - other.endTime!)[0];
  if (good === undefined) return undefined;
  const until = good.slot === null ? good.createdAt : good.slot - 1;
  const last = until > from ? slots.latest(from, until) : null;
  const unsound = new Set(
    made.flatMap((run) => run.slot !== null && run.slot <= until && !isSound(run) ? [run.slot] : []),
  );
  if (last === null) return undefined;
  const first = slots.next(from)!;
  const count = slots.count(from, until, MOST_LOOKED_AT);
  if (unsound.size === 0) return { missed: { count, first, last }, unsound: null };
  return {
    missed: count === null
      ? { count, first, last }
      : spanOf(slotsOf(slots, from, until).filter((slot) => !unsound.has(slot))),
    unsound: spanOf([...unsound].sort((one, other) => one - other)),
  };
}

/** It can be restored, as far as anybody knows. */
function isSound({ suspectAt, acceptedAt, rejectedAt }: Run): boolean {
  return rejectedAt === null && (suspectAt === null || acceptedAt !== null);
}

function slotsOf(slots: Slots, from: number, until: number): number[] {
  const found: number[] = [];
  for (let slot = slots.next(from); slot !== null && slot <= until; slot = slots.next(slot)) found.push(slot);
  return found;
}

/** Of slots in their order; null for none. */
function spanOf(slots: readonly number[]): MissedSlots | null {
  return slots.length === 0 ? null : { count: slots.length, first: slots[0]!, last: slots.at(-1)! };
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
    nextSlot: scheduler.nextStart(facts.reading)?.at ?? null,
    expectedMs: parts.expectedOf?.(job) ?? null,
  };
}
