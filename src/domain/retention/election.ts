// Decides which backups of a job are kept, with reasons, and which go. Pure; guards and pacing come after.

import { assert } from "../errors.ts";
import { inOrder } from "./order.ts";
import { SLICE } from "../slices.ts";
import { periodLabel } from "../calendar/period.ts";
import { type Level, LEVELS, type Policy } from "../policy.ts";
import { provedBeside } from "./proofs.ts";
import { FUTURE, HELD, KEEP_ALL, type KeepReason, NEWEST, NEWEST_PROVED, SUSPECT } from "./reasons.ts";
import { representatives, type TagBits, tagsOf } from "./tagging.ts";
import type { Zone } from "../calendar/zone.ts";

/** Backups dated further than this ahead of now are from the future: kept, and counting for nothing. */
export const FUTURE_TOLERANCE_MS = 120_000;

/** An available backup as election sees it. Times are UTC ms. */
export interface Candidate {
  runId: string;
  /** The time that decides its periods. */
  periodTime: number;
  /** When it was complete; null where unknown, and then it is not young. */
  endTime: number | null;
  held: boolean;
  suspect: boolean;
  /** Its last verification passed. */
  proved?: boolean;
  /** Why the caller wants it kept whatever the policy says, such as `shared_data`. */
  keepReason?: KeepReason;
}

/** A kept backup: the levels it represents and everything that keeps it. */
export interface Kept {
  runId: string;
  tags: Level[];
  reasons: KeepReason[];
}

/** What an election decided. Every candidate is in `keep` or in `victims`. */
export interface Election {
  /** Newest first. */
  keep: Kept[];
  /** Run ids, oldest first. */
  victims: string[];
  /** The levels each victim represents, at the same place as in `victims`. */
  victimTags: Uint8Array;
  /** The newest backup that counts; null when none does. */
  newest: string | null;
  /** The newest of all but those from the future, when it is suspect: nothing may be deleted. */
  newestSuspect: string | null;
  /** How many count: neither suspect nor from the future. */
  counted: number;
  /** How many are from the future. */
  future: number;
}

/**
 * Elects what is kept: for each level the newest `count` representatives; the newest; the newest proved; the `minKeep`
 * newest; those less than `keepWithinMs` older than the newest, by period time; those younger than `minAgeMs` since their end; those held or kept for the caller's reason; suspects; those from
 * the future; with `keepOldest` the oldest while a level has room; and what `provedBeside` says. Suspects and those
 * from the future count for nothing.
 *
 * The answer does not depend on the order of the candidates (equal times are ordered by run id), and electing again
 * among what was kept finds no victims. With references `L` and without `keepOldest`, an added older backup never
 * evicts a newer one. Throws when a time or the policy is not made of numbers. Yields every few thousand items.
 */
export function* elect(
  candidates: readonly Candidate[],
  policy: Policy,
  zone: Zone,
  now: number,
): Generator<void, Election> {
  assertPolicy(policy);
  assert(Number.isFinite(now), `now is a number: ${now}`);
  const { indices, times } = yield* inOrder(candidates);

  const counts = new Uint8Array(candidates.length);
  const contenders = new Int32Array(candidates.length);
  let counted = 0;
  const proved: number[] = [];
  const gather = (from: number, until: number) => {
    for (let at = from; at < until; at++) {
      if (candidates[indices[at]!]!.suspect || times[at]! > now + FUTURE_TOLERANCE_MS) continue;
      counts[at] = 1;
      contenders[counted++] = at;
      if (candidates[indices[at]!]!.proved === true) proved.push(at);
    }
  };
  for (let from = 0; from < candidates.length; from += SLICE) {
    gather(from, Math.min(from + SLICE, candidates.length));
    yield;
  }
  const newestTime = counted === 0 ? NaN : times[contenders[counted - 1]!]!;
  const tags = yield* representatives(times, contenders.subarray(0, counted), policy, zone);
  const beside = policy.verified === undefined || proved.length === 0
    ? null
    : yield* provedBeside(times, tags, Int32Array.from(proved), policy, zone, now);
  const newestProved = proved.at(-1);

  const keep: Kept[] = [];
  // Decided newest first and listed oldest first: filled from the back.
  const victims = new Array<string>(counted);
  const victimTags = new Uint8Array(counted);
  let firstVictim = counted;
  const reasonsOf = reasonGiver(policy, zone, { now, counted, newestTime }, beside);
  let newest: string | null = null;
  let newestSuspect: string | null | undefined;
  let future = 0;
  const decide = (from: number, until: number) => {
    for (let at = until - 1; at >= from; at--) {
      const candidate = candidates[indices[at]!]!;
      if (times[at]! > now + FUTURE_TOLERANCE_MS) future++;
      else if (newestSuspect === undefined) newestSuspect = candidate.suspect ? candidate.runId : null;
      if (counts[at] === 0) {
        keep.push({ runId: candidate.runId, tags: [], reasons: uncountedReasons(candidate, now) });
        continue;
      }
      newest ??= candidate.runId;
      const bits = tags[at]!;
      const reasons = reasonsOf(candidate, bits, at, at === newestProved);
      if (reasons === null) {
        firstVictim--;
        victims[firstVictim] = candidate.runId;
        victimTags[firstVictim] = bits;
      } else {
        keep.push({ runId: candidate.runId, tags: tagsOf(bits), reasons });
      }
    }
  };
  for (let until = candidates.length; until > 0; until -= SLICE) {
    decide(Math.max(0, until - SLICE), until);
    yield;
  }
  return {
    keep,
    victims: victims.slice(firstVictim),
    victimTags: victimTags.slice(firstVictim),
    newest,
    newestSuspect: newestSuspect ?? null,
    counted,
    future,
  };
}

/** Why a backup that counts for nothing is kept. */
function uncountedReasons(candidate: Candidate, now: number): KeepReason[] {
  const reasons = candidate.suspect ? [SUSPECT] : [];
  if (candidate.periodTime > now + FUTURE_TOLERANCE_MS) reasons.push(FUTURE);
  return withMarks(reasons, candidate);
}

function withMarks(reasons: KeepReason[], candidate: Candidate): KeepReason[] {
  if (candidate.held) reasons.push(HELD);
  if (candidate.keepReason !== undefined) reasons.push(candidate.keepReason);
  return reasons;
}

/**
 * Answers, for each backup that counts, asked newest first, why it is kept; null when nothing keeps it. Counts as
 * it goes how much each level has kept.
 */
function reasonGiver(
  policy: Policy,
  zone: Zone,
  { now, counted, newestTime }: { now: number; counted: number; newestTime: number },
  beside: Uint8Array | null,
): (candidate: Candidate, tags: TagBits, at: number, isNewestProved: boolean) => KeepReason[] | null {
  const labels = LEVELS.map((level) => periodLabel(level, zone, policy.weekStarts));
  const limits = LEVELS.map((level) => policy.levels[level].count);
  const kept = LEVELS.map(() => 0);
  let wanting = limits.reduce((bits, limit, level) => limit > 0 ? bits | (1 << level) : bits, 0);
  const withinReason: KeepReason = Object.freeze({ kind: "within", withinMs: policy.keepWithinMs });
  let rank = 0;
  return (candidate, tags, place, isNewestProved) => {
    rank++;
    const besides = beside?.[place] ?? 0;
    // Asked so that an end that is no number keeps the backup.
    const young = policy.minAgeMs > 0 && candidate.endTime !== null &&
      !(now - candidate.endTime >= policy.minAgeMs);
    // By the newest that counts, not by now: where backups cease to come, those that there are stay.
    const within = newestTime - candidate.periodTime < policy.keepWithinMs;
    const oldest = policy.keepOldest && rank === counted;
    const marked = candidate.held || candidate.keepReason !== undefined;
    const named = (tags & wanting) !== 0 || rank <= policy.minKeep || policy.keepAll;
    const isForProof = besides !== 0 || isNewestProved;
    if (!named && !within && !young && !oldest && !marked && !isForProof) return null;

    const reasons: KeepReason[] = [];
    for (const [at, level] of LEVELS.entries()) {
      if ((tags & wanting & (1 << at)) === 0) continue;
      const rank = ++kept[at]!;
      const limit = limits[at]!;
      reasons.push({ kind: "level", level, rank, limit, period: labels[at]!(candidate.periodTime) });
      if (rank === limit) wanting &= ~(1 << at);
    }
    for (const [at, level] of LEVELS.entries()) {
      if ((besides & (1 << at)) === 0) continue;
      reasons.push({ kind: "proved", level, period: labels[at]!(candidate.periodTime) });
    }
    if (policy.keepAll) reasons.push(KEEP_ALL);
    if (oldest && wanting !== 0) reasons.push({ kind: "oldest", levels: tagsOf(wanting) });
    if (rank === 1) reasons.push(NEWEST);
    if (isNewestProved) reasons.push(NEWEST_PROVED);
    if (rank <= policy.minKeep && policy.minKeep > 1) {
      reasons.push({ kind: "min_keep", rank, of: policy.minKeep });
    }
    if (within) reasons.push(withinReason);
    if (young) reasons.push({ kind: "younger", minAgeMs: policy.minAgeMs });
    withMarks(reasons, candidate);
    return reasons.length === 0 ? null : reasons;
  };
}

/** Throws when a policy is not made of numbers: a count that is none would compare false and keep nothing. */
export function assertPolicy(policy: Policy): void {
  for (const level of LEVELS) {
    const { count, reference } = policy.levels[level];
    assert(count >= 0 && !Number.isNaN(count), `the ${level} count is at least 0: ${count}`);
    assert(
      reference === "L" || Number.isInteger(reference),
      `the ${level} reference is L or whole: ${reference}`,
    );
  }
  assert(policy.minKeep >= 1, `min_keep is at least 1: ${policy.minKeep}`);
  assert(policy.keepWithinMs >= 0, `keep_within is at least 0: ${policy.keepWithinMs}`);
  assert(policy.minAgeMs >= 0, `min_age is at least 0: ${policy.minAgeMs}`);
}
