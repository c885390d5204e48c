// Backups in a provider's list that were made for runs of ours which the state does not know: then the state went back in
// time, and may keep, hold and delete by what was true before.

import { DAY } from "../../domain/duration.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import { stopChange } from "../context/latch.ts";
import type { RetentionContext } from "../retention/retention_context.ts";

/** A row without a backup is kept for a year; the run of an older one may be forgotten. */
const REMEMBERED_MS = 300 * DAY;
/** Ids shown in a message. */
const MOST_SHOWN = 5;

/** What a list says of a backup that bears one of our run ids. */
export type MadeForUs = Pick<BackupInfo, "id" | "job" | "host"> & { runId: string };

/** Those of a list whose run, job and machine say that they were made here; `host` is the provider's own machine. */
export function madeForUs(list: readonly BackupInfo[], host: string | undefined): MadeForUs[] {
  return list.flatMap(({ id, runId, job, host: madeOn, state }) =>
    runId !== undefined && job !== undefined && state === "available" &&
      (madeOn === undefined || madeOn === host)
      ? [{ id, runId, job, host: madeOn }]
      : []
  );
}

/**
 * Latches `restored_store` where the state does not know the runs of backups that name the job; `told` are those it was
 * latched for before, and grows. What an import has bound is known, whatever its run.
 */
export async function guardUnknownRuns(
  { store, clock, job }: RetentionContext,
  made: readonly MadeForUs[],
  told: Set<string>,
): Promise<void> {
  const since = clock.now() - REMEMBERED_MS;
  const ours = made.filter((one) =>
    (one.job === job.name || one.job === job.renamedFrom) && timeOf(one.runId) >= since &&
    !told.has(one.runId)
  );
  if (ours.length === 0) return;
  const unknown = new Set(await store.unknownRuns(ours.map(({ runId }) => runId)));
  const lost: MadeForUs[] = [];
  for (const one of ours) {
    if (unknown.has(one.runId) && await store.byProviderId(job.providerKey, one.id) === undefined) {
      lost.push(one);
    }
  }
  if (lost.length === 0) return;
  const shown = lost.slice(0, MOST_SHOWN).map(({ id }) => `'${id}'`).join(", ");
  const more = lost.length > MOST_SHOWN ? ` and ${lost.length - MOST_SHOWN} more` : "";
  const message =
    `the state store looks restored or rolled back: provider '${job.providerKey}' has ${shown}${more} of job ` +
    `'${job.name}', whose runs the state does not know: take them in with 'schelly backups import --job ${job.name}', ` +
    `look with 'schelly retention show ${job.name}', then 'schelly retention approve ${job.name}'`;
  await store.commit(stopChange(job.name, "restored_store", message, clock.now()));
  // Only now: a guard that could not be saved is to be tripped by the next look.
  for (const { runId } of lost) told.add(runId);
}

/** UTC ms at which a UUIDv7 was made (RFC 9562, section 5.7); -Infinity for what is none. */
function timeOf(runId: string): number {
  const digits = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(runId);
  return digits === null ? -Infinity : parseInt(digits[1]! + digits[2]!, 16);
}
