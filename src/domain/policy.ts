// Retention policy: levels with their counts and references.  (parsing: see below)

/** The levels, fine to coarse. */
export const LEVELS = ["secondly", "minutely", "hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Level = (typeof LEVELS)[number];

/** What the backup nearest to stands for its period: a field value, or `L` for the last one. */
export type Reference = number | "L";

/** How many periods of a level to keep, and which backup stands for one. `count: 0` drops the level. */
export interface LevelRule {
  count: number;
  reference: Reference;
}

export type WeekStart = "sunday" | "monday";

/** A whole retention policy; every level present. */
export interface Policy {
  levels: Record<Level, LevelRule>;
  weekStarts: WeekStart;
  /** As many newest backups as this are always kept; at least 1. */
  minKeep: number;
  /** Younger than this since the end of the backup: kept. Milliseconds. */
  minAgeMs: number;
  /** While a level has room, also keep the oldest backup (restic 0.16 and later do). */
  keepOldest: boolean;
  /** Said in words by the user: nothing is ever a victim. All counts are 0 then. */
  keepAll: boolean;
}
