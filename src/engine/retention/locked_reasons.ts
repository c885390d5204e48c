// Which backups stay because their storage refuses to delete them, whatever the policy says.

import { type LockedRow, lockEnd } from "../../domain/lock.ts";
import type { Job } from "../../domain/job.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import type { Clock } from "../../ports/host.ts";
import type { RunStore } from "../../ports/store.ts";

/** Victims asked about in one read: a few milliseconds of work. */
const PIECE = 2_000;

/** The reason for which a locked backup is kept. */
export function lockedReason({ lockedAt, lockedUntil }: LockedRow): KeepReason {
  return lockedUntil === null
    ? { kind: "locked", until: null, again: lockEnd({ lockedAt, lockedUntil }, lockedAt) }
    : { kind: "locked", until: lockedUntil, again: null };
}

/** Reasons to keep, by run id, for those of `victims` that are locked now. */
export async function lockedReasons(
  { store, clock }: { store: Pick<RunStore, "lockedRows" | "hasLocks">; clock: Pick<Clock, "yield"> },
  { name }: Pick<Job, "name">,
  victims: readonly string[],
): Promise<Map<string, KeepReason>> {
  const reasons = new Map<string, KeepReason>();
  if (!store.hasLocks) return reasons;
  for (let from = 0; from < victims.length; from += PIECE) {
    if (from > 0) await clock.yield();
    for (const row of await store.lockedRows(name, victims.slice(from, from + PIECE))) {
      reasons.set(row.runId, lockedReason(row));
    }
  }
  return reasons;
}
