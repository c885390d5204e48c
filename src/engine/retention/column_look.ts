// One look at a job with many backups for whoever only asks, as columns: what a look at its rows says, in far less
// memory. It follows nothing and is nobody else's.

import { zoneOf } from "../../domain/calendar/zone.ts";
import type { Job } from "../../domain/job.ts";
import {
  type IncrementalElection,
  incrementalElection,
} from "../../domain/retention/followed/incremental_election.ts";
import { victimIds } from "../../domain/retention/followed/places.ts";
import { SLICE } from "../../domain/slices.ts";
import type { JobState } from "../../ports/store.ts";
import type { EngineContext } from "../context/context.ts";
import { drainInSlices } from "../context/slices.ts";
import { miscounted, policyText, weigh } from "./election_look.ts";
import { formerPolicies } from "./former_policies.ts";
import { keepSharing } from "./keep_sharing.ts";
import { type ShownElection, shownElection } from "./shown_election.ts";

/**
 * Reads and elects. Null for a job with odd backups (rejected ones, or dated ahead): it is to be looked at by its rows.
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
  if (columns.rejected > 0) return null;
  const { candidates } = columns;
  // While the clock is in doubt nothing grows old enough to go.
  const now = watch.read().ends;
  const work = incrementalElection(candidates, job.retention, zoneOf(job.timezone), now);
  const election = await drainInSlices(work, clock);
  if (election.future > 0) return null;
  const isSaved = state.policy === policyText(job);
  const former = election.victimCount === 0 ? [] : await formerPolicies(context, job, isSaved, now);
  // Made before anything is kept for another reason: they are made of the same columns, place by place.
  const formerly: { until: number; election: IncrementalElection | null }[] = [];
  for (const { until, terms } of former) {
    const elected = terms === null
      ? null
      : await drainInSlices(incrementalElection(candidates, terms.policy, terms.zone, now), clock);
    formerly.push({ until, election: elected });
  }
  await keepSharing(context, job, election, new Map());
  // The last of them to keep a backup is the one that is named.
  for (const one of formerly.reverse()) await drainInSlices(keepFormerly(election, one), clock);
  const weighed = await weigh(context, job, {
    head: columns,
    now,
    counted: election.counted,
    victims: await drainInSlices(victimIds(election), clock),
    future: 0,
    foreign: columns.foreign,
    newestSuspect: election.newestSuspect,
  });
  return shownElection(job, election, columns, columns.foreign, weighed, candidates.ends);
}

/** Keeps the victims that a former policy kept, all of them where it is null; yields every thousand. */
function* keepFormerly(
  election: IncrementalElection,
  { until, election: former }: { until: number; election: IncrementalElection | null },
): Generator<void, void> {
  const { victims, times } = election.places;
  let seen = 0;
  for (let place = victims.after(-1); place >= 0; place = victims.after(place)) {
    if (++seen % SLICE === 0) yield;
    if (former?.places.victims.has(place)) continue;
    election.keepFor(election.runIdAt(place), times[place]!, { kind: "former_policy", until });
  }
}
