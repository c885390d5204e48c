// The words for why a backup is kept, and how they are stored so that they stay true while newer backups come.

import { formatDuration } from "../duration.ts";
import { type Level, LEVELS, type Policy } from "../policy.ts";
import { type TagBits, tagsOf } from "./tagging.ts";

/** What a backup has a rank in: the representatives of a level, or all that count (`min_keep`). */
export const RANKINGS = [...LEVELS, "min_keep"] as const;
export type Ranking = Level | "min_keep";

/**
 * A reason as it is stored: its text, or, where it names a rank, the ranking, the ordinal and the rest of the text. A
 * rank changes with every newer backup; an ordinal, counted from the oldest one ever, does not.
 */
export type StoredReason = string | [ranking: Ranking, ordinal: number, rest: string];

/** For each of `RANKINGS` the ordinal of its newest backup: the rank of ordinal n is `head - n + 1`. */
export type Heads = readonly number[];

/** The text of a stored reason. */
export function shownReason(reason: StoredReason, heads: Heads): string {
  if (typeof reason === "string") return reason;
  const [ranking, ordinal, rest] = reason;
  return `${ranking} ${(heads[RANKINGS.indexOf(ranking)] ?? 0) - ordinal + 1} ${rest}`;
}

/** How the text of a reason is stored; `shownReason` reads it back. */
export function storedReason(text: string, heads: Heads): StoredReason {
  const ranked = /^([a-z_]+) (\d+) (of \d.*)$/s.exec(text);
  const at = ranked === null ? -1 : (RANKINGS as readonly string[]).indexOf(ranked[1]!);
  if (ranked === null || at < 0) return text;
  return [RANKINGS[at]!, (heads[at] ?? 0) - Number(ranked[2]) + 1, ranked[3]!];
}

/** What follows the rank in `daily 3 of 7 (2026-11-20)`. */
export function levelRest(limit: number, label: string): string {
  return `of ${limit} (${label})`;
}

/** What follows the rank in `min_keep 2 of 4`. */
export function minKeepRest(policy: Policy): string {
  return `of ${policy.minKeep}`;
}

/** Why the oldest is kept while these levels have room. */
export function oldestReason(room: TagBits): string {
  return `oldest (room in ${tagsOf(room).join(", ")})`;
}

/** Why one is kept that `min_age` protects. */
export function youngReason(policy: Policy): string {
  return `younger than ${formatDuration(policy.minAgeMs)}`;
}

export const NEWEST_REASON = "newest";
export const KEEP_ALL_REASON = "keep_all";
export const SUSPECT_REASON = "suspect";
export const FUTURE_REASON = "from the future";
export const HELD_REASON = "held";
