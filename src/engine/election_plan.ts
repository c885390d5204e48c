// One look at a job's backups: who is elected, what the guards say, and which victims may go now. Changes nothing.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { elect, type Election, FUTURE_TOLERANCE_MS } from "../domain/election.ts";
import { allowed, type GuardFinding, judge, pace } from "../domain/guard.ts";
import { formatPolicy } from "../domain/policy.ts";
import { zoneOf } from "../domain/zone.ts";
import type { Job } from "../domain/job.ts";
import type { ElectionRow, ElectionSnapshot, JobState } from "../ports/store.ts";
import type { EngineContext } from "./context.ts";
import { formerReasons } from "./former_policies.ts";
import { drainInSlices } from "./slices.ts";

/** What a pass would do. */
export interface ElectionPlan {
  snapshot: ElectionSnapshot;
  rows: Map<string, ElectionRow>;
  election: Election;
  /** Causes found in this look, latched ones included. */
  findings: GuardFinding[];
  /** Run ids that may go now, oldest first, at most the pace. */
  going: string[];
  /** Names exactly the set of victims: SHA-256 over their run ids, 32 hex digits. */
  digest: string;
  /** An approval that still covers what is latched. */
  approved: boolean;
}

/** The read of a pass was not whole or not consistent: nothing may follow from it. */
export class UnsafeRead extends Error {}

/** Reads and elects. Rejects with `UnsafeRead` when the rows are not the ones the store has counted. */
export async function planElection(context: EngineContext, job: Job, state: JobState): Promise<ElectionPlan> {
  const { store, clock } = context;
  const snapshot = await store.election(job.name, job.providerKeys);
  if (snapshot.storedCount !== snapshot.actualCount) {
    throw new UnsafeRead(
      `Job '${job.name}' has ${snapshot.actualCount} available backups, but the store counted ${snapshot.storedCount} ` +
        "while writing: nothing is deleted; please report this",
    );
  }
  const now = clock.now();
  const zone = zoneOf(job.timezone);
  let election = await drainInSlices(elect(snapshot.rows, job.retention, zone, now), clock);
  const rows = new Map(snapshot.rows.map((row) => [row.runId, row]));
  const reasons = new Map([
    ...await formerReasons(context, job, snapshot.rows, election.victims, now),
    ...await sharedReasons(context, job, rows, election.victims),
  ]);
  if (reasons.size > 0) {
    const candidates = snapshot.rows.map((row) => ({ ...row, keepReason: reasons.get(row.runId) }));
    election = await drainInSlices(elect(candidates, job.retention, zone, now), clock);
  }
  const findings = judge({
    job: job.name,
    now,
    counted: election.counted,
    victims: election.victims.length,
    maxPercent: job.guard.maxPercent,
    missing: snapshot.missingCount,
    duplicateId: null,
    restored: null,
    future: unseen(snapshot.rows, now).future.length,
    failedCheck: null,
    foreign: unseen(snapshot.rows, now).foreign.length,
    clockUntrustedUntil: state.clockUntrustedUntil,
    freeze: null,
    suspectNewest: election.newestSuspect === null
      ? null
      : { id: election.newestSuspect, reason: "implausibly small" },
  });
  const approval = snapshot.approval;
  const approved = approval !== null && approval.expiresAt > now &&
    snapshot.latched.every((latched) => latched.latchedAt <= approval.approvedAt);
  const free = allowed(
    election.victims,
    approved ? approval.runIds : null,
    findings,
    snapshot.latched.map((latched) => latched.guard),
  );
  return {
    snapshot,
    rows,
    election,
    findings,
    going: pace(free, job.maxDeletesPerPass),
    digest: digestOf(election.victims),
    approved,
  };
}

/** Canonical text of a job's policy and, after a space, the zone its periods are cut in: what an election depends on. */
export function policyText(job: Job): string {
  return `${formatPolicy(job.retention)} ${job.timezone}`;
}

/** Backups dated ahead of now, and backups the job did not make, that no operator has seen. */
export function unseen(
  rows: readonly ElectionRow[],
  now: number,
): { future: ElectionRow[]; foreign: ElectionRow[] } {
  const open = rows.filter((row) => !row.accepted);
  return {
    future: open.filter((row) => row.periodTime > now + FUTURE_TOLERANCE_MS),
    foreign: open.filter((row) => row.imported),
  };
}

/** Victims whose data another living row uses too are kept: deleting one would take the other's data. */
async function sharedReasons(
  context: EngineContext,
  job: Job,
  rows: Map<string, ElectionRow>,
  victims: string[],
): Promise<Map<string, string>> {
  const dataIds = victims.map((runId) => rows.get(runId)!.dataId).filter((dataId) => dataId !== null);
  const reasons = new Map<string, string>();
  if (dataIds.length === 0) return reasons;
  const users = await context.store.sharedData(job.providerKeys, dataIds, []);
  for (const runId of victims) {
    const other = users.find((user) => user.dataId === rows.get(runId)!.dataId && user.runId !== runId);
    if (other !== undefined) reasons.set(runId, `shares data with ${other.id ?? other.runId}`);
  }
  return reasons;
}

/** Synchronous, so that an election is one turn from its read to its answer. */
function digestOf(runIds: readonly string[]): string {
  const bytes = new TextEncoder().encode([...runIds].sort().join("\n"));
  return bytesToHex(sha256(bytes)).slice(0, 32);
}
