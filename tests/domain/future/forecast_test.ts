// What the forecast says about dates to come, with answers worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drain } from "../../../src/domain/slices.ts";
import { forecast, type Outlook } from "../../../src/domain/future/forecast.ts";
import type { Course } from "../../../src/domain/future/play.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { backup, policyOf } from "../../support/histories.ts";
import { inWords } from "../../support/reason_words.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function play(pattern: string, policy: string, days: number, fields: Partial<Course> = {}) {
  const parsed = parseSchedule(pattern, "UTC");
  assert.ok("schedule" in parsed);
  return drain(forecast({
    existing: [],
    slots: parsed.schedule,
    policy: policyOf(policy),
    zone: zoneOf("UTC"),
    from: FROM,
    until: FROM + days * DAY,
    maxDeletesPerPass: 10,
    ...fields,
  }));
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const days = (kept: { periodTime: number }[]) => kept.map((one) => day(one.periodTime));
const levels = (outlook: Outlook) =>
  outlook.levels.map(({ level, kept, limit }) => `${level} ${kept}/${limit}`).join(" ");

test("forecast() shows what a daily policy leaves at the end", () => {
  const end = play("59 59 23 * * *", "daily=4,monthly=3", 100);
  assert.equal(end.slots, 100);
  assert.deepEqual(days(end.existing), [
    "2026-04-10",
    "2026-04-09",
    "2026-04-08",
    "2026-04-07",
    "2026-03-31",
    "2026-02-28",
  ]);
  assert.deepEqual(inWords(end.existing[4]!.reasons), ["monthly 2 of 3 (2026-03)"]);
});

test("forecast() tells for each date how many there are, how far back they go and the largest gap", () => {
  // The first is before any backup, the second in the middle of a week, the third at a slot.
  const dates = [FROM + HOUR, FROM + 10 * DAY, FROM + 30.5 * DAY];
  const end = play("0 0 12 * * *", "daily=3,weekly=2", 60, { dates });
  assert.deepEqual(end.outlooks.map(levels), [
    "daily 0/3 weekly 0/2",
    "daily 3/3 weekly 2/2",
    "daily 3/3 weekly 2/2",
    "daily 3/3 weekly 2/2",
  ]);
  assert.deepEqual(end.outlooks.map((one) => one.backups), [0, 4, 4, 3]);
  const [nothing, early, slot, last] = end.outlooks as [Outlook, Outlook, Outlook, Outlook];
  assert.deepEqual([nothing.oldest, nothing.largestGap], [null, null]);
  // Weeks end on Saturday: 2026-01-03; days 8, 9, 10 are kept as days.
  assert.equal(day(early.oldest!), "2026-01-03");
  assert.deepEqual([day(early.largestGap!.from), day(early.largestGap!.until)], ["2026-01-03", "2026-01-08"]);
  assert.equal(slot.at, dates[2]);
  assert.equal(day(slot.oldest!), "2026-01-24");
  // A new week has begun with the newest day, so the older week is one of the days too.
  assert.deepEqual([last.at, day(last.oldest!)], [FROM + 60 * DAY, "2026-02-27"]);
});

test("forecast() counts the time since the newest backup as a gap, and no suspect as a restore point", () => {
  const existing = [backup(FROM - 3 * DAY, { held: true }), backup(FROM - DAY, { suspect: true })];
  const end = play("0 0 0 1 1 *", "daily=2", 10, { existing });
  const [only] = end.outlooks as [Outlook];
  assert.deepEqual(only.largestGap, { from: FROM - 3 * DAY, until: FROM + 10 * DAY });
  assert.deepEqual([only.backups, only.oldest], [2, FROM - 3 * DAY]);
  assert.deepEqual(end.existing.map((one) => one.counts), [false, true]);
});

test("forecast() takes what exists now into account", () => {
  const existing = [{ runId: "old", periodTime: FROM - 40 * DAY, endTime: null, held: true, suspect: false }];
  const end = play("0 0 12 * * *", "daily=2", 10, { existing });
  assert.deepEqual(days(end.existing), ["2026-01-10", "2026-01-09", "2025-11-22"]);
});

test("forecast() deletes at the pace of the job", () => {
  const existing = Array.from({ length: 50 }, (_, at) => backup(FROM - (at + 1) * HOUR));
  const end = play("0 0 12 * * *", "daily=1", 2, { existing, maxDeletesPerPass: 5 });
  assert.equal(end.existing.length, 52 - 10);
  assert.equal(end.existing.filter((one) => one.reasons.length > 0).length, 1);
});

test("forecast() of a schedule without slots leaves what exists", () => {
  const end = play("0 0 0 1 1 *", "daily=2", 30);
  assert.deepEqual([end.slots, end.existing.length, end.reached], [0, 0, FROM + 30 * DAY]);
  assert.equal(end.outlooks.length, 1);
});

test("forecast() leaves out dates it did not reach, and looks at where it stopped", () => {
  const dates = [FROM + DAY, FROM + 20 * DAY];
  const end = play("0 0 * * * *", "hourly=3", 30, { dates, maxSteps: 100 });
  assert.equal(end.reached, FROM + 100 * HOUR);
  assert.deepEqual(end.outlooks.map((one) => one.at), [FROM + DAY, FROM + 100 * HOUR]);
});

test("forecast() plays two years of hourly backups in a second or so", () => {
  const end = play("0 0 * * * *", "hourly=24,daily=7,weekly=4,monthly=12,yearly=2", 730);
  assert.equal(end.slots, 730 * 24);
  assert.equal(levels(end.outlooks.at(-1)!), "hourly 24/24 daily 7/7 weekly 4/4 monthly 12/12 yearly 2/2");
});

test("forecast() tells the same whatever was proved and whatever that is worth", () => {
  const existing = Array.from(
    { length: 20 },
    (_, at) => backup(FROM - (20 - at) * DAY + 12 * HOUR, { runId: `b${at}`, proved: at % 3 === 0 }),
  );
  const unproved = existing.map(({ proved: _, ...one }) => one);
  const plain = play("0 0 12 * * *", "daily=3,weekly=3", 30, { existing: unproved });
  for (const rule of ["prefer", "require"]) {
    assert.deepEqual(play("0 0 12 * * *", `daily=3,weekly=3,verified=${rule}`, 30, { existing }), plain);
  }
});
