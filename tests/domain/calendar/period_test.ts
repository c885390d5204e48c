// Periods in zones, over steps of their clocks and the ends of months and years.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { distance, periodKey, periodLabel } from "../../../src/domain/calendar/period.ts";
import { type Level, LEVELS, type WeekStart } from "../../../src/domain/policy.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";

function key(level: Level, zone: string, time: string, weekStarts: WeekStart = "sunday"): number {
  return periodKey(level, zoneOf(zone), weekStarts)(Date.parse(time));
}

function label(level: Level, zone: string, time: string, weekStarts: WeekStart = "sunday"): string {
  return periodLabel(level, zoneOf(zone), weekStarts)(Date.parse(time));
}

function away(level: Level, reference: number, time: string, weekStarts: WeekStart = "sunday"): number {
  return distance(level, { count: 1, reference }, zoneOf("Europe/Berlin"), weekStarts)!(Date.parse(time));
}

test("periodLabel() names periods in the job's zone", () => {
  const cases: [level: Level, time: string, expected: string, weekStarts?: WeekStart][] = [
    ["secondly", "2026-11-20T14:05:09Z", "2026-11-20 15:05:09"],
    ["minutely", "2026-11-20T14:05:09Z", "2026-11-20 15:05"],
    ["hourly", "2026-11-20T14:05:09Z", "2026-11-20 15h"],
    ["daily", "2026-11-20T23:30:00Z", "2026-11-21"],
    ["weekly", "2026-11-20T14:05:09Z", "week of 2026-11-15"],
    ["weekly", "2026-11-20T14:05:09Z", "week of 2026-11-16", "monday"],
    ["weekly", "2027-01-01T12:00:00Z", "week of 2026-12-28", "monday"],
    ["monthly", "2026-10-31T23:00:00Z", "2026-11"],
    ["monthly", "2026-12-15T00:00:00Z", "2026-12"],
    ["yearly", "2026-12-31T23:00:00Z", "2027"],
  ];
  for (const [level, time, expected, weekStarts] of cases) {
    assert.equal(label(level, "Europe/Berlin", time, weekStarts), expected);
  }
});

test("periodKey() takes the hour that autumn repeats as one hourly period with 120 minutely ones", () => {
  const first = "2026-10-25T02:30:00+02:00";
  const second = "2026-10-25T02:30:00+01:00";
  assert.equal(key("hourly", "Europe/Berlin", first), key("hourly", "Europe/Berlin", second));
  assert.equal(
    key("hourly", "Europe/Berlin", "2026-10-25T03:00:00+01:00"),
    key("hourly", "Europe/Berlin", second) + 1,
  );
  assert.equal(key("minutely", "Europe/Berlin", second), key("minutely", "Europe/Berlin", first) + 60);
});

test("periodKey() skips the hour that spring leaves out", () => {
  assert.equal(
    key("hourly", "Europe/Berlin", "2026-03-29T03:00:00+02:00") -
      key("hourly", "Europe/Berlin", "2026-03-29T01:59:59+01:00"),
    2,
  );
});

test("periodKey() does not go back to yesterday where clocks were set back over midnight", () => {
  // America/St_Johns, 2010-11-07: one minute past midnight became 23:01 of the day before.
  const minuteOfNewDay = "2010-11-07T00:00:30-02:30";
  const repeated = "2010-11-06T23:30:00-03:30";
  const lateOnOldDay = "2010-11-06T23:30:00-02:30";
  for (const level of ["hourly", "daily", "weekly"] as const) {
    const newKey = key(level, "America/St_Johns", minuteOfNewDay);
    assert.equal(key(level, "America/St_Johns", repeated), newKey, level);
    assert.equal(key(level, "America/St_Johns", lateOnOldDay), newKey - 1, level);
  }
});

test("periodKey() skips the day that Samoa skipped", () => {
  const before = "2011-12-29T23:00:00-10:00";
  const after = "2011-12-31T01:00:00+14:00";
  assert.equal(key("daily", "Pacific/Apia", after) - key("daily", "Pacific/Apia", before), 2);
});

test("periodKey() runs weeks on over the ends of months and years", () => {
  const cases: [weekStarts: WeekStart, days: string[]][] = [
    ["monday", ["2020-12-28", "2020-12-31", "2021-01-01", "2021-01-03"]], // ISO week 2020-W53
    ["sunday", ["2020-12-27", "2020-12-31", "2021-01-01", "2021-01-02"]],
    ["monday", ["2026-11-30", "2026-12-01", "2026-12-06"]],
    ["sunday", ["2024-02-25", "2024-02-29", "2024-03-01", "2024-03-02"]],
  ];
  for (const [weekStarts, days] of cases) {
    const weeks = days.map((day) => key("weekly", "UTC", `${day}T12:00:00Z`, weekStarts));
    assert.equal(new Set(weeks).size, 1, `${days[0]}`);
    const dayBefore = new Date(Date.parse(days[0]!) - 1).toISOString();
    const dayAfter = new Date(Date.parse(days.at(-1)!) + 86_400_000).toISOString();
    assert.equal(key("weekly", "UTC", dayBefore, weekStarts), weeks[0]! - 1);
    assert.equal(key("weekly", "UTC", dayAfter, weekStarts), weeks[0]! + 1);
  }
});

test("periodKey() is whole and never falls as time goes on, in any zone at any level", () => {
  const scene = fc.constantFrom(
    ["Europe/Berlin", "2026-10-24T22:00:00Z"] as const,
    ["America/St_Johns", "2010-11-07T01:00:00Z"] as const,
    ["Australia/Lord_Howe", "2026-04-04T13:00:00Z"] as const,
    ["Pacific/Apia", "2011-12-30T05:00:00Z"] as const,
    ["Africa/Monrovia", "1972-01-06T23:00:00Z"] as const,
  );
  const seconds = fc.nat({ max: 9 * 3600 });
  fc.assert(
    fc.property(scene, fc.constantFrom(...LEVELS), seconds, seconds, ([zone, start], level, a, b) => {
      const keyOf = periodKey(level, zoneOf(zone), "monday");
      const earlier = keyOf(Date.parse(start) + Math.min(a, b) * 1000);
      const later = keyOf(Date.parse(start) + Math.max(a, b) * 1000);
      assert.ok(Number.isInteger(earlier) && earlier <= later);
    }),
    { numRuns: 3000 },
  );
});

test("periodKey() gives a coarser level the same key for all times of one finer period", () => {
  const chains = [
    ["secondly", "minutely"],
    ["minutely", "hourly"],
    ["hourly", "daily"],
    ["daily", "weekly"],
    ["daily", "monthly"],
    ["monthly", "yearly"],
  ] as const;
  const zone = zoneOf("America/St_Johns");
  const start = Date.parse("2010-11-07T01:00:00Z");
  const seconds = fc.nat({ max: 6 * 3600 });
  fc.assert(
    fc.property(fc.constantFrom(...chains), seconds, seconds, ([fine, coarse], a, b) => {
      const fineKey = periodKey(fine, zone, "sunday");
      const coarseKey = periodKey(coarse, zone, "sunday");
      if (fineKey(start + a * 1000) === fineKey(start + b * 1000)) {
        assert.equal(coarseKey(start + a * 1000), coarseKey(start + b * 1000));
      }
    }),
    { numRuns: 3000 },
  );
});

test("distance() counts in the units of the level's field", () => {
  const cases: [
    level: Level,
    reference: number,
    time: string,
    expected: number,
    weekStarts?: WeekStart,
  ][] = [
    ["minutely", 30, "2026-11-20T14:05:09Z", 21],
    ["hourly", 0, "2026-11-20T14:05:09Z", 5],
    ["daily", 3, "2026-11-20T02:59:59+01:00", 1],
    ["daily", 3, "2026-11-20T03:59:59+01:00", 0],
    ["daily", 3, "2026-11-20T04:00:00+01:00", 1],
    ["weekly", 0, "2026-11-21T12:00:00Z", 6], // Saturday, Sunday weeks: the other end of the week
    ["weekly", 0, "2026-11-21T12:00:00Z", 1, "monday"], // Monday weeks: Sunday comes next
    ["monthly", 31, "2026-02-28T12:00:00Z", 0],
    ["monthly", 31, "2024-02-28T12:00:00Z", 1],
    ["monthly", 30, "2024-02-29T12:00:00Z", 0],
    ["monthly", 15, "2026-11-20T12:00:00Z", 5],
    ["yearly", 12, "2026-11-20T12:00:00Z", 1],
  ];
  for (const [level, reference, time, expected, weekStarts] of cases) {
    assert.equal(away(level, reference, time, weekStarts), expected, `${level}@${reference} ${time}`);
  }
});

test("distance() counts the minutes of both passes of a repeated hour", () => {
  assert.equal(away("hourly", 30, "2026-10-25T02:10:00+02:00"), 20);
  assert.equal(away("hourly", 30, "2026-10-25T02:40:00+01:00"), 10);
});

test("distance() is null where the latest stands for the period", () => {
  for (const level of LEVELS) {
    assert.equal(distance(level, { count: 1, reference: "L" }, zoneOf("UTC"), "sunday"), null);
  }
  assert.equal(distance("secondly", { count: 1, reference: 30 }, zoneOf("UTC"), "sunday"), null);
});
