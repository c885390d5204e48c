// Slots worked out from a day's times: the same as croner's, whatever the pattern, the zone and the instant.
// Also tests plain_days.ts and times_of_day.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cron } from "croner";
import fc from "fast-check";
import { readCronPattern } from "../../../src/domain/schedule/cron_pattern.ts";
import { plainMatcher } from "../../../src/domain/schedule/plain_days.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { timesOfDay } from "../../../src/domain/schedule/times_of_day.ts";
import { type Matcher, nextFixed, nextOnClock } from "../../../src/domain/schedule/wall_clock.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = (ms: number | null) => ms === null ? null : new Date(ms).toISOString();

/** Each with an instant shortly before its clock is set, and one far from it. */
const SCENES: readonly (readonly [zone: string, start: string])[] = [
  ["UTC", "2026-02-26T00:00:00Z"],
  ["Europe/Berlin", "2026-03-27T12:00:00Z"],
  ["Europe/Berlin", "2026-10-23T12:00:00Z"],
  ["America/New_York", "2026-03-06T00:00:00Z"],
  ["America/New_York", "2026-10-30T00:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-03T00:00:00Z"],
  ["America/Sao_Paulo", "2018-11-02T00:00:00Z"],
  ["America/St_Johns", "2010-11-05T00:00:00Z"],
  ["Pacific/Apia", "2011-12-28T00:00:00Z"],
  ["Pacific/Kwajalein", "1993-08-19T00:00:00Z"],
  ["Asia/Kathmandu", "2026-06-29T00:00:00Z"],
  ["Africa/Casablanca", "2026-02-13T00:00:00Z"],
  ["Antarctica/Troll", "2026-03-27T00:00:00Z"],
  ["Europe/Berlin", "2026-06-30T00:00:00Z"],
];
const TIMES = [
  "* * * * * *",
  "*/7 */13 * * * *",
  "0 0 * * * *",
  "0 30 * * * *",
  "0 */45 */5 * * *",
  "30 15,45 0-3 * * *",
  "0 30 2 * * *",
  "59 59 23 * * *",
  "0 0 0 * * *",
  "5,6,59 0,59 0,1,23 * * *",
];
const DAYS = ["* * *", "L * *", "15W * *", "29 2 *", "* * MON-FRI", "13 * FRI", "* * FRI#2", "1,31 */2 *"];

/** The answer by croner and the zone alone. */
function plainNext(pattern: string, timezone: string): (from: number) => number | null {
  const read = readCronPattern(pattern);
  assert.ok("text" in read);
  const cron = new Cron(read.text, { utcOffset: 0 });
  const match: Matcher = (local) => cron.nextRun(new Date(local))?.getTime() ?? null;
  const find = read.fixedTime ? nextFixed : nextOnClock;
  return (from) => find(match, zoneOf(timezone), Math.floor(from / 1000) * 1000);
}

test("Schedule.next() answers as croner and the zone's clock do, around steps of the clock and far from them", () => {
  const cache = createScheduleCache();
  fc.assert(
    fc.property(
      fc.constantFrom(...SCENES),
      fc.constantFrom(...TIMES),
      fc.constantFrom(...DAYS),
      fc.array(fc.integer({ min: -1, max: 5 * DAY }), { minLength: 1, maxLength: 12 }),
      ([zone, start], time, days, jumps) => {
        const pattern = `${time.split(" ").slice(0, 3).join(" ")} ${days}`;
        const parsed = cache.parse(pattern, zone);
        assert.ok("schedule" in parsed);
        const plain = plainNext(pattern, zone);
        let at = Date.parse(start);
        for (const jump of jumps) {
          // On from the slot before, or from anywhere: what was learned of a day must not be taken for another.
          const next = parsed.schedule.next(at);
          assert.equal(iso(next), iso(plain(at)), `${pattern} in ${zone} after ${iso(at)}`);
          at = jump < 2 * DAY && next !== null ? next : at + jump;
        }
      },
    ),
    { numRuns: 4000, seed: 5 },
  );
});

/** A field that names days, months or weekdays by values, as plainly or as oddly as it may. */
function fieldOf(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const step = fc.integer({ min: 1, max: Math.min(7, max - min + 1) });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    value.map(String),
    range.map(([low, high]) => `${low}-${high}`),
    fc.tuple(range, step).map(([[low, high], step]) => `${low}-${high}/${step}`),
    step.map((step) => `*/${step}`),
    fc.tuple(value, step).map(([at, step]) => `${at}/${step}`),
    fc.array(value, { minLength: 2, maxLength: 4 }).map((all) => all.join(",")),
    value.map((value) => `*,${value}`),
  );
}

test("a pattern of values alone matches as croner's does, days of the month and weekdays one or the other", () => {
  const weekdays = fc.oneof(
    fieldOf(0, 7),
    fc.constantFrom("MON-FRI", "FRI-SUN", "SUN", "SUN-TUE", "7,1", "0,7"),
  );
  const months = fc.oneof(fieldOf(1, 12), fc.constantFrom("2", "2", "JAN,feb", "APR-DEC/3"));
  const days = fc.oneof(fieldOf(1, 31), fc.constantFrom("29", "30", "31"));
  const locals = fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 2, maxLength: 6 });
  let found = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...TIMES),
      days,
      months,
      weekdays,
      locals,
      (time, day, month, weekday, seconds) => {
        const pattern = `${time.split(" ").slice(0, 3).join(" ")} ${day} ${month} ${weekday}`;
        const read = readCronPattern(pattern);
        assert.ok("text" in read, pattern);
        const match = plainMatcher(read);
        assert.ok(match !== undefined, pattern);
        const cron = new Cron(read.text, { utcOffset: 0 });
        for (const second of seconds) {
          // Two in a row: from anywhere, and from a match.
          let local: number | null = second * 1000;
          for (let count = 0; count < 3 && local !== null; count++) {
            const expected: number | null = cron.nextRun(new Date(local))?.getTime() ?? null;
            assert.equal(iso(match(local)), iso(expected), `${read.text} after ${iso(local)}`);
            local = expected;
            found++;
          }
        }
      },
    ),
    { numRuns: 3000, seed: 9 },
  );
  assert.ok(found > 10_000, String(found));
});

test("a pattern with a word of the calendar or a year is left to croner", () => {
  for (
    const pattern of [
      "0 0 L * *",
      "0 0 15W * *",
      "0 0 * * FRI#2",
      "0 0 * * 5L",
      "0 0 0 1 1 * 2030",
      "0 0 1,L * *",
    ]
  ) {
    const read = readCronPattern(pattern);
    assert.ok("text" in read && plainMatcher(read) === undefined, pattern);
  }
});

test("Schedule.next() walks through a year as croner does", () => {
  for (
    const [pattern, zone] of [["0 0 */6 * * *", "Europe/Berlin"], ["0 30 2 * * MON", "America/New_York"]]
  ) {
    const parsed = createScheduleCache().parse(pattern!, zone!);
    assert.ok("schedule" in parsed);
    const plain = plainNext(pattern!, zone!);
    const end = Date.parse("2027-02-01T00:00:00Z");
    for (let at: number | null = Date.parse("2026-01-01T00:00:00Z"); at !== null && at < end;) {
      const next: number | null = parsed.schedule.next(at);
      assert.equal(iso(next), iso(plain(at)));
      at = next;
    }
  }
});

test("timesOfDay() lists a day's times in order, and none twice", () => {
  const read = readCronPattern("10,50 5,59 0,7,23 * * *");
  assert.ok("text" in read);
  const after = timesOfDay(read);
  const found: string[] = [];
  for (let at = after(-1); at !== null; at = after(at)) {
    found.push(new Date(at).toISOString().slice(11, 19));
  }
  const expected = ["00", "07", "23"].flatMap((hour) =>
    ["05", "59"].flatMap((minute) => ["10", "50"].map((second) => `${hour}:${minute}:${second}`))
  );
  assert.deepEqual(found, expected);
  assert.equal(after(DAY - 1), null);
  assert.equal(after(0.5), after(-1), "a time between two seconds asks for the next one");
});
