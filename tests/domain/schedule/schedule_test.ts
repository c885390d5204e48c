// Schedules: what patterns mean, what is refused and how, and what the steps of a zone's clock do to slots.
// Also tests cron_pattern.ts, derived_schedule.ts, jitter.ts, largest_gap.ts and wall_clock.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LEVELS, type Policy, type Reference } from "../../../src/domain/policy.ts";
import {
  createScheduleCache,
  deriveSchedule,
  jitterOf,
  parseSchedule,
  type Schedule,
} from "../../../src/domain/schedule/schedule.ts";
import { slotsByWalking, wallClock } from "../../support/schedule_oracle.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function schedule(pattern: string, timezone = "UTC"): Schedule {
  const parsed = parseSchedule(pattern, timezone);
  assert.ok("schedule" in parsed, "error" in parsed ? parsed.error : "");
  return parsed.schedule;
}

function refusal(pattern: string, timezone = "UTC", from?: number): { error: string; field?: string } {
  const parsed = parseSchedule(pattern, timezone, from);
  assert.ok("error" in parsed, `${pattern} should be refused`);
  return parsed;
}

/** The next slots as ISO times without their zeros. */
function nextTimes(pattern: string, timezone: string, from: string, count: number): string[] {
  const times: string[] = [];
  const found = schedule(pattern, timezone);
  for (let at = found.next(Date.parse(from)); at !== null && times.length < count; at = found.next(at)) {
    times.push(new Date(at).toISOString().replace(".000Z", "Z"));
  }
  return times;
}

const FIRST_SLOTS: [pattern: string, timezone: string, from: string, expected: string[]][] = [
  ["0 3 * * *", "UTC", "2026-11-20T03:00:00Z", ["2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z"]],
  ["0 3 * * *", "UTC", "2026-11-20T02:59:59.999Z", ["2026-11-20T03:00:00Z"]],
  ["0 3 * * *", "Asia/Kolkata", "2026-11-20T00:00:00Z", ["2026-11-20T21:30:00Z"]],
  ["59 59 23 * * *", "UTC", "2026-12-31T23:59:58.5Z", ["2026-12-31T23:59:59Z", "2027-01-01T23:59:59Z"]],
  ["0/3 * * * * *", "UTC", "2026-01-01T00:00:55Z", ["2026-01-01T00:00:57Z", "2026-01-01T00:01:00Z"]],
  ["5/20 * * * *", "UTC", "2026-01-01T00:00:00Z", [
    "2026-01-01T00:05:00Z",
    "2026-01-01T00:25:00Z",
    "2026-01-01T00:45:00Z",
    "2026-01-01T01:05:00Z",
  ]],
  ["0 0 */4 ? * *", "UTC", "2026-01-01T19:00:00Z", ["2026-01-01T20:00:00Z", "2026-01-02T00:00:00Z"]],
  ["0 0 * * 7", "UTC", "2026-11-20T00:00:00Z", ["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"]],
  ["0 0 * * fri-sun", "UTC", "2026-11-20T00:00:00Z", [
    "2026-11-21T00:00:00Z",
    "2026-11-22T00:00:00Z",
    "2026-11-27T00:00:00Z",
  ]],
  ["0 0 * * sun-sun", "UTC", "2026-11-20T00:00:00Z", ["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"]],
  ["0 0 L * *", "UTC", "2028-02-01T00:00:00Z", ["2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"]],
  ["0 0 LW * *", "UTC", "2026-05-01T00:00:00Z", ["2026-05-29T00:00:00Z", "2026-06-30T00:00:00Z"]],
  ["0 0 15W * *", "UTC", "2026-11-01T00:00:00Z", ["2026-11-16T00:00:00Z"]],
  ["0 0 * * FRI#2", "UTC", "2026-11-01T00:00:00Z", ["2026-11-13T00:00:00Z", "2026-12-11T00:00:00Z"]],
  ["0 0 * * 5L", "UTC", "2026-11-01T00:00:00Z", ["2026-11-27T00:00:00Z", "2026-12-25T00:00:00Z"]],
  // Day of month and weekday are one or the other.
  ["0 0 13 * FRI", "UTC", "2026-11-01T00:00:00Z", [
    "2026-11-06T00:00:00Z",
    "2026-11-13T00:00:00Z",
    "2026-11-20T00:00:00Z",
  ]],
  ["0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]],
  ["0 30 3 24 12 * 2030", "UTC", "2026-01-01T00:00:00Z", ["2030-12-24T03:30:00Z"]],
  ["@daily", "Europe/Berlin", "2026-07-01T00:00:00Z", ["2026-07-01T22:00:00Z"]],
  ["@hourly", "UTC", "2026-07-01T00:10:00Z", ["2026-07-01T01:00:00Z"]],
  ["@weekly", "UTC", "2026-11-20T00:00:00Z", ["2026-11-22T00:00:00Z"]],
  ["@monthly", "UTC", "2026-11-20T00:00:00Z", ["2026-12-01T00:00:00Z"]],
  ["@yearly", "UTC", "2026-11-20T00:00:00Z", ["2027-01-01T00:00:00Z"]],
  // Spring forward: a fixed time in the gap is due right after it, and the day after at its own time.
  ["30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]],
  ["30 1,2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", [
    "2026-03-29T00:30:00Z",
    "2026-03-29T01:00:00Z",
    "2026-03-29T23:30:00Z",
  ]],
  // Two fixed times in the gap, and one at its end: one slot.
  ["0,30 2-3 * * *", "Europe/Berlin", "2026-03-29T00:59:59Z", [
    "2026-03-29T01:00:00Z",
    "2026-03-29T01:30:00Z",
  ]],
  // A pattern with a step follows the clock: nothing in the gap, both passes of the repeated hour.
  ["*/30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-30T00:00:00Z"]],
  ["*/30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", [
    "2026-10-25T00:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:00:00Z",
    "2026-10-25T01:30:00Z",
  ]],
  ["30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]],
  // From within the second pass, the first one is over.
  ["45 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", ["2026-10-26T01:45:00Z"]],
  ["0 2 * * *", "Australia/Lord_Howe", "2026-10-03T14:00:00Z", ["2026-10-03T15:30:00Z"]],
  // Midnight leapt over.
  ["30 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", [
    "2018-11-04T03:00:00Z",
    "2018-11-05T02:30:00Z",
  ]],
  // A day that never was: due as the next one begins.
  ["0 3 * * *", "Pacific/Apia", "2011-12-30T00:00:00Z", ["2011-12-30T10:00:00Z", "2011-12-30T13:00:00Z"]],
  // The first pass is over, the next match without the second one is a week away.
  [
    "*/30 1 * * SUN",
    "America/New_York",
    "2026-11-01T05:30:00Z",
    ["2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z", "2026-11-08T06:00:00Z"],
  ],
  // The last match of all lies in a repeated hour.
  ["0 */30 2 25 10 * 2026", "Europe/Berlin", "2026-10-25T00:30:00Z", [
    "2026-10-25T01:00:00Z",
    "2026-10-25T01:30:00Z",
  ]],
];

test("Schedule.next() finds the slots of every kind of pattern, strictly after a time", () => {
  for (const [pattern, timezone, from, expected] of FIRST_SLOTS) {
    assert.deepEqual(
      nextTimes(pattern, timezone, from, expected.length),
      expected,
      `${pattern} ${timezone} ${from}`,
    );
  }
});

test("Schedule.next() answers null when a pattern is over", () => {
  assert.equal(schedule("0 0 0 1 1 * 2026").next(Date.UTC(2026, 0, 1)), null);
  assert.equal(schedule("0 */10 * * * * 2025").next(Date.UTC(2025, 11, 31, 23, 50)), null);
});

test("parseSchedule() normalises case, spaces, '?', 'N/s' and nicknames", () => {
  const normalised: Record<string, string> = {
    "  0/3  * * * *   * ": "0-59/3 * * * * *",
    "0 0 */4 ? * *": "0 0 */4 * * *",
    "?/5 ? ? ? ?": "*/5 * * * *",
    "0 0 5/10 jan/3 mon/2": "0 0 5-31/10 JAN-12/3 MON-6/2",
    "0 0 l * *": "0 0 L * *",
    "0 0 4-4/1 * 5-5/2": "0 0 4 * 5",
    "@midnight": "0 0 * * *",
  };
  for (const [pattern, expected] of Object.entries(normalised)) {
    assert.equal(schedule(pattern).pattern, expected);
  }
});

const REFUSED: [pattern: string, field: string | undefined, words: RegExp][] = [
  ["", undefined, /is empty: expected 5 to 7 fields/],
  ["* * * *", undefined, /has 4 fields: expected 5 .* 6 .* or 7/],
  ["* * * * * * * *", undefined, /has 8 fields/],
  ["60 * * * * *", "second", /second '60' is out of range: expected 0 to 59$/],
  ["60 * * * *", "minute", /minute '60' is out of range: expected 0 to 59$/],
  ["0 24 * * *", "hour", /hour '24' is out of range: expected 0 to 23$/],
  ["0 0 0 * *", "day of month", /day of month '0' is out of range: expected 1 to 31$/],
  ["0 0 * 13 *", "month", /month '13' is out of range: expected 1 to 12 or JAN to DEC$/],
  ["0 0 * * 8", "day of week", /day of week '8' is out of range: expected 0 to 7 \(0 and 7 are Sunday\)/],
  ["0 0 0 * * * 1969", "year", /year '1969' is out of range: expected 1970 to 2199$/],
  ["0 0 * FOO *", "month", /month 'FOO' is not known/],
  ["0 22-2 * * *", "hour", /hour '22-2' runs backwards: expected '2-22', or '22-23,0-2'/],
  ["0 0 * * SAT-TUE", "day of week", /runs backwards/],
  ["*/0 * * * *", "minute", /step '0': expected a whole number from 1 to 60/],
  ["*/61 * * * *", "minute", /step '61'/],
  ["/5 * * * *", "minute", /has nothing before '\/': expected '\*\/5'/],
  ["1,,2 * * * *", "minute", /empty place between commas/],
  ["1-2-3 * * * *", "minute", /more than one '-'/],
  ["1/2/3 * * * *", "minute", /more than one '\/'/],
  ["H * * * *", "minute", /set 'jitter' beside the schedule/],
  ["H(0-29)/10 * * * *", "minute", /set 'jitter' beside the schedule/],
  ["0 0 L-2 * *", "day of month", /'L-2' is not supported/],
  ["0 0 LW,15 * *", "day of month", /expected 'LW' alone/],
  ["0 0 * * L", "day of week", /expected 'SAT', or 'FRIL'/],
  ["0 0 * * FRI#6", "day of week", /expected '#1' to '#5'/],
  ["0 0 * * +1", "day of week", /'\+1' is not known/],
  ["@every 5m", undefined, /write '0 \*\/5 \* \* \* \*', which counts from midnight/],
  ["@every 1h0m0s", undefined, /write '0 0 \* \* \* \*'/],
  ["@every 7m", undefined, /write the interval as a step/],
  ["02:30", undefined, /a time of day: write '30 2 \* \* \*'/],
  ["@reboot", undefined, /expected @hourly, @daily/],
  ["TZ=Europe/Berlin 0 3 * * *", undefined, /set 'timezone' beside the schedule/],
  ["CRON_TZ=UTC 0 3 * * *", undefined, /set 'timezone' beside the schedule/],
  ["2026-12-24T03:00:00", undefined, /a date is not a pattern/],
  ["0 0 31 2 *", undefined, /never fires/],
  ["0 0 31 4,6,9,11 *", undefined, /never fires/],
];

test("parseSchedule() refuses what is no schedule, names the field and says what to write", () => {
  for (const [pattern, field, words] of REFUSED) {
    const { error, field: named } = refusal(pattern);
    assert.equal(named, field, pattern);
    assert.match(error, words, pattern);
    assert.ok(!error.endsWith("."), error);
  }
});

test("parseSchedule() refuses a pattern whose years are over at the time given", () => {
  assert.match(
    refusal("0 0 0 1 1 * 2020", "UTC", Date.UTC(2026, 0, 1)).error,
    /never fires after 2026-01-01T00/,
  );
  assert.ok("schedule" in parseSchedule("0 0 0 1 1 * 2020", "UTC", Date.UTC(2019, 0, 1)));
});

test("parseSchedule() refuses zones that are not known", () => {
  for (const zone of ["Mars/Phobos", "Europe/Berln", "", "+02:00"]) {
    const { error, field } = refusal("0 3 * * *", zone);
    assert.equal(field, "timezone");
    assert.match(error, /not known: expected an IANA name/);
  }
});

test("parseSchedule() reads or refuses any text and never throws", () => {
  const piece = fc.constantFrom(
    "*",
    "?",
    "0",
    "59",
    "7",
    "31",
    "L",
    "W",
    "#",
    "-",
    "/",
    ",",
    "MON",
    "SUN",
    "JAN",
    "H",
    "@daily",
    "2026",
    " ",
    "\n",
    "é",
  );
  const text = fc.oneof(fc.string(), fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join("")));
  fc.assert(
    fc.property(text, (pattern) => {
      const parsed = parseSchedule(pattern, "Europe/Berlin");
      if ("error" in parsed) assert.match(parsed.error, /^Cannot (read|use) '/);
      // What is read reads again, and means the same.
      else assert.equal(schedule(parsed.schedule.pattern).pattern, parsed.schedule.pattern);
    }),
    { seed: 7, numRuns: 2000 },
  );
});

/** A field of a pattern: `*`, a value, a list, a range, a step. */
function fieldArbitrary(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 4, arbitrary: value.map(String) },
    {
      weight: 2,
      arbitrary: fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map((all) => all.join(",")),
    },
    { weight: 1, arbitrary: range },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: Math.min(12, max) }).map((step) => `*/${step}`) },
    {
      weight: 1,
      arbitrary: fc.tuple(value, fc.integer({ min: 2, max: Math.min(9, max) })).map(([at, step]) =>
        `${at}/${step}`
      ),
    },
  );
}

const STEPS: [timezone: string, around: string][] = [
  ["Europe/Berlin", "2026-03-29T01:00Z"],
  ["Europe/Berlin", "2026-10-25T01:00Z"],
  ["America/New_York", "2026-03-08T07:00Z"],
  ["America/New_York", "2026-11-01T06:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:30Z"],
  ["America/St_Johns", "2026-03-08T05:30Z"],
  ["America/St_Johns", "2026-11-01T04:30Z"],
  ["Asia/Kolkata", "2026-03-29T01:00Z"],
  ["UTC", "2026-02-28T12:00Z"],
  ["Africa/Casablanca", "2026-02-15T02:00Z"],
  ["Africa/Casablanca", "2026-03-22T02:00Z"],
  ["Pacific/Apia", "2011-12-30T10:00Z"],
  ["America/Sao_Paulo", "2018-11-04T03:00Z"],
  ["America/Sao_Paulo", "2018-02-18T02:00Z"],
];
const STRETCHES = STEPS.map(([timezone, around]) => {
  const from = Date.parse(around) - 1.5 * DAY;
  const until = from + 3 * DAY;
  return { timezone, from, until, clock: wallClock(timezone, from, until) };
});

test("Schedule agrees with walking the wall clock minute by minute around its steps", () => {
  const hour = fc.oneof(fieldArbitrary(0, 23), fieldArbitrary(0, 4));
  const day = fc.oneof({ weight: 4, arbitrary: fc.constant("*") }, fieldArbitrary(1, 31), fc.constant("L"));
  const weekday = fc.oneof(
    { weight: 4, arbitrary: fc.constant("*") },
    fieldArbitrary(0, 6),
    fc.constant("5-7"),
  );
  const second = fc.constantFrom("0", "0", "59", "5,40", "*/20");
  const pattern = fc.tuple(second, fieldArbitrary(0, 59), hour, day, fieldArbitrary(1, 12), weekday)
    .map((fields) => fields.join(" "));
  const cache = createScheduleCache();
  fc.assert(
    fc.property(
      fc.nat({ max: STRETCHES.length - 1 }),
      pattern,
      fc.double({ min: 0, max: 0.9999, noNaN: true }),
      (index, text, share) => {
        const stretch = STRETCHES[index]!;
        const parsed = cache.parse(text, stretch.timezone);
        if ("error" in parsed) return assert.match(parsed.error, /never fires/);
        // The walk cannot know what the time before the stretch still owes to its first minute.
        const expected = slotsByWalking(text, stretch.clock).filter((slot) => slot > stretch.from);
        const found: number[] = [];
        for (
          let at = parsed.schedule.next(stretch.from);
          at !== null && at < stretch.until;
          at = parsed.schedule.next(at)
        ) {
          found.push(at);
        }
        assert.deepEqual(found.map(iso), expected.map(iso));

        const now = Math.floor(stretch.from + share * (stretch.until - stretch.from));
        const latest = expected.filter((slot) => slot <= now).at(-1) ?? null;
        assert.equal(parsed.schedule.latest(stretch.from, now), latest);
        assert.equal(
          parsed.schedule.count(stretch.from, now, Infinity),
          expected.filter((slot) => slot <= now).length,
        );
        // From any instant, not only from a slot.
        assert.equal(
          parsed.schedule.next(now),
          expected.find((slot) => slot > now) ?? parsed.schedule.next(stretch.until - 1),
        );
      },
    ),
    { seed: 11, numRuns: 600 },
  );
});

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

test("Schedule.latest() finds the last slot among years of seconds in few steps", () => {
  const found = schedule("* * * * * *", "Europe/Berlin");
  const now = Date.UTC(2026, 6, 1, 12, 0, 0, 700);
  assert.equal(found.latest(Date.UTC(2006, 0, 1), now), Date.UTC(2026, 6, 1, 12, 0, 0));
  assert.equal(schedule("0 0 29 2 *").latest(Date.UTC(2000, 0, 1), now), Date.UTC(2024, 1, 29));
});

test("Schedule.latest() counts `now` in and `from` out", () => {
  const found = schedule("0 3 * * *");
  const slot = Date.UTC(2026, 10, 20, 3);
  assert.equal(found.latest(slot - 1, slot), slot);
  assert.equal(found.latest(slot, slot), null);
  assert.equal(found.latest(slot, slot + DAY - 1), null);
  assert.equal(found.latest(slot, slot - DAY), null);
});

test("Schedule.count() gives up past its limit", () => {
  const found = schedule("0 * * * *");
  const from = Date.UTC(2026, 0, 1);
  assert.equal(found.count(from, from + DAY, 24), 24);
  assert.equal(found.count(from, from + DAY, 23), null);
  assert.equal(found.count(from, from, 0), 0);
});

test("Schedule.interval() is the time between the next two slots", () => {
  assert.equal(schedule("0 3 * * *").interval(Date.UTC(2026, 0, 1)), DAY);
  assert.equal(schedule("0 3 * * *", "Europe/Berlin").interval(Date.UTC(2026, 2, 27, 12)), 23 * HOUR);
  assert.equal(schedule("0 0 0 1 1 * 2027").interval(Date.UTC(2026, 0, 1)), null);
});

test("Schedule.largestGap() knows nights, weekends, months and the hour that autumn repeats", () => {
  const gaps: [pattern: string, expected: number | null][] = [
    ["* * * * * *", 1000],
    ["*/15 * * * *", 15 * MINUTE],
    // From 1:50 to 20:05, over the repeated hour.
    ["5,50 1,20 * * *", 19 * HOUR + 15 * MINUTE],
    ["59 59 23 * * *", 25 * HOUR],
    ["* * 9-17 * * MON-FRI", 64 * HOUR + 1000],
    ["0 0 1 1 *", 365 * DAY],
    ["0 0 29 2 *", 1461 * DAY],
    // Nothing on the day when the clock leaps over two o'clock.
    ["*/15 2 * * *", 46 * HOUR + 15 * MINUTE],
    ["0 0 0 1 1 * 2027", null],
  ];
  for (const [pattern, expected] of gaps) {
    const gap = schedule(pattern, "Europe/Berlin").largestGap(Date.UTC(2026, 0, 6, 12), 366);
    assert.equal(gap, expected, pattern);
  }
});

test("Schedule.largestGap() is never less than the gaps one meets and at most a step of the clock more", () => {
  const field = fieldArbitrary(0, 23);
  fc.assert(
    fc.property(
      field,
      fc.constantFrom("0", "*/20", "7,33"),
      fc.constantFrom("*", "MON-FRI", "6"),
      (hour, minute, weekday) => {
        const found = schedule(`0 ${minute} ${hour} * * ${weekday}`, "Europe/Berlin");
        const from = Date.UTC(2026, 2, 20);
        let widest = 0;
        for (let at = found.next(from)!; at < from + 14 * DAY; at = found.next(at)!) {
          widest = Math.max(widest, found.next(at)! - at);
        }
        const gap = found.largestGap(from, 14)!;
        assert.ok(gap >= widest && gap <= widest + HOUR, `${found.pattern}: ${gap} against ${widest}`);
      },
    ),
    { seed: 3, numRuns: 60 },
  );
});

test("createScheduleCache() gives the same schedule for the same pattern and zone, however written", () => {
  const cache = createScheduleCache();
  const parse = (pattern: string, zone: string) => {
    const parsed = cache.parse(pattern, zone);
    assert.ok("schedule" in parsed);
    return parsed.schedule;
  };
  assert.equal(parse("0 3 * * *", "UTC"), parse("0  3 ? * *", "UTC"));
  assert.notEqual(parse("0 3 * * *", "UTC"), parse("0 3 * * *", "Europe/Berlin"));
});

test("createScheduleCache() answers right with far more patterns than it keeps matchers for", () => {
  const cache = createScheduleCache();
  const from = Date.UTC(2026, 0, 1);
  const all = Array.from({ length: 600 }, (_, index) => {
    const parsed = cache.parse(`${index % 60} ${Math.floor(index / 60)} * * *`, "UTC");
    assert.ok("schedule" in parsed);
    return parsed.schedule;
  });
  for (const [index, found] of all.entries()) {
    const expected = from + Math.floor(index / 60) * HOUR + (index % 60) * MINUTE;
    assert.equal(found.next(from - 1), expected);
  }
});

function policy(
  levels: Partial<Record<typeof LEVELS[number], [count: number, reference?: Reference]>>,
  more: Partial<Policy> = {},
): Policy {
  const all = LEVELS.map((level) => {
    const [count, reference = "L"] = levels[level] ?? [0];
    return [level, { count, reference }];
  });
  return {
    levels: Object.fromEntries(all) as Policy["levels"],
    weekStarts: "sunday",
    minKeep: 1,
    keepWithinMs: 0,
    minAgeMs: 0,
    keepOldest: false,
    keepAll: false,
    ...more,
  };
}

test("deriveSchedule() follows the finest level and its references", () => {
  const derived: [Policy, string][] = [
    [policy({ daily: [4], weekly: [4], monthly: [3], yearly: [2] }), "59 59 23 * * *"],
    [policy({ weekly: [4] }), "59 59 23 * * SAT"],
    [policy({ weekly: [4] }, { weekStarts: "monday" }), "59 59 23 * * SUN"],
    [policy({ weekly: [4, 3] }), "59 59 23 * * WED"],
    [policy({ monthly: [3] }), "59 59 23 L * *"],
    [policy({ monthly: [3, 15] }), "59 59 23 15 * *"],
    [policy({ monthly: [3, 31] }), "59 59 23 L * *"],
    [policy({ monthly: [3, 30] }), "59 59 23 30,L * *"],
    [policy({ yearly: [2] }), "59 59 23 L 12 *"],
    [policy({ yearly: [2, 6] }), "59 59 23 L 6 *"],
    [policy({ yearly: [2, 2], monthly: [0, 30] }), "59 59 23 L 2 *"],
    [policy({ yearly: [2, 4], monthly: [0, 30] }), "59 59 23 30 4 *"],
    [policy({ secondly: [3] }), "* * * * * *"],
    [policy({ minutely: [3, 15] }), "15 * * * * *"],
    [policy({ minutely: [3] }), "59 * * * * *"],
    [policy({ hourly: [3] }), "59 59 * * * *"],
    [policy({ hourly: [3, 30] }), "59 30 * * * *"],
    [policy({ daily: [7, 3], monthly: [2, 15] }), "59 59 3 * * *"],
    // A reference holds even where the level itself keeps nothing.
    [policy({ daily: [0, 3], monthly: [2, 15] }), "59 59 3 15 * *"],
    [policy({ minutely: [0, 0], hourly: [0, 0], daily: [7, 3] }), "0 0 3 * * *"],
  ];
  for (const [from, expected] of derived) {
    assert.equal(deriveSchedule(from), expected);
    assert.ok("schedule" in parseSchedule(expected, "UTC"), expected);
  }
});

test("deriveSchedule() fires in every period of the finest level, February included", () => {
  for (let day = 1; day <= 31; day++) {
    const found = schedule(deriveSchedule(policy({ monthly: [3, day] })) as string);
    for (let month = 0; month < 12; month++) {
      const start = Date.UTC(2026, month, 1) - 1;
      assert.ok(found.next(start)! < Date.UTC(2026, month + 1, 1), `day ${day}, month ${month + 1}`);
    }
  }
});

test("deriveSchedule() asks for a schedule when the policy names no rhythm", () => {
  for (const from of [policy({}), policy({}, { keepAll: true })]) {
    const derived = deriveSchedule(from);
    assert.ok(typeof derived !== "string");
    assert.match(derived.error, /expected 'schedule' to be set/);
  }
});

test("jitterOf() is the same for the same job and slot, below its bound, and spread evenly", () => {
  const start = Date.UTC(2026, 0, 1);
  assert.equal(jitterOf("postgres", start, 300_000), jitterOf("postgres", start, 300_000));
  const tenths = new Array<number>(10).fill(0);
  for (let slot = 0; slot < 1000; slot++) {
    const jitter = jitterOf("postgres", start + slot * DAY, 1000);
    assert.ok(Number.isInteger(jitter) && jitter >= 0 && jitter < 1000);
    tenths[Math.floor(jitter / 100)]!++;
  }
  assert.ok(Math.min(...tenths) > 60 && Math.max(...tenths) < 140, String(tenths));
  assert.equal(jitterOf("postgres", start, 0), 0);
});
