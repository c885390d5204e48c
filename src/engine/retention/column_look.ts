// One look at a job with many backups for whoever only asks, as columns: what a look at its rows says, in far less
// memory. It follows nothing and is nobody else's.

import { zoneOf } from "../../domain/calendar/zone.ts";
import type { Job } from "../../domain/job.ts";
import { incrementalElection } from "../../domain/retention/followed/incremental_election.ts";
import { victimIds } from "../../domain/retention/followed/places.ts";
import type { JobState } from "../../ports/store.ts";
import type { EngineContext } from "../context/context.ts";
import { drainInSlices } from "../context/slices.ts";
import { miscounted, policyText, weigh } from "./election_look.ts";
import { electFormerly, formerPolicies } from "./former_policies.ts";
import { keepSharing } from "./keep_sharing.ts";
import { type ShownElection, shownElection } from "./shown_election.ts";

/**
 * Reads and elects. Null for a job with backups dated ahead: it is to be looked at by its rows.
 * Rejects with `UnsafeRead` when the rows are not the ones the store has counted.
 */
export async function lookAtColumns(
  context: EngineContext,
  job: Job,
  state: JobState,
): Promise<ShownElection | null> {
  const { store, clock, watch } = context;
  const columns = await store.electionColumns(job.name, job.providerKeys, true);
  if (columns.actualCount !== columns.storedCount) throw miscounted(job, columns);
  const { candidates } = columns;
  // While the clock is in doubt nothing grows old enough to go.
  const now = watch.read().ends;
  const work = incrementalElection(candidates, job.retention, zoneOf(job.timezone), now);
  const election = await drainInSlices(work, clock);
  if (election.future > 0) return null;
  const isSaved = state.policy === policyText(job);
  const former = election.victimCount === 0 ? [] : await formerPolicies(context, job, isSaved, now);
  const protecting = await electFormerly(former, candidates, now, clock);
  await keepSharing(context, job, election, new Map());
  await drainInSlices(election.protect(protecting), clock);
  const weighed = await weigh(context, job, {
    head: columns,
    now,
    counted: election.counted + election.rejectedVictims,
    victims: await drainInSlices(victimIds(election), clock),
    future: 0,
    foreign: columns.foreign,
    newestSuspect: election.newestSuspect,
  });
  return shownElection(job, election, columns, columns.foreign, weighed, candidates.ends);
}
