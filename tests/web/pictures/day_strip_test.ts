// A strip of days: each day is one shape, trouble is told with its days, and a run under way hides no failure.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { dayStrip, type StripDay } from "../../../src/web/pictures/day_strip.ts";
import { assertGolden } from "../../support/golden.ts";
import { mixedDays } from "../../support/picture_series.ts";
import { NOW } from "../../support/picture_worlds.ts";

const calendar = { zone: zoneOf("Europe/Berlin"), now: NOW };
const strip = (days: readonly StripDay[], isRunning = false) =>
  dayStrip({ days, isRunning, count: 30 }, calendar);

test("a strip looks as it was seen last, and stays small", () => {
  const { svg } = strip(mixedDays());
  assertGolden("day_strip.svg", svg);
  assert.ok(svg.length < 1_400, `${svg.length} letters`);
});

test("a strip says what its days were, and when it was not well", () => {
  const { facts, table } = strip(mixedDays());
  assert.deepEqual(facts.map(({ term, text }) => `${term}: ${text}`), [
    "good: 24 days",
    "good with trouble: 1 day (Tue 24 Nov)",
    "failed: 1 day (Wed 25 Nov)",
    "missed: 2 days (Sun 8 Nov and Sat 7 Nov)",
    "suspect: 1 day (Thu 19 Nov)",
    "nothing due: 1 day",
  ]);
  assert.equal(table.rows.length, 30);
});

test("a run under way shows only on a day without trouble", () => {
  const [today, ...rest] = mixedDays() as [StripDay, ...StripDay[]];
  const of = (day: StripDay) => strip([day, ...rest], true).table.rows[0]![1];
  assert.equal(of({ ...today, succeeded: 0 }), "running");
  assert.equal(of({ ...today, succeeded: 0, failed: 1 }), "failed");
  assert.equal(of({ ...today, succeeded: 0, missed: 1 }), "missed");
});
