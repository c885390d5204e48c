// How many pieces of work are begun in one turn of the event loop.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SliceSize } from "../../src/domain/slice_size.ts";

/** The size after so many turns of pieces that take `eachMs`. */
function after(turns: number, eachMs: number, slice = new SliceSize()): SliceSize {
  for (let turn = 0; turn < turns; turn++) slice.took(slice.size, slice.size * eachMs);
  return slice;
}

test("SliceSize comes to as many pieces as take some milliseconds, in bounds", () => {
  for (const eachMs of [0.03, 0.1, 0.5]) {
    const tookMs = after(20, eachMs).size * eachMs;
    assert.ok(tookMs > 3 && tookMs < 8, `${tookMs} ms a turn of ${eachMs} ms each`);
  }
  assert.equal(after(20, 0).size, 256);
  assert.equal(after(20, 50).size, 4);
});

test("SliceSize keeps to the limits that it is given", () => {
  const limits = { turnMs: 15, first: 250, least: 100, most: 2_000 };
  const sizes = [0, 0.015, 0.06, 5].map((eachMs) => after(30, eachMs, new SliceSize(limits)).size);
  assert.deepEqual([sizes[0], sizes[3]], [2_000, 100]);
  assert.ok(Math.abs(sizes[1]! - 1_000) < 10 && Math.abs(sizes[2]! - 250) < 10, sizes.join());
});

test("one turn that something else held up does not make it small, and it grows again", () => {
  const slice = after(20, 0.1);
  const before = slice.size;
  slice.took(before, 2_000);
  assert.ok(slice.size > before / 2, `${slice.size} after ${before}`);
  assert.ok(after(10, 0.1, slice).size > before * 0.9);
});

test("a few pieces that took no time say nothing of many", () => {
  const slice = after(20, 0.1);
  const before = slice.size;
  for (let turn = 0; turn < 20; turn++) slice.took(1, 0);
  assert.equal(slice.size, before);
});
