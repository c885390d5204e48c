// The forecast as JSON: what may be tried out, which dates are looked at, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drain } from "../../../src/domain/slices.ts";
import { OverBudget } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { spreadDates } from "../../../src/domain/future/spread_dates.ts";
import { forecastView, type Present } from "../../../src/app/future/forecast_view.ts";
import type { ForecastRequest } from "../../../src/ports/operations.ts";
import { job, policy } from "../../support/engine_rig.ts";
import { assertSaysBoth } from "../../support/reason_words.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;
const schedules = createScheduleCache();

function view(fields: Partial<Job>, request: Partial<ForecastRequest> = {}, present: Partial<Present> = {}) {
  const declared = job({ schedule: "0 0 12 * * *", retention: policy("daily=3"), ...fields });
  return drain(forecastView(
    { job: declared, existing: [], pause: null, now: NOW, ...present },
    { until: NOW + 10 * DAY, ...request },
    schedules,
  ));
}

test("forecastView() tells what exists at the end and at every date", () => {
  const { dates, backups, ...rest } = view({}, { dates: [NOW + 2 * DAY] });
  assert.deepEqual(rest, {
    job: "db",
    schedule: "0 0 12 * * *",
    timezone: "UTC",
    policy: "daily=3@L,week_starts=sunday,min_keep=1,min_age=0s,keep_oldest=false",
    from: "2026-01-01T00:00:00.000Z",
    until: "2026-01-11T00:00:00.000Z",
    reached: "2026-01-11T00:00:00.000Z",
    slots: 10,
    left_out: 0,
  });
  assert.deepEqual(dates, [
    {
      at: "2026-01-03T00:00:00.000Z",
      backups: 2,
      levels: [{ level: "daily", kept: 2, limit: 3 }],
      oldest: "2026-01-01T12:00:00.000Z",
      largest_gap: { from: "2026-01-01T12:00:00.000Z", until: "2026-01-02T12:00:00.000Z", seconds: 86_400 },
    },
    {
      at: "2026-01-11T00:00:00.000Z",
      backups: 3,
      levels: [{ level: "daily", kept: 3, limit: 3 }],
      oldest: "2026-01-08T12:00:00.000Z",
      largest_gap: { from: "2026-01-09T12:00:00.000Z", until: "2026-01-10T12:00:00.000Z", seconds: 86_400 },
    },
  ]);
  for (const one of backups) assertSaysBoth(one);
  assert.deepEqual(backups.map((one) => one.reasons[0]), [
    "daily 1 of 3 (2026-01-10)",
    "daily 2 of 3 (2026-01-09)",
    "daily 3 of 3 (2026-01-08)",
  ]);
});

test("forecastView() refuses what is over its budget before it plays it, and says how far that reaches", () => {
  const steps = (text: RegExp) => (error: Error) => {
    assert.ok(error instanceof OverBudget);
    assert.match(error.message, text);
    return true;
  };
  const secondly = { schedule: "* * * * * *" };
  const far = { until: NOW + 20 * 365 * DAY };
  assert.throws(
    () => view(secondly, far),
    steps(/more than 200,000 slots and passes.*expected an end up to 2026-01-03T07:33:20.000Z, or a coarser/),
  );
  // Passes count too: three a slot.
  assert.throws(
    () => view({ schedule: "0 * * * * *", retentionSchedule: "*/20 * * * * *" }, { until: NOW + 60 * DAY }),
    steps(/expected an end up to 2026-02-16T/),
  );
  assert.equal(view({ schedule: "0 0 * * * *" }, far).slots, 20 * 365 * 24);
  assert.throws(
    () => view({ schedule: "0 * * * * *", retention: policy("keep_all") }, { until: NOW + 100 * DAY }),
    steps(/more than 100,000 backups would come to stand.*a policy that keeps fewer/),
  );
});

test("forecastView() without an end goes a month, or as far as its budget", () => {
  const month = view({}, { until: null });
  assert.deepEqual([month.slots, month.until], [31, "2026-02-01T00:00:00.000Z"]);
  const short = view({ schedule: "* * * * * *", retention: policy("secondly=2") }, { until: null });
  assert.deepEqual([short.slots, short.until, short.reached], [
    200_000,
    "2026-01-03T07:33:20.000Z",
    "2026-01-03T07:33:20.000Z",
  ]);
  const many = view({ schedule: "*/10 * * * * *", retention: policy("keep_all") }, { until: null });
  assert.deepEqual([many.slots, many.until], [100_000, many.reached]);
});

test("forecastView() tries out a schedule and a policy, whose weeks start as the job's", () => {
  const fields = { retention: policy("daily=3,week_starts=monday") };
  const tried = view(fields, { schedule: "0 0 */6 * * *", policy: "hourly=2,weekly=1" });
  assert.equal(tried.schedule, "0 0 */6 * * *");
  assert.match(tried.policy, /^hourly=2@L,weekly=1@L,week_starts=monday/);
  assert.equal(tried.slots, 40);
});

test("forecastView() derives the schedule anew from a policy that is tried out, where the job's is derived", () => {
  assert.equal(
    view({ scheduleDerived: true }, { policy: "hourly=4" }).schedule,
    "59 59 * * * *",
  );
  assert.equal(view({ scheduleDerived: true }, { policy: "keep_all" }).schedule, "0 0 12 * * *");
  assert.equal(view({ scheduleDerived: false }, { policy: "hourly=4" }).schedule, "0 0 12 * * *");
});

test("forecastView() plays nothing while the job is paused, disabled or outside its dates", () => {
  assert.equal(view({}, {}, { pause: { until: null } }).slots, 0);
  assert.equal(view({}, {}, { pause: { until: NOW + 4 * DAY } }).slots, 6);
  assert.equal(view({ enabled: false }).slots, 0);
  assert.equal(view({ to: NOW + 3 * DAY }).slots, 3);
});

test("forecastView() lists the newest ten thousand backups and counts the others", () => {
  const many = view({ schedule: "0 * * * * *", retention: policy("keep_all") });
  assert.deepEqual([many.backups.length, many.left_out], [10_000, 4400]);
  assert.equal(many.dates.at(-1)!.backups, 14_400);
});

const REFUSED: [name: string, request: Partial<ForecastRequest>, says: RegExp][] = [
  [
    "a date that is over",
    { dates: [NOW] },
    /2026-01-01T00:00:00.000Z: it is in the past: expected .* next 20 years/,
  ],
  ["an end too far ahead", { until: NOW + 21 * 366 * DAY }, /it is too far ahead/],
  ["a date after the end", { dates: [NOW + 11 * DAY] }, /lies after the end, 2026-01-11T00:00:00.000Z/],
  ["a schedule that is none", { schedule: "every day" }, /Cannot read 'every day' as a schedule/],
  ["a schedule that is over", { schedule: "0 0 0 1 1 * 2020" }, /never fires after 2026/],
  ["a policy that is none", { policy: "daily=x" }, /Cannot read 'x' as a daily rule/],
  ["a policy that keeps nothing", { policy: "daily=0" }, /every level is 0/],
];
for (const [name, request, says] of REFUSED) {
  test(`forecastView() refuses ${name}`, () => {
    assert.throws(
      () => view({}, request),
      (error) => error instanceof RangeError && says.test(error.message),
    );
  });
}

test("spreadDates() are ever further apart and not close to the end", () => {
  const days = (until: number) => spreadDates(NOW, NOW + until * DAY).map((date) => (date - NOW) / DAY);
  assert.deepEqual(days(730), [1, 7, 30, 91, 182, 365]);
  assert.deepEqual(days(31), [1, 7]);
  assert.deepEqual(days(1), []);
});
