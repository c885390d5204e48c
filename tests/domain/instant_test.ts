// Points in time as the product writes them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { iso } from "../../src/domain/instant.ts";

test("iso() writes milliseconds in UTC, and leaves out what has no time", () => {
  assert.equal(iso(0), "1970-01-01T00:00:00.000Z");
  assert.equal(iso(Date.UTC(2026, 10, 23, 4, 0, 0, 7)), "2026-11-23T04:00:00.007Z");
  assert.equal(iso(null), null);
});

test("iso() writes every instant as Date does", () => {
  const instants = [
    0.5,
    -1,
    -1.5,
    8.64e15,
    -8.64e15,
    Date.UTC(9999, 11, 31, 23, 59, 59, 999),
    86_399_999,
    86_400_000,
  ];
  for (let at = 0; at < 2_000; at++) {
    instants.push(Math.floor(Math.sin(at) * 1e13), 1_795_000_000_000 + at * 3_599_977);
  }
  for (const ms of instants) assert.equal(iso(ms), new Date(ms).toISOString());
  assert.throws(() => iso(NaN), RangeError);
  assert.throws(() => iso(Infinity), RangeError);
});
