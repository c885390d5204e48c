// Why a backup is kept: kinds with their numbers, their words, and how they are stored so that they stay true while
// newer backups come.

import { iso } from "../instant.ts";
import { formatDuration } from "../duration.ts";
import { lockText } from "../lock.ts";
import { formatReference, type Level, LEVELS, type Reference } from "../policy.ts";

/** What a backup has a rank in: the representatives of a level, or all that count (`min_keep`, `keep_last`). */
export const RANKINGS = [...LEVELS, "min_keep"] as const;
type Ranking = Level | "min_keep";

/** It stands for a period of a level, and is the `rank`-th newest of the `limit` that the policy keeps there. */
export interface LevelReason {
  kind: "level";
  level: Level;
  /** 1 is the newest. */
  rank: number;
  limit: number;
  /** `2026-11-20`, `week of 2026-11-15`. */
  period: string;
}

/** It is the `rank`-th newest of all that count, of which the policy keeps the last `of` whatever their periods. */
export interface MinKeepReason {
  kind: "min_keep";
  rank: number;
  of: number;
}

/** Why a backup is kept. `reasonText` says it in words. */
export type KeepReason =
  | LevelReason
  | MinKeepReason
  /** The oldest one, while these levels have room. */
  | { kind: "oldest"; levels: Level[] }
  /** It is less than `withinMs` older than the newest. Which one that is changes, and this does not: it is not stored. */
  | { kind: "within"; withinMs: number }
  /** Its end is less than `minAgeMs` ago. */
  | { kind: "younger"; minAgeMs: number }
  | { kind: "newest" }
  /** It is proved, and another one, which is not, stands for its period of a level that is kept. */
  | { kind: "proved"; level: Level; period: string }
  /** Of those that are proved it is the newest. */
  | { kind: "newest_proved" }
  | { kind: "keep_all" }
  | { kind: "suspect" }
  /** It is dated ahead of now. */
  | { kind: "future" }
  | { kind: "held" }
  /** A policy that was edited away keeps it for a while: `until`, UTC ms. */
  | { kind: "former_policy"; until: number }
  /** Another living backup, named by its id, uses its data. */
  | { kind: "shared_data"; with: string }
  /** Its storage refuses to delete it: until a date, or, without one, its provider is asked `again`. UTC ms. */
  | { kind: "locked"; until: number | null; again: number | null }
  /** An operator rejected it, and yet something keeps it: the reasons after this one. */
  | { kind: "rejected" }
  /** It was rejected, but no other backup of its job counts. */
  | { kind: "only_copy" }
  /** Words of an earlier version that stand for no kind. */
  | { kind: "other"; text: string };

type Counted<Ranked> = Omit<Ranked, "rank"> & { ordinal: number };

/** A rank as it is stored: by an ordinal, which is counted from the oldest one ever. */
type CountedReason = Counted<LevelReason> | Counted<MinKeepReason>;

/**
 * A reason as it is stored: a rank changes with every newer backup, an ordinal does not. One that was stored with its
 * rank goes on saying what was true then.
 */
export type StoredReason = KeepReason | CountedReason;

/** For each of `RANKINGS` the ordinal of its newest backup: the rank of ordinal n is `head - n + 1`. */
export type Heads = readonly number[];

export const NEWEST: KeepReason = Object.freeze({ kind: "newest" });
export const NEWEST_PROVED: KeepReason = Object.freeze({ kind: "newest_proved" });
export const KEEP_ALL: KeepReason = Object.freeze({ kind: "keep_all" });
export const SUSPECT: KeepReason = Object.freeze({ kind: "suspect" });
export const FUTURE: KeepReason = Object.freeze({ kind: "future" });
export const HELD: KeepReason = Object.freeze({ kind: "held" });
export const REJECTED: KeepReason = Object.freeze({ kind: "rejected" });
export const ONLY_COPY: KeepReason = Object.freeze({ kind: "only_copy" });

/** The words of a reason: `daily 3 of 7 (2026-11-20)`; with a reference of its level: `(2026-11-20, reference 3)`. */
export function reasonText(reason: KeepReason, reference: Reference = "L"): string {
  switch (reason.kind) {
    case "level": {
      const { level, rank, limit, period } = reason;
      const chosenBy = reference === "L" ? "" : `, reference ${formatReference(level, reference)}`;
      return `${level} ${rank} of ${limit} (${period}${chosenBy})`;
    }
    case "min_keep":
      return `last ${reason.rank} of ${reason.of}`;
    case "oldest":
      return `oldest (room in ${reason.levels.join(", ")})`;
    case "within":
      return `within ${formatDuration(reason.withinMs)} of the newest`;
    case "younger":
      return `younger than ${formatDuration(reason.minAgeMs)}`;
    case "newest":
    case "keep_all":
    case "suspect":
    case "held":
    case "rejected":
      return reason.kind;
    case "proved":
      return `proved ${reason.level} (${reason.period})`;
    case "newest_proved":
      return "newest proved";
    case "future":
      return "from the future";
    case "former_policy":
      return `kept by the policy before the edit, until ${iso(reason.until)} at the latest`;
    case "shared_data":
      return `shares data with ${reason.with}`;
    case "locked":
      return lockText(reason);
    case "only_copy":
      return "nothing else counts";
    case "other":
      return reason.text;
  }
}

/** When a reason ends by itself, UTC ms; null for one that stands as long as what it names. */
export function endOf(reason: KeepReason): number | null {
  return reason.kind === "former_policy" || reason.kind === "locked" ? reason.until : null;
}

/** What a reason ranks its backup in; null for one without a rank. */
export function rankingOf(reason: StoredReason): Ranking | null {
  if (reason.kind === "level") return reason.level;
  return reason.kind === "min_keep" ? "min_keep" : null;
}

/** True for a reason that is stored by its ordinal. */
export function isCounted(reason: StoredReason): reason is CountedReason {
  return "ordinal" in reason;
}

/** A stored reason as of these heads. */
export function shownReason(reason: StoredReason, heads: Heads): KeepReason {
  if (!isCounted(reason)) return reason;
  const rank = (heads[RANKINGS.indexOf(rankingOf(reason)!)] ?? 0) - reason.ordinal + 1;
  return reason.kind === "level"
    ? { kind: "level", level: reason.level, rank, limit: reason.limit, period: reason.period }
    : { kind: "min_keep", rank, of: reason.of };
}

/** How a reason is stored; `shownReason` reads it back. */
export function storedReason(reason: KeepReason, heads: Heads): StoredReason {
  if (reason.kind !== "level" && reason.kind !== "min_keep") return reason;
  const ordinal = (heads[RANKINGS.indexOf(rankingOf(reason)!)] ?? 0) - reason.rank + 1;
  return reason.kind === "level"
    ? { kind: "level", level: reason.level, ordinal, limit: reason.limit, period: reason.period }
    : { kind: "min_keep", ordinal, of: reason.of };
}

/** Whether two reasons are stored alike. A pass asks it of every backup: a third of the time that `isSame` takes. */
export function isSameReason(left: StoredReason, right: StoredReason): boolean {
  if (left === right) return true;
  if (left.kind !== right.kind) return false;
  const [mine, its] = [left, right] as unknown as Record<string, unknown>[];
  const fields = Object.keys(mine!);
  return fields.length === Object.keys(its!).length &&
    fields.every((field) => isSameField(mine![field], its![field]));
}

function isSameField(left: unknown, right: unknown): boolean {
  return left === right || (Array.isArray(left) && Array.isArray(right) && left.join() === right.join());
}
