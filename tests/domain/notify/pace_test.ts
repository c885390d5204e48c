// How fast messages go, and how long what was not taken waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allowanceAt, BURST, untilMore, waitAfter } from "../../../src/domain/notify/pace.ts";

test("waits double up to an hour, spread by a fifth", () => {
  assert.deepEqual([1, 2, 3, 8, 60].map((failures) => waitAfter(failures, 1) / 1000), [
    30,
    60,
    120,
    3600,
    3600,
  ]);
  assert.equal(waitAfter(1, 0), 24_000);
});

test("an empty allowance gains one a minute, up to a burst", () => {
  const empty = { left: 0, at: 1_000 };
  assert.deepEqual(allowanceAt(empty, 60_999), { left: 0, at: 1_000 });
  assert.deepEqual(allowanceAt(empty, 61_000), { left: 1, at: 61_000 });
  assert.deepEqual(allowanceAt(empty, 100_000), { left: 1, at: 61_000 });
  assert.equal(allowanceAt(empty, 3_600_000).left, BURST);
  assert.equal(untilMore(empty, 31_000), 30_000);
});
