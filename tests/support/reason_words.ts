// The words of reasons, as tests compare them.

import assert from "node:assert/strict";
import type { ReasonData } from "../../src/domain/retention/reason_data.ts";
import { type KeepReason, reasonText } from "../../src/domain/retention/reasons.ts";

/** Each reason in words. */
export function inWords(reasons: readonly KeepReason[]): string[] {
  return reasons.map((reason) => reasonText(reason));
}

/** Asserts that an answer says the same in words and as data. */
export function assertSaysBoth({ reasons, kept_for }: { reasons: string[]; kept_for: ReasonData[] }): void {
  assert.deepEqual(
    inWords(kept_for.map((data): KeepReason => {
      if (data.kind === "younger") return { kind: "younger", minAgeMs: data.min_age_seconds * 1000 };
      if (data.kind === "within") return { kind: "within", withinMs: data.within_seconds * 1000 };
      if (data.kind === "locked") {
        const [until, again] = [data.until, data.again].map((time) =>
          time === null ? null : Date.parse(time)
        );
        return { kind: "locked", until: until!, again: again! };
      }
      return data.kind === "former_policy" ? { kind: data.kind, until: Date.parse(data.until) } : data;
    })),
    reasons,
  );
}
