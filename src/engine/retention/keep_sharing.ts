// Keeps in an election what its policy would let go, but whose data another living backup uses too, for deleting one would
// take the other's data; and what its storage refuses to delete.

import type { IncrementalElection } from "../../domain/retention/followed/incremental_election.ts";
import { isUnkept, unkeptOf } from "../../domain/retention/followed/places.ts";
import type { Job } from "../../domain/job.ts";
import type { Dated } from "../../domain/retention/order.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import type { RunStore } from "../../ports/store.ts";
import type { EngineContext } from "../context/context.ts";
import { lockedReasons } from "./locked_reasons.ts";

/** Backups asked about in one read: a few milliseconds of work. */
const PIECE = 2_000;

/** From so many victims on it may cost less to look through all data; but not where that of other jobs is far more. */
const MANY = 2_000;
const MOST_TIMES = 10;

/**
 * Asks for all that the policy does not keep. `sharing`: the period times, by run id, of those that are kept so already;
 * brought up to date with the election.
 */
export async function keepSharing(
  { store, clock }: Pick<EngineContext, "store" | "clock">,
  job: Job,
  election: IncrementalElection,
  sharing: Map<string, number>,
): Promise<void> {
  election.takeDropped();
  const known = Array.from(sharing, ([runId, periodTime]) => ({ runId, periodTime }));
  let piece: Dated[] = [];
  for (const backups of [known, await mayShare(store, job, election)]) {
    for (const backup of backups) {
      piece.push(backup);
      if (piece.length < PIECE) continue;
      await ask({ store, clock }, job, election, sharing, piece);
      await clock.yield();
      piece = [];
    }
  }
  if (piece.length > 0) await ask({ store, clock }, job, election, sharing, piece);
}

/**
 * Asks only for those that share already and those that the policy ceased to keep since. `came`: run ids of backups that
 * are new; one that shares makes it ask for all. What the backup of another job came to share is found by `sharesAny` before
 * it goes.
 */
export async function keepSharingSince(
  context: Pick<EngineContext, "store" | "clock">,
  job: Job,
  election: IncrementalElection,
  sharing: Map<string, number>,
  came: readonly string[],
): Promise<void> {
  if (await sharesAny(context, job, came)) return await keepSharing(context, job, election, sharing);
  const known = Array.from(sharing, ([runId, periodTime]) => ({ runId, periodTime }));
  const asked = [...known, ...election.takeDropped()];
  if (asked.length > 0) await ask(context, job, election, sharing, asked);
}

/** Whether another living backup uses the data of one of these. */
export async function sharesAny(
  { store, clock }: Pick<EngineContext, "store" | "clock">,
  job: Job,
  runIds: readonly string[],
): Promise<boolean> {
  for (let from = 0; from < runIds.length; from += PIECE) {
    if (from > 0) await clock.yield();
    const shared = await store.sharingRows(job.providerKeys, runIds.slice(from, from + PIECE));
    if (shared.length > 0) return true;
  }
  return false;
}

async function ask(
  context:
    & { store: Pick<RunStore, "sharingRows" | "lockedRows" | "hasLocks"> }
    & Pick<EngineContext, "clock">,
  job: Job,
  election: IncrementalElection,
  sharing: Map<string, number>,
  piece: readonly Dated[],
): Promise<void> {
  const runIds = piece.map((one) => one.runId);
  const reasons = await lockedReasons(context, job, runIds);
  for (const { runId, otherId, otherRunId } of await context.store.sharingRows(job.providerKeys, runIds)) {
    reasons.set(runId, { kind: "shared_data", with: otherId ?? otherRunId });
  }
  for (const backup of piece) {
    const { runId, periodTime } = backup;
    const reason: KeepReason | undefined = reasons.get(runId);
    if (reason !== undefined && isUnkept(election, backup)) {
      election.keepFor(runId, periodTime, reason);
      sharing.set(runId, periodTime);
    } else if (sharing.delete(runId)) {
      election.keepFor(runId, periodTime, null);
    }
  }
}

/** Those of them that may share or are locked, all where nothing is known. */
async function mayShare(
  store: Pick<RunStore, "sharedRows" | "lockedRows" | "hasLocks">,
  job: Job,
  election: IncrementalElection,
): Promise<Iterable<Dated>> {
  const count = election.places.unkept.size;
  const rows = count < MANY ? null : await store.sharedRows(job.name, count * MOST_TIMES);
  if (rows === null) return unkeptOf(election);
  if (!store.hasLocks) return rows.filter((row) => isUnkept(election, row));
  const sharing = new Set(rows.map(({ runId }) => runId));
  const locked = (await store.lockedRows(job.name, null)).filter(({ runId }) => !sharing.has(runId));
  return [...rows, ...locked].filter((row) => isUnkept(election, row));
}
