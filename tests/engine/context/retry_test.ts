// How long tries wait for each other, and in which order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, resendDelay, shuffle } from "../../../src/engine/context/retry.ts";

const always = (value: number) => ({ next: () => value });

test("backoff() doubles up to its limit, between half and all of it", () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => backoff(attempt, 1_000, always(0))), [
    500,
    1_000,
    2_000,
    4_000,
  ]);
  assert.equal(backoff(2, 1_000, always(1 - 1e-12)), 4_000);
  assert.equal(backoff(50, 1_000, always(1 - 1e-12)), 3_600_000);
  assert.equal(backoff(50, 1_000, always(0), 30_000), 15_000);
});

test("resendDelay() leaves a plain provider a minute, or twice the time a start may take", () => {
  assert.deepEqual([0, 5_000, 30_000, 45_000].map(resendDelay), [60_000, 60_000, 60_000, 90_000]);
});

test("shuffle() loses nothing, and goes by chance alone", () => {
  assert.deepEqual(shuffle([1, 2, 3, 4], always(0)), [2, 3, 4, 1]);
  assert.deepEqual(shuffle([1, 2, 3, 4], always(1 - 1e-12)), [1, 2, 3, 4]);
  assert.deepEqual(shuffle([], always(0)), []);
});
