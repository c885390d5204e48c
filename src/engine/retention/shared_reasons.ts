// Which victims stay because another living backup uses their data: deleting one would take the other's data.

import type { Job } from "../../domain/job.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import type { Clock } from "../../ports/host.ts";
import type { RunStore } from "../../ports/store.ts";

/** Victims asked about in one read: a few milliseconds of work. */
const PIECE = 2_000;

/** A backup that may go. */
interface Victim {
  runId: string;
  dataId: string | null;
}

/** Reasons to keep, by run id, for those of `victims` whose data another backup at the job's providers uses too. */
export async function sharedReasons(
  { store, clock }: { store: Pick<RunStore, "sharedData">; clock: Pick<Clock, "yield"> },
  job: Pick<Job, "providerKeys">,
  victims: readonly Victim[],
): Promise<Map<string, KeepReason>> {
  const reasons = new Map<string, KeepReason>();
  const owners = victims.filter((one): one is Victim & { dataId: string } => one.dataId !== null);
  for (let from = 0; from < owners.length; from += PIECE) {
    if (from > 0) await clock.yield();
    const piece = owners.slice(from, from + PIECE);
    const users = await store.sharedData(job.providerKeys, piece.map((one) => one.dataId), []);
    // The first two are enough: one of them is another than the victim itself.
    const firstTwo = new Map<string, typeof users>();
    for (const user of users) {
      const known = firstTwo.get(user.dataId);
      if (known === undefined) firstTwo.set(user.dataId, [user]);
      else if (known.length < 2) known.push(user);
    }
    for (const { runId, dataId } of piece) {
      const other = firstTwo.get(dataId)?.find((user) => user.runId !== runId);
      if (other !== undefined) {
        reasons.set(runId, { kind: "shared_data", with: other.id ?? other.runId });
      }
    }
  }
  return reasons;
}
