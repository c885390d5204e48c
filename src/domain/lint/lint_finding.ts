// What schedule lint says: findings about jobs, and the words they share.

import { formatDuration } from "../duration.ts";
import { iso } from "../instant.ts";
import type { Level } from "../policy.ts";

/** `warning`: it will not do what it seems to say. `notice`: worth knowing, nothing is wrong. */
type Severity = "warning" | "notice";

export type LintRule =
  | "clock_change"
  | "finer_level"
  | "coarser_levels"
  | "missed_reference"
  | "only_newest"
  | "short_months"
  | "ending"
  | "never_full"
  | "slow_retention"
  | "jitter"
  | "blackout"
  | "crowd"
  | "overlap"
  | "collision";

/** What was found about one schedule, before it is known which jobs share it. */
export interface Draft {
  rule: LintRule;
  severity: Severity;
  /** The level of retention that it is about; absent: none, or several. */
  level?: Level;
  /** What, in one or two sentences without a full stop. */
  message: string;
  /** What to do, likewise. */
  remedy: string;
  /** The instants it is about, UTC ms, rising. */
  at: number[];
  /** A schedule to use instead; null where none can be named. */
  proposal: string | null;
}

/** A finding about one or more jobs that it holds for alike. */
export interface Finding extends Omit<Draft, "proposal"> {
  jobs: string[];
  proposals: { job: string; schedule: string }[];
}

/** A length of time to the second, which is all that people read. */
export function lengthText(ms: number): string {
  return formatDuration(Math.max(1000, Math.round(ms / 1000) * 1000));
}

/** `2026-03-29 02:30`, from a local time (ms, as if it were UTC); with seconds where there are some. */
export function localText(local: number): string {
  const text = iso(local);
  return `${text.slice(0, 10)} ${local % 60_000 === 0 ? text.slice(11, 16) : text.slice(11, 19)}`;
}

/** The first few of many. */
export function someOf(texts: readonly string[], most: number, between = ", "): string {
  const shown = texts.slice(0, most).join(between);
  return texts.length > most ? `${shown} and ${texts.length - most} more` : shown;
}
