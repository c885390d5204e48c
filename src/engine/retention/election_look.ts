// One look at a job's backups: who is elected, what the guards say, and which victims may go now. Changes nothing.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import {
  type Candidate,
  elect,
  type Election,
  FUTURE_TOLERANCE_MS,
} from "../../domain/retention/election.ts";
import { OverBudget } from "../../domain/errors.ts";
import { allowed, type GuardFinding, judge, latchedNow, pace } from "../../domain/retention/guard.ts";
import { inSlices, SLICE } from "../../domain/slices.ts";
import { formatPolicy } from "../../domain/policy.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import { mergeSort } from "../../domain/retention/order.ts";
import { withRejected } from "../../domain/retention/rejected.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import type { Job } from "../../domain/job.ts";
import type { LatchedGuard } from "../../ports/job_facts.ts";
import type { ElectionHead, ElectionRow, ElectionSnapshot, JobState } from "../../ports/store.ts";
import type { EngineContext } from "../context/context.ts";
import { formerReasons } from "./former_policies.ts";
import { lockedReasons } from "./locked_reasons.ts";
import { sharedReasons } from "./shared_reasons.ts";
import { drainInSlices } from "../context/slices.ts";

/** What the guards leave of an election. */
export interface Weighed {
  /** Causes found in this look, latched ones included. */
  findings: GuardFinding[];
  /** Run ids that may go now, oldest first, at most the pace. */
  going: string[];
  /** Names exactly the set of victims and what latches on it: SHA-256 over both, 32 hex digits. */
  digest: string;
  /** An approval that still covers what is latched. */
  approved: boolean;
  /** What is latched already, as it stands in this look: where the figures of a guard are not those that it latched with. */
  retold: LatchedGuard[];
}

/** What a pass would do. */
export interface ElectionLook extends Weighed {
  snapshot: ElectionSnapshot;
  rows: Map<string, ElectionRow>;
  election: Election;
  /** How many of its backups the job did not make, and no operator has seen. */
  foreign: number;
}

/** The read of a pass was not whole or not consistent: nothing may follow from it. */
export class UnsafeRead extends Error {}

/** The store has other rows than it counted. */
export function miscounted(job: Job, found: { actualCount: number; storedCount: number }): UnsafeRead {
  return new UnsafeRead(
    `Job '${job.name}' has ${found.actualCount} available backups, but the store counted ${found.storedCount} ` +
      "while writing: nothing is deleted; please report this",
  );
}

/** Jobs with fewer backups are elected in full at each pass: that costs a millisecond. */
const FOLLOW_FROM = 250;

/** True for a job whose election is worth to be kept as columns. */
export function isLarge({ followFrom }: Pick<EngineContext, "followFrom">, state: JobState): boolean {
  return state.availableCount >= (followFrom ?? FOLLOW_FROM);
}

/** Rows and what is elected of them take two kilobytes of memory each: a process that has no more is killed. */
const MOST_ROWS = 2_000_000;

/**
 * Reads and elects. Rejects with `UnsafeRead` when the rows are not the ones the store has counted, with `OverBudget`, before
 * anything is read, when there are too many.
 */
export async function lookAtElection(
  context: EngineContext,
  job: Job,
  state: JobState,
): Promise<ElectionLook> {
  const { store, clock, watch } = context;
  const most = context.mostRows ?? MOST_ROWS;
  if (state.availableCount > most) throw tooMany(job, state.availableCount, most);
  const snapshot = await store.election(job.name, job.providerKeys);
  if (snapshot.storedCount !== snapshot.actualCount) {
    throw miscounted(job, snapshot);
  }
  // While the clock is in doubt nothing grows old enough to go.
  const now = watch.read().ends;
  const zone = zoneOf(job.timezone);
  let election = await drainInSlices(elect(snapshot.rows, job.retention, zone, now), clock);
  const going = election.counted === 0 ? [] : snapshot.rejected.filter((row) => !row.held);
  const rows = await drainInSlices(byRunId([...snapshot.rows, ...snapshot.rejected]), clock);
  const reasons = new Map([
    ...await formerReasons(
      context,
      job,
      state.policy === policyText(job),
      snapshot.rows,
      election.victims,
      now,
    ),
    ...await lockedReasons(context, job, [
      ...election.victims,
      ...going.map(({ runId }) => runId),
    ]),
    ...await sharedReasons(context, job, [
      ...election.victims.map((runId) => rows.get(runId)!),
      ...going,
    ]),
  ]);
  if (reasons.size > 0) {
    const candidates = await drainInSlices(withReasons(snapshot.rows, reasons), clock);
    election = await drainInSlices(elect(candidates, job.retention, zone, now), clock);
  }
  const rejected = snapshot.rejected.map((row) => ({ ...row, keepReason: reasons.get(row.runId) }));
  const byPolicy = election.victims.length;
  election = withRejected(election, rejected, (runId) => rows.get(runId)!.periodTime);
  const open = unseen(snapshot.rows, now);
  const weighed = await weigh(context, job, {
    head: snapshot,
    now,
    counted: election.counted + election.victims.length - byPolicy,
    victims: election.victims,
    future: open.future.length,
    foreign: open.foreign.length,
    newestSuspect: election.newestSuspect,
  });
  return { snapshot, rows, election, foreign: open.foreign.length, ...weighed };
}

function tooMany(job: Job, count: number, most: number): OverBudget {
  return new OverBudget(
    `Cannot look at each of the ${count} backups of job '${job.name}' by itself, which is needed for an approval where ` +
      `some were imported or dated ahead and nobody has seen them: expected at most ${most}; accept them by their ids`,
  );
}

/** What guards are told of an election, however it was made. */
interface Elected {
  head: ElectionHead;
  now: number;
  /** How many count or were rejected. */
  counted: number;
  /** Run ids, oldest first. */
  victims: string[];
  /** Of the future and foreign, those that no operator has seen. */
  future: number;
  foreign: number;
  newestSuspect: string | null;
}

/** Asks the guards, and answers which victims may go. */
export async function weigh(
  context: EngineContext,
  job: Job,
  elected: Elected,
): Promise<Weighed> {
  const { victims } = elected;
  const { findings, latches, approved, retold } = await judged(context, job, {
    ...elected,
    victims: victims.length,
  });
  const { approval, latched } = elected.head;
  const free = allowed(
    victims,
    approved ? approval!.runIds : null,
    findings,
    latched.map(({ guard }) => guard),
  );
  return {
    findings,
    going: pace(free, job.maxDeletesPerPass),
    digest: await drainInSlices(digestOf(victims, latches), context.clock),
    approved,
    retold,
  };
}

/** What the guards say of an election. */
interface Judged extends Pick<Weighed, "findings" | "approved" | "retold"> {
  /** Guards that have latched, and those that the next pass will latch: what was shown before it can be approved after it. */
  latches: string[];
}

/** Asks the guards alone; `victims`: how many there are. */
export async function judged(
  context: EngineContext,
  job: Job,
  elected: Omit<Elected, "victims"> & { victims: number },
): Promise<Judged> {
  const { head, now, victims } = elected;
  const facts = {
    job: job.name,
    now,
    counted: elected.counted,
    victims,
    maxPercent: job.guard.maxPercent,
    missing: head.missingCount,
    future: elected.future,
    foreign: elected.foreign,
    clockUntrustedUntil: context.watch.read().inDoubtUntil,
    freeze: await context.store.freeze(),
    suspectNewest: await suspectNewest(context, elected.newestSuspect),
  };
  const findings = judge(facts);
  const latched = head.latched.map((guard) => guard.guard);
  const latches = [...latched, ...findings.filter((finding) => finding.latched).map(({ guard }) => guard)];
  const { approval } = head;
  const approved = approval !== null && approval.expiresAt > now &&
    head.latched.every((guard) => guard.latchedAt <= approval.approvedAt);
  const retold = head.latched.flatMap((guard) => {
    const message = latchedNow(guard, findings, facts);
    return message === undefined ? [] : [{ ...guard, message }];
  });
  return { findings, latches, approved, retold };
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
    // A suspect is never deleted: whoever accepts it has seen it.
    foreign: open.filter((row) => row.imported && !row.suspect),
  };
}

function* byRunId(rows: readonly ElectionRow[]): Generator<void, Map<string, ElectionRow>> {
  const found = new Map<string, ElectionRow>();
  yield* inSlices(rows.length, (at) => void found.set(rows[at]!.runId, rows[at]!));
  return found;
}

/** The rows with reasons of ours to keep them. */
function* withReasons(
  rows: readonly ElectionRow[],
  reasons: ReadonlyMap<string, KeepReason>,
): Generator<void, Candidate[]> {
  const candidates: Candidate[] = [];
  yield* inSlices(rows.length, (at) => {
    const row = rows[at]!;
    const keepReason = reasons.get(row.runId);
    candidates.push(keepReason === undefined ? row : { ...row, keepReason });
  });
  return candidates;
}

async function suspectNewest(
  context: EngineContext,
  runId: string | null,
): Promise<{ id: string; reason: string } | null> {
  if (runId === null) return null;
  const run = await context.store.run(runId);
  return { id: run?.id ?? runId, reason: run?.suspectReason ?? "implausibly small" };
}

/**
 * Whoever approves has seen the victims and the guards: one that latched since makes it another digest.
 * Asks no host, so that the election of a small job is one turn from its read to its answer.
 */
export function* digestOf(runIds: readonly string[], guards: readonly string[]): Generator<void, string> {
  const lines = [...yield* sorted(runIds), "", ...[...new Set(guards)].sort()];
  yield;
  const hash = sha256.create();
  const encoder = new TextEncoder();
  for (let from = 0; from < lines.length; from += SLICE) {
    const until = Math.min(from + SLICE, lines.length);
    hash.update(encoder.encode(lines.slice(from, until).join("\n") + (until < lines.length ? "\n" : "")));
    yield;
  }
  return bytesToHex(hash.digest()).slice(0, 32);
}

/** In order already, mostly: ids and backups are of the same time. */
function* sorted(runIds: readonly string[]): Generator<void, readonly string[]> {
  let isRising = true;
  yield* inSlices(runIds.length - 1, (at) => {
    if (runIds[at]! > runIds[at + 1]!) isRising = false;
  });
  if (isRising) return runIds;
  const places = new Int32Array(runIds.length);
  for (let at = 0; at < places.length; at++) places[at] = at;
  const compare = (a: number, b: number) => runIds[a]! < runIds[b]! ? -1 : runIds[a]! > runIds[b]! ? 1 : 0;
  const order = yield* mergeSort(places, compare);
  const found: string[] = [];
  yield* inSlices(order.length, (at) => void found.push(runIds[order[at]!]!));
  return found;
}
