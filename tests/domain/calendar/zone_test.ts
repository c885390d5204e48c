// The clock on the wall of every zone, against Intl.
// Also tests calendar.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  dateOfDay,
  dayOfDate,
  daysInMonth,
  formatDate,
  twoDigits,
} from "../../../src/domain/calendar/calendar.ts";
import { civil, createZone, isZone, zoneOf } from "../../../src/domain/calendar/zone.ts";
import { wallText } from "../../support/naive_retention.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "America/Sao_Paulo",
  "America/Recife",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Asia/Gaza",
  "Africa/Casablanca",
  "Africa/Cairo",
  "Africa/Monrovia",
  "Africa/Freetown",
  "Antarctica/Troll",
];

function civilText(name: string, ms: number): string {
  const { hour, minute, second, ...date } = civil(zoneOf(name), ms);
  return `${formatDate(date)} ${[hour, minute, second].map(twoDigits).join(":")}`;
}

test("civil() shows what Intl shows at random instants from 1890 to 2150", () => {
  const instant = fc.integer({ min: Date.UTC(1890, 0) / 1000, max: Date.UTC(2150, 0) / 1000 });
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), instant, (name, seconds) => {
      assert.equal(civilText(name, seconds * 1000), wallText(name, seconds * 1000));
    }),
    { numRuns: 4000 },
  );
});

test("civil() shows what Intl shows a second before and at every step of the clock", () => {
  for (const name of ZONES) {
    const zone = zoneOf(name);
    let at = Date.UTC(1998, 0);
    while (at < Date.UTC(2050, 0)) {
      const { until } = zone.spanAt(at);
      for (const ms of [until - 1000, until]) assert.equal(civilText(name, ms), wallText(name, ms), name);
      at = until;
    }
  }
});

test("civil() knows the odd offsets of history", () => {
  const cases: [zone: string, instant: string, shown: string][] = [
    ["Africa/Monrovia", "1971-06-01T00:00:00Z", "1971-05-31 23:15:30"],
    ["Australia/Lord_Howe", "2026-04-04T14:59:59Z", "2026-04-05 01:59:59"],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05 01:30:00"],
    ["Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29 23:59:59"],
    ["Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31 00:00:00"],
    ["America/Recife", "2000-10-10T12:00:00Z", "2000-10-10 10:00:00"],
  ];
  for (const [zone, instant, shown] of cases) assert.equal(civilText(zone, Date.parse(instant)), shown, zone);
});

test("spanAt() finds steps of the clock that are undone within four days", () => {
  const day = 86_400_000;
  for (let start = 1000 * day; start < 1400 * day; start += 1.7 * day) {
    const zone = createZone("Test/ShortSummer", (ms) => ms >= start && ms < start + 4 * day ? 3_600_000 : 0);
    for (const [at, offset] of [[-1, 0], [0, 3_600_000], [2 * day, 3_600_000], [4 * day, 0]] as const) {
      assert.equal(zone.spanAt(start + at).offset, offset, `${start / day} ${at}`);
    }
  }
});

test("spanAt() remembers what the clock had shown, wherever in its tables the step lies", () => {
  const day = 86_400_000;
  for (const step of [-1800, -1, 0, 1, 1800].map((seconds) => 1800 * day + seconds * 1000)) {
    const zone = createZone("Test/SetBack", (ms) => ms < step ? 7_200_000 : 3_600_000);
    assert.equal(zone.spanAt(step - 1).offset, 7_200_000);
    for (const later of [0, 1_799_999, 1_800_000, 3_599_999]) {
      const span = zone.spanAt(step + later);
      assert.deepEqual([span.offset, span.shown], [3_600_000, step + 7_200_000 - 1], `${step} ${later}`);
    }
  }
});

test("civil() names the weekday with 0 as Sunday, also before 1970", () => {
  assert.equal(civil(zoneOf("UTC"), Date.UTC(2026, 10, 22)).weekday, 0);
  assert.equal(civil(zoneOf("UTC"), Date.UTC(1969, 11, 28)).weekday, 0);
  assert.equal(civil(zoneOf("UTC"), Date.UTC(1969, 11, 27)).weekday, 6);
});

test("spanAt() gives the span that holds the instant, over a whole century", () => {
  const zone = zoneOf("Europe/Berlin");
  fc.assert(fc.property(fc.integer({ min: -1e12, max: 4e12 }), (ms) => {
    const span = zone.spanAt(ms);
    assert.ok(span.from <= ms && ms < span.until);
  }));
});

test("isZone() takes names of zones and nothing else", () => {
  for (const name of ["UTC", "Europe/Berlin", "europe/berlin", "Etc/GMT+5", "America/Argentina/Salta"]) {
    assert.ok(isZone(name), name);
  }
  for (const name of ["", "Mars/Olympus", "+02:00", "Europe/Berlin ", "GMT+25", "../etc"]) {
    assert.ok(!isZone(name), name);
  }
});

test("zoneOf() says what it expected where the name is unknown", () => {
  assert.throws(
    () => zoneOf("Europe/Berln"),
    /Cannot use 'Europe\/Berln' as a time zone: .* expected an IANA name/,
  );
});

test("dateOfDay() and dayOfDate() agree with the platform's calendar over 4,000 years", () => {
  fc.assert(fc.property(fc.integer({ min: -800_000, max: 800_000 }), (day) => {
    const date = dateOfDay(day);
    const platform = new Date(day * 86_400_000);
    assert.deepEqual(date, {
      year: platform.getUTCFullYear(),
      month: platform.getUTCMonth() + 1,
      day: platform.getUTCDate(),
    });
    assert.equal(dayOfDate(date.year, date.month, date.day), day);
  }));
});

test("daysInMonth() knows leap years", () => {
  const cases = [[2023, 28], [2024, 29], [1900, 28], [2000, 29]] as const;
  for (const [year, days] of cases) assert.equal(daysInMonth(year, 2), days);
  assert.deepEqual([1, 4, 6, 7, 9, 11, 12].map((month) => daysInMonth(2026, month)), [
    31,
    30,
    30,
    31,
    30,
    30,
    31,
  ]);
});
