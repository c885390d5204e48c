// Reasons are stored so that ranks stay true while newer backups come.

import { test } from "node:test";
import assert from "node:assert/strict";
import { RANKINGS, shownReason, storedReason } from "../../../src/domain/retention/reasons.ts";

const heads = [9, 8, 7, 6, 5, 4, 3, 2];

test("shownReason() reads back what storedReason() wrote, under the same heads", () => {
  const texts = [
    ...RANKINGS.map((ranking, at) => `${ranking} ${at + 1} of 9 (2026)`),
    "min_keep 2 of 4",
    "newest",
    "keep_all",
    "oldest (room in daily, weekly)",
    "held",
    "shares data with daily 3 of 7 (2026-11-20)",
    "kept by the policy before the edit, until 2026-11-20T00:00:00.000Z",
  ];
  for (const text of texts) assert.equal(shownReason(storedReason(text, heads), heads), text);
});

test("shownReason() lets a rank fall as newer backups come", () => {
  const stored = storedReason("daily 3 of 7 (2026-11-20)", heads);
  assert.equal(shownReason(stored, heads), "daily 3 of 7 (2026-11-20)");
  assert.equal(shownReason(stored, heads.with(3, heads[3]! + 2)), "daily 5 of 7 (2026-11-20)");
});

test("storedReason() leaves a text that only looks like a rank as it is", () => {
  for (
    const text of [
      "fortnightly 3 of 7 (2026)",
      "daily three of 7",
      "daily 3 of many",
      "constructor 1 of 2 (x)",
    ]
  ) {
    assert.equal(storedReason(text, heads), text);
  }
});
