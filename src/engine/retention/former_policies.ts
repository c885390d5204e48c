// The hold after an edit: what any policy in force within `policy_change_hold` kept is kept on, so that a slip in
// an edit deletes nothing before someone can see it.

import { elect } from "../../domain/retention/election.ts";
import type { CandidateColumns } from "../../domain/retention/followed/candidate_columns.ts";
import { type FormerElection, FormerElections } from "../../domain/retention/followed/former_elections.ts";
import { incrementalElection } from "../../domain/retention/followed/incremental_election.ts";
import type { Job } from "../../domain/job.ts";
import { inSlices } from "../../domain/slices.ts";
import { parsePolicy, type Policy } from "../../domain/policy.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import { isZone, type Zone, zoneOf } from "../../domain/calendar/zone.ts";
import type { Clock } from "../../ports/host.ts";
import type { ElectionRow } from "../../ports/store.ts";
import type { EngineContext } from "../context/context.ts";
import { drainInSlices } from "../context/slices.ts";

/** A policy that still protects what it kept. */
export interface FormerPolicy {
  /** UTC ms. */
  until: number;
  /** Canonical, with the zone. */
  text: string;
  /** Null where its text cannot be read any more: it protects everything. */
  terms: { policy: Policy; zone: Zone } | null;
}

/** Those of a job, oldest first. `isSaved`: the store knows already that the job's policy is in force. */
export async function formerPolicies(
  { store }: Pick<EngineContext, "store">,
  job: Job,
  isSaved: boolean,
  now: number,
): Promise<FormerPolicy[]> {
  const hold = job.guard.policyChangeHoldMs;
  if (hold === 0) return [];
  const former: FormerPolicy[] = [];
  const versions = await store.policyVersions(job.name, now - hold);
  for (const [at, version] of versions.entries()) {
    const next = versions[at + 1];
    // The last one is the policy in force, unless an edit is about to be saved: then its hold begins now.
    if (next === undefined && isSaved) break;
    const until = (next?.since ?? now) + hold;
    if (until > now) former.push({ until, text: version.policy, terms: termsOf(version.policy) });
  }
  return former;
}

function termsOf(text: string): FormerPolicy["terms"] {
  const end = text.lastIndexOf(" ");
  const parsed = parsePolicy(text.slice(0, end));
  const timezone = text.slice(end + 1);
  return "errors" in parsed || !isZone(timezone) ? null : { policy: parsed.policy, zone: zoneOf(timezone) };
}

/**
 * Reasons to keep, by run id, for those of `victims` that a former policy still protects. `isSaved`: the store knows
 * already that the policy they were elected by is in force.
 */
export async function formerReasons(
  context: EngineContext,
  job: Job,
  isSaved: boolean,
  rows: readonly ElectionRow[],
  victims: readonly string[],
  now: number,
): Promise<Map<string, KeepReason>> {
  const reasons = new Map<string, KeepReason>();
  if (victims.length === 0) return reasons;
  for (const { until, terms } of await formerPolicies(context, job, isSaved, now)) {
    const kept = terms === null ? "all" : await keptBy(context, terms, rows, now);
    const reason: KeepReason = { kind: "former_policy", until };
    const judge = (place: number) => {
      const runId = victims[place]!;
      if (kept === "all" || kept.has(runId)) reasons.set(runId, reason);
    };
    await drainInSlices(inSlices(victims.length, judge), context.clock);
  }
  return reasons;
}

/** Run ids that a policy keeps. */
async function keptBy(
  { clock }: EngineContext,
  { policy, zone }: NonNullable<FormerPolicy["terms"]>,
  rows: readonly ElectionRow[],
  now: number,
): Promise<Set<string>> {
  const { keep } = await drainInSlices(elect(rows, policy, zone, now), clock);
  const kept = new Set<string>();
  await drainInSlices(inSlices(keep.length, (at) => void kept.add(keep[at]!.runId)), clock);
  return kept;
}

/** Elects by each of them among the same columns, which nothing was taken in or out of. `now`: UTC ms. */
export async function electFormerly(
  former: readonly FormerPolicy[],
  candidates: CandidateColumns,
  now: number,
  clock: Clock,
): Promise<FormerElections> {
  const elections: FormerElection[] = [];
  for (const { until, terms } of former) {
    const election = terms === null
      ? null
      : await drainInSlices(incrementalElection(candidates, terms.policy, terms.zone, now), clock);
    elections.push({ until, election });
  }
  return new FormerElections(elections);
}
