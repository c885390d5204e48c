// A reason as JSON that leaves the program: a kind with its numbers, beside the words that `reasonText` says.

import { iso } from "../instant.ts";
import { type KeepReason, type LevelReason, type MinKeepReason, reasonText } from "./reasons.ts";

/** The kinds of `KeepReason`, with times as ISO 8601 UTC and spans in seconds. */
export type ReasonData =
  | LevelReason
  | MinKeepReason
  | Exclude<
    KeepReason,
    LevelReason | MinKeepReason | { withinMs: number } | { minAgeMs: number } | { until: number | null }
  >
  | { kind: "within"; within_seconds: number }
  | { kind: "younger"; min_age_seconds: number }
  | { kind: "former_policy"; until: string }
  | { kind: "locked"; until: string | null; again: string | null };

/** The JSON of a reason. */
export function reasonData(reason: KeepReason): ReasonData {
  switch (reason.kind) {
    case "within":
      return { kind: "within", within_seconds: reason.withinMs / 1000 };
    case "younger":
      return { kind: "younger", min_age_seconds: reason.minAgeMs / 1000 };
    case "former_policy":
      return { kind: "former_policy", until: iso(reason.until) };
    case "locked":
      return { kind: "locked", until: iso(reason.until), again: iso(reason.again) };
    default:
      return reason;
  }
}

/** A list of reasons as answers show it: in words, and the same as data. */
export function reasonFields(reasons: readonly KeepReason[]): { reasons: string[]; kept_for: ReasonData[] } {
  return { reasons: reasons.map((reason) => reasonText(reason)), kept_for: reasons.map(reasonData) };
}
