// Work in slices.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drain, inSlices, SLICE } from "../../src/domain/slices.ts";

test("drain() gives what the generator returns", () => {
  assert.equal(
    drain((function* () {
      yield;
      return 7;
    })()),
    7,
  );
});

test("inSlices() comes to each item once, in order, and yields after each slice", () => {
  for (const count of [0, 1, SLICE, SLICE + 1, 3 * SLICE]) {
    const seen: number[] = [];
    let yields = 0;
    for (const _ of inSlices(count, (at) => seen.push(at))) {
      yields++;
      assert.equal(seen.length, Math.min(yields * SLICE, count));
    }
    assert.deepEqual(seen, Array.from({ length: count }, (_, at) => at));
    assert.equal(yields, Math.ceil(count / SLICE));
  }
});
