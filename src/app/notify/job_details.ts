// What a message about one job tells beside its health; part of the composition root.

import type { JobDetails } from "../../domain/notify/texts.ts";
import { type JobFactsParts, readFactsOf } from "../operations/job_facts.ts";

/** More failures than these are not counted. */
const MOST_FAILURES = 50;
const PAST_SIZES = 10;

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
    nextSlot: job.enabled ? scheduler.nextSlot(facts.reading.steady) : null,
    expectedMs: parts.expectedOf?.(job) ?? null,
  };
}
