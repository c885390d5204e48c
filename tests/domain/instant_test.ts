// Points in time as the product writes them, and as people do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { iso, parseInstant } from "../../src/domain/instant.ts";

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

test("parseInstant() reads instants with a zone, and dates in UTC", () => {
  const noon = Date.UTC(2026, 10, 23, 12);
  for (
    const [text, ms] of [
      ["2026-11-23T12:00:00Z", noon],
      ["2026-11-23T12:00Z", noon],
      ["2026-11-23T13:30:00.25+01:30", noon + 250],
      ["2026-11-23T12:00:00.123456789Z", noon + 123],
      ["2026-11-22T23:00-13:00", noon],
      ["2026-11-23", noon - 43_200_000],
      ["2028-02-29", Date.UTC(2028, 1, 29)],
    ] as const
  ) assert.equal(parseInstant(text), ms, text);
});

test("parseInstant() reads nothing else, whatever Date would make of it", () => {
  for (
    const text of [
      "",
      "now",
      "2026",
      "2026-11",
      "2026-11-23T12:00:00",
      "2026-11-23 12:00:00Z",
      "2026-11-23T12Z",
      "2026-11-23T24:00:00Z",
      "2026-11-23T12:60:00Z",
      "2026-11-23T12:00:60Z",
      "2026-11-23T12:00:00+24:00",
      "2026-11-23T12:00:00.Z",
      "2026-02-29",
      "2026-02-31T00:00:00Z",
      "2026-13-01",
      "2026-00-10",
      "2026-01-00",
      "2026-11-23Z",
      " 2026-11-23",
      "+002026-11-23",
    ]
  ) assert.equal(parseInstant(text), undefined, text);
});
