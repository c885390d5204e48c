// What a job promises about its backups: the words of `expect`, and whether what stands at a moment keeps them.

import { formatDuration } from "./duration.ts";
import { firstWhere } from "./first_where.ts";
import { iso } from "./instant.ts";
import { type Level, LEVELS } from "./policy.ts";

/** How a promised number binds. */
const OPERATORS = [">=", "=", "<="] as const;
type Operator = (typeof OPERATORS)[number];

/** A number with its operator: so many backups, or milliseconds of age. */
interface Bound {
  operator: Operator;
  value: number;
}

/** One promise: all of its parts hold at every moment, once the job ran undisturbed from nothing for `afterMs`. */
export interface JobPromise {
  afterMs: number;
  /** How many backups stand for a period of the level, those beyond its count that another level keeps included. */
  levels: Partial<Record<Level, Bound>>;
  /** Within the last `withinMs` no two neighbouring restore points, nor the newest and now, lie further apart. */
  gap: { maxMs: number; withinMs: number } | null;
  /** Age of the oldest restore point, milliseconds. */
  oldest: Bound | null;
  /** Within so long (ms) a backup was proved restorable; absent: nothing is promised of that. */
  verifiedMs?: number;
  /** Its storage lets nobody delete a backup for so long (ms) after it was begun; absent: nothing is promised of that. */
  immutableMs?: number;
  /** Backups exist at so many providers, each no older than `withinMs` (null: of any age); absent: nothing of that. */
  copies?: CopiesPromise;
}

/** `jobs`: those that keep copies, beside the one that promises. */
interface CopiesPromise {
  count: number;
  jobs: string[];
  withinMs: number | null;
}

/** Where a job keeps its backups, and of when the newest is (UTC ms; null: there is none). */
export interface CopyPlace {
  job: string;
  providerKey: string;
  newestAt: number | null;
}

/** What is known of the storage of a job: whether it deletes nothing at all, and the newest backup there with its lock. */
export interface Immutability {
  always: boolean;
  /** UTC ms; null where there is none. */
  newest: { begunAt: number; lockedUntil: number | null; isLocked: boolean } | null;
}

/** What exists from one slot until just before the next. All times UTC ms. */
interface Stretch {
  /** The first moment judged. */
  from: number;
  /** Exclusive. */
  until: number;
  /** Nothing could exist before this. */
  start: number;
  /** Times of the restore points, rising. */
  times: readonly number[];
  /** How many of them stand for each level. */
  counts: Readonly<Record<Level, number>>;
}

/** A broken promise. */
export interface Breach {
  /** The first moment at which it does not hold, UTC ms. */
  at: number;
  /** What was promised, such as `at least 12 monthly backups`. */
  promised: string;
  /** What there is instead, such as `3`. */
  found: string;
}

/** Reads `>=12`, `=12` or `<=12`, the rest by `read`; null when it is neither. */
export function parseBound(text: string, read: (rest: string) => number | null): Bound | null {
  const match = /^\s*(>=|<=|=)\s*(\S+)\s*$/.exec(text);
  const value = match === null ? null : read(match[2]!);
  return value === null ? null : { operator: match![1] as Operator, value };
}

/** A promise in one line: `after 400d: monthly >=12, oldest >=365d`. */
export function formatPromise(promise: JobPromise): string {
  const parts = LEVELS.flatMap((level) => {
    const bound = promise.levels[level];
    return bound === undefined ? [] : [`${level} ${bound.operator}${bound.value}`];
  });
  const { gap, oldest } = promise;
  if (oldest !== null) parts.push(`oldest ${oldest.operator}${formatDuration(oldest.value)}`);
  if (gap !== null) {
    parts.push(`max_gap ${formatDuration(gap.maxMs)} within ${formatDuration(gap.withinMs)}`);
  }
  if (promise.verifiedMs !== undefined) parts.push(`verified_within ${formatDuration(promise.verifiedMs)}`);
  if (promise.immutableMs !== undefined) parts.push(`immutable_for ${formatDuration(promise.immutableMs)}`);
  if (promise.copies !== undefined) parts.push(copiesText(promise.copies));
  return `after ${formatDuration(promise.afterMs)}: ${parts.join(", ")}`;
}

/** The first moment of the stretch at which the promise does not hold; null when it holds throughout. */
export function breachOf(promise: JobPromise, stretch: Stretch): Breach | null {
  const breaches = [
    levelBreach(promise, stretch),
    gapBreach(promise, stretch),
    oldestBreach(promise, stretch),
  ]
    .filter((breach) => breach !== null);
  return breaches.reduce<Breach | null>(
    (first, one) => first === null || one.at < first.at ? one : first,
    null,
  );
}

/** The same for what was proved last; `since`: nothing could be proved before. Instants are UTC ms. */
export function proofBreachOf(
  { verifiedMs }: JobPromise,
  provedAt: number | null,
  since: number,
  now: number,
): Breach | null {
  if (verifiedMs === undefined || now - (provedAt ?? since) <= verifiedMs) return null;
  const promised = `a backup proved restorable within ${formatDuration(verifiedMs)}`;
  return { at: now, promised, found: provedAt === null ? "none ever" : `none since ${iso(provedAt)}` };
}

/** The same for what the storage refuses to delete, as far as its provider says; of no backup nothing is asked. */
export function immutableBreachOf(
  { immutableMs }: JobPromise,
  { always, newest }: Immutability,
  now: number,
): Breach | null {
  if (immutableMs === undefined || always || newest === null) return null;
  const { begunAt, lockedUntil, isLocked } = newest;
  if (lockedUntil !== null && lockedUntil - begunAt >= immutableMs) return null;
  const promised = `backups that nobody can delete for ${formatDuration(immutableMs)}`;
  const found = lockedUntil !== null
    ? `the newest, begun at ${iso(begunAt)}, locked until ${iso(lockedUntil)}`
    : isLocked
    ? "a lock without a date on the newest"
    : "no lock on the newest";
  return { at: now, promised, found };
}

/** The same for copies: where there are which of the job and those that copy it. */
export function copiesBreachOf(
  { copies }: JobPromise,
  places: readonly CopyPlace[],
  now: number,
): Breach | null {
  if (copies === undefined) return null;
  const isGood = ({ newestAt }: CopyPlace) =>
    newestAt !== null && (copies.withinMs === null || now - newestAt <= copies.withinMs);
  const count = new Set(places.filter(isGood).map(({ providerKey }) => providerKey)).size;
  if (count >= copies.count) return null;
  const lacking = places.filter((place) => !isGood(place)).map(({ job, newestAt }) =>
    `job '${job}' has none${newestAt === null ? "" : ` after ${iso(newestAt)}`}`
  );
  const young = copies.withinMs === null ? "" : `, each at most ${formatDuration(copies.withinMs)} old`;
  return {
    at: now,
    promised: `copies at ${copies.count} providers${young}`,
    found: lacking.length === 0 ? String(count) : `${count}: ${lacking.join(", ")}`,
  };
}

function copiesText({ count, jobs, withinMs }: CopiesPromise): string {
  const where = jobs.length === 0 ? "" : ` with ${jobs.join(", ")}`;
  return `copies ${count}${where}${withinMs === null ? "" : ` within ${formatDuration(withinMs)}`}`;
}

function levelBreach({ levels }: JobPromise, { from, counts }: Stretch): Breach | null {
  for (const level of LEVELS) {
    const bound = levels[level];
    if (bound === undefined || holds(counts[level], bound)) continue;
    const backups = bound.value === 1 ? "backup" : "backups";
    const promised = `${AMOUNT[bound.operator]} ${bound.value} ${level} ${backups}`;
    return { at: from, promised, found: String(counts[level]) };
  }
  return null;
}

// What is older than `within` fades out, so a gap that began before counts from there on only.
function gapBreach({ gap }: JobPromise, { from, until, start, times }: Stretch): Breach | null {
  if (gap === null) return null;
  const promised = `no gap over ${formatDuration(gap.maxMs)} within the last ${formatDuration(gap.withinMs)}`;
  let before = Math.max(from - gap.withinMs, start);
  for (let at = firstAfter(times, before); at < times.length; at++) {
    const time = times[at]!;
    if (time - before > gap.maxMs) {
      return { at: from, promised, found: `${spanText(time - before)}, from ${iso(before)} to ${iso(time)}` };
    }
    before = time;
  }
  if (until - before <= gap.maxMs) return null;
  const at = Math.max(from, before + gap.maxMs);
  const end = Number.isFinite(until) ? ` until ${iso(until)}` : " any more";
  return { at, promised, found: `none after ${iso(before)}${end}` };
}

/** The place of the first of rising instants that is after `instant`; their number where none is. */
export function firstAfter(times: readonly number[], instant: number): number {
  return firstWhere(times.length, (at) => times[at]! > instant);
}

function oldestBreach({ oldest }: JobPromise, { from, until, times }: Stretch): Breach | null {
  if (oldest === null) return null;
  const promised = `an oldest restore point ${oldest.operator === "<=" ? "at most" : "at least"} ${
    formatDuration(oldest.value)
  } old`;
  const first = times[0];
  if (first === undefined) return oldest.operator === "<=" ? null : { at: from, promised, found: "none" };
  if (oldest.operator !== "<=") {
    return from - first >= oldest.value
      ? null
      : { at: from, promised, found: `${spanText(from - first)} old` };
  }
  if (until - first <= oldest.value) return null;
  return { at: Math.max(from, first + oldest.value), promised, found: `older, of ${iso(first)}` };
}

const AMOUNT: Record<Operator, string> = { ">=": "at least", "=": "exactly", "<=": "at most" };

function holds(count: number, { operator, value }: Bound): boolean {
  if (operator === ">=") return count >= value;
  return operator === "=" ? count === value : count <= value;
}

/** To the second: nobody reads milliseconds of a gap. */
function spanText(ms: number): string {
  return formatDuration(Math.floor(ms / 1000) * 1000);
}
