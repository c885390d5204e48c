// What the policy would let go once imports are in: told before they come in, decided by nobody but later passes.

import type { Run } from "../../domain/backup.ts";
import { elect } from "../../domain/retention/election.ts";
import type { Job } from "../../domain/job.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import type { EngineContext } from "../context/context.ts";
import { drainInSlices } from "../context/slices.ts";

/** A backup that would go. */
export interface Outgoing {
  id: string;
  /** UTC ms. */
  periodTime: number | null;
}

/**
 * Elects over the job's backups together with `rows`, which are in no store yet; oldest first. Nothing of it goes by
 * itself: the guards ask before. What shares its data with others, or an edited policy still keeps, is in it too.
 */
export async function outlook(context: EngineContext, job: Job, rows: readonly Run[]): Promise<Outgoing[]> {
  const { store, clock } = context;
  const { rows: known } = await store.election(job.name, job.providerKeys);
  const coming = rows.flatMap((run) =>
    run.periodTime === null ? [] : [{
      runId: run.runId,
      periodTime: run.periodTime,
      endTime: run.endTime,
      held: run.holdAt !== null,
      suspect: run.suspectAt !== null,
    }]
  );
  const election = elect([...known, ...coming], job.retention, zoneOf(job.timezone), clock.now());
  const { victims } = await drainInSlices(election, clock);
  const ours = new Map(rows.map((run) => [run.runId, run]));
  const going: Outgoing[] = [];
  for (const runId of victims) {
    const run = ours.get(runId) ?? await store.run(runId);
    if (run !== undefined) going.push({ id: run.id ?? run.runId, periodTime: run.periodTime });
  }
  return going;
}
