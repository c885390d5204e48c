// When a token is said to end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { expiryOf, expiryText } from "../../src/domain/expiry.ts";

const END = Date.UTC(2026, 11, 31);
const DAY = 86_400_000;

test("a token is told of from 14 days before its end on, and has ended from that very instant", () => {
  const at = (before: number) => expiryOf({ expires: END }, END - before);
  assert.deepEqual([15 * DAY, 14 * DAY, 1, 0, -DAY].map(at), [
    "valid",
    "expiring",
    "expiring",
    "expired",
    "expired",
  ]);
  assert.equal(expiryOf({}, END), "valid");
});

test("what is told says when, and how long from now", () => {
  const at = (before: number) => expiryText({ expires: END }, END - before);
  assert.equal(at(15 * DAY), undefined);
  assert.equal(at(3 * DAY + 5), "expires at 2026-12-31T00:00:00.000Z (in 3 days)");
  assert.equal(at(5), "expires at 2026-12-31T00:00:00.000Z (in less than a day)");
  assert.equal(at(-DAY), "expired at 2026-12-31T00:00:00.000Z (1 day ago)");
});
