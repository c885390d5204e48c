// Why a backup is kept, in words and as data; and that what is stored stays true while newer backups come.
// Also tests reason_data.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ReasonData, reasonData } from "../../../src/domain/retention/reason_data.ts";
import {
  endOf,
  isSameReason,
  type KeepReason,
  rankingOf,
  RANKINGS,
  reasonText,
  shownReason,
  type StoredReason,
  storedReason,
} from "../../../src/domain/retention/reasons.ts";

const heads = [9, 8, 7, 6, 5, 4, 3, 2];
const UNTIL = Date.UTC(2026, 10, 20, 12, 30, 0, 5);

/** Every kind, with its words and, where it is other than the reason itself, its data. */
const KINDS: {
  [Kind in KeepReason["kind"]]: [reason: KeepReason & { kind: Kind }, words: string, data?: ReasonData];
} = {
  level: [
    { kind: "level", level: "weekly", rank: 3, limit: 14, period: "week of 2026-11-15" },
    "weekly 3 of 14 (week of 2026-11-15)",
  ],
  min_keep: [{ kind: "min_keep", rank: 2, of: 4 }, "last 2 of 4"],
  oldest: [{ kind: "oldest", levels: ["daily", "yearly"] }, "oldest (room in daily, yearly)"],
  within: [
    { kind: "within", withinMs: 2_592_000_000 },
    "within 30d of the newest",
    { kind: "within", within_seconds: 2_592_000 },
  ],
  younger: [
    { kind: "younger", minAgeMs: 129_600_500 },
    "younger than 1d12h500ms",
    { kind: "younger", min_age_seconds: 129_600.5 },
  ],
  newest: [{ kind: "newest" }, "newest"],
  keep_all: [{ kind: "keep_all" }, "keep_all"],
  proved: [
    { kind: "proved", level: "weekly", period: "week of 2026-11-15" },
    "proved weekly (week of 2026-11-15)",
  ],
  newest_proved: [{ kind: "newest_proved" }, "newest proved"],
  suspect: [{ kind: "suspect" }, "suspect"],
  future: [{ kind: "future" }, "from the future"],
  held: [{ kind: "held" }, "held"],
  former_policy: [
    { kind: "former_policy", until: UNTIL },
    "kept by the policy before the edit, until 2026-11-20T12:30:00.005Z at the latest",
    { kind: "former_policy", until: "2026-11-20T12:30:00.005Z" },
  ],
  locked: [
    { kind: "locked", until: UNTIL, again: null },
    "locked until 2026-11-20T12:30:00.005Z",
    { kind: "locked", until: "2026-11-20T12:30:00.005Z", again: null },
  ],
  shared_data: [{ kind: "shared_data", with: "p-4" }, "shares data with p-4"],
  rejected: [{ kind: "rejected" }, "rejected"],
  only_copy: [{ kind: "only_copy" }, "nothing else counts"],
  other: [{ kind: "other", text: "as it was said" }, "as it was said"],
};

for (const [kind, [reason, words, data = reason]] of Object.entries(KINDS)) {
  test(`a reason of kind ${kind} has its words and its data, and is stored without loss`, () => {
    assert.equal(reasonText(reason), words);
    assert.deepEqual(reasonData(reason), data);
    assert.deepEqual(shownReason(JSON.parse(JSON.stringify(storedReason(reason, heads))), heads), reason);
    assert.equal(endOf(reason), kind === "former_policy" || kind === "locked" ? UNTIL : null);
    assert.equal(rankingOf(reason), kind === "level" ? "weekly" : kind === "min_keep" ? "min_keep" : null);
  });
}

test("reasonText() names a reference other than the last of the period", () => {
  const daily: KeepReason = { kind: "level", level: "daily", rank: 3, limit: 7, period: "2026-11-20" };
  assert.equal(reasonText(daily, "L"), "daily 3 of 7 (2026-11-20)");
  assert.equal(reasonText(daily, 4), "daily 3 of 7 (2026-11-20, reference 4)");
  const weekly: KeepReason = { ...daily, level: "weekly", period: "week of 2026-11-15" };
  assert.equal(reasonText(weekly, 6), "weekly 3 of 7 (week of 2026-11-15, reference SAT)");
});

test("what was stored says after newer backups what it would be said to be then", () => {
  const more = fc.nat(1000);
  fc.assert(
    fc.property(
      fc.constantFrom(...RANKINGS),
      fc.integer({ min: 1, max: 99 }),
      more,
      more,
      (ranking, rank, own, others) => {
        const ranked = (place: number): KeepReason =>
          ranking === "min_keep"
            ? { kind: "min_keep", rank: place, of: 9 }
            : { kind: "level", level: ranking, rank: place, limit: 9, period: "2026" };
        const at = RANKINGS.indexOf(ranking);
        const later = heads.map((head) => head + others).with(at, heads[at]! + own);
        assert.deepEqual(shownReason(storedReason(ranked(rank), heads), later), ranked(rank + own));
        assert.deepEqual(
          storedReason(ranked(rank), heads),
          storedReason(ranked(rank + own), later),
          "nothing to write",
        );
      },
    ),
  );
});

test("a rank that was stored as it is stays, whatever comes", () => {
  const [level] = KINDS.level;
  assert.deepEqual(shownReason(level, heads.map((head) => head + 5)), level);
});

test("isSameReason() sees every difference in what is stored", () => {
  const counted = (fields: object = {}) =>
    ({
      kind: "level",
      level: "daily",
      ordinal: 3,
      limit: 7,
      period: "2026-11-20",
      ...fields,
    }) as StoredReason;
  const stored: StoredReason[] = [
    ...Object.values(KINDS).map(([reason]): StoredReason => reason),
    counted(),
    counted({ level: "hourly" }),
    counted({ ordinal: 4 }),
    counted({ limit: 8 }),
    counted({ period: "2026-11-21" }),
    { kind: "min_keep", ordinal: 2, of: 4 },
    { kind: "oldest", levels: ["daily"] },
    { kind: "shared_data", with: "p-5" },
    { kind: "younger", minAgeMs: 1 },
    { kind: "within", withinMs: 1 },
  ];
  for (const [at, left] of stored.entries()) {
    for (const [other, right] of stored.entries()) {
      assert.equal(isSameReason(left, structuredClone(right)), at === other, `${at}, ${other}`);
    }
  }
});
