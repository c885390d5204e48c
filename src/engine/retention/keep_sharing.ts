// Keeps in an election the victims whose data another living backup uses too: deleting one would take the other's data.

import type { IncrementalElection } from "../../domain/retention/followed/incremental_election.ts";
import { isVictim, victimsOf } from "../../domain/retention/followed/places.ts";
import type { Job } from "../../domain/job.ts";
import type { Dated } from "../../domain/retention/order.ts";
import type { RunStore } from "../../ports/store.ts";
import type { EngineContext } from "../context/context.ts";

/** Backups asked about in one read: a few milliseconds of work. */
const PIECE = 2_000;

/** From so many victims on it may cost less to look through all data; but not where that of other jobs is far more. */
const MANY = 2_000;
const MOST_TIMES = 10;

/** `sharing`: the period times, by run id, of those that are kept so already; brought up to date with the election. */
export async function keepSharing(
  { store, clock }: Pick<EngineContext, "store" | "clock">,
  job: Job,
  election: IncrementalElection,
  sharing: Map<string, number>,
): Promise<void> {
  async function ask(piece: readonly Dated[]): Promise<void> {
    const shared = await store.sharingRows(job.providerKeys, piece.map((one) => one.runId));
    const others = new Map(shared.map((one) => [one.runId, one.otherId ?? one.otherRunId]));
    for (const { runId, periodTime } of piece) {
      const other = others.get(runId);
      if (other !== undefined) {
        election.keepFor(runId, periodTime, { kind: "shared_data", with: other });
        sharing.set(runId, periodTime);
      } else if (sharing.delete(runId)) {
        election.keepFor(runId, periodTime, null);
      }
    }
  }

  const known = Array.from(sharing, ([runId, periodTime]) => ({ runId, periodTime }));
  let piece: Dated[] = [];
  for (const backups of [known, await mayShare(store, job, election)]) {
    for (const backup of backups) {
      piece.push(backup);
      if (piece.length < PIECE) continue;
      await ask(piece);
      await clock.yield();
      piece = [];
    }
  }
  if (piece.length > 0) await ask(piece);
}

/** The victims that may share, all of them where nothing is known. */
async function mayShare(
  store: Pick<RunStore, "sharedRows">,
  job: Job,
  election: IncrementalElection,
): Promise<Iterable<Dated>> {
  const count = election.victimCount;
  const rows = count < MANY ? null : await store.sharedRows(job.name, count * MOST_TIMES);
  return rows?.filter((row) => isVictim(election, row)) ?? victimsOf(election);
}
