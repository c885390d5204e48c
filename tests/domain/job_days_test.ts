// Days of a job: which there are, and how a range of slots falls on them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY } from "../../src/domain/duration.ts";
import { dayOf, daysBetween, emptyDay, slotsByDay } from "../../src/domain/job_days.ts";

const START = Date.UTC(2026, 9, 24);
const HOUR = 3_600_000;

test("daysBetween() answers every day once, across a change of the clocks too", () => {
  const known = { ...emptyDay(START + DAY), failed: 1 };
  const days = daysBetween([known], START + 5 * HOUR, START + 3 * DAY);
  assert.deepEqual(days.map(({ day }) => (day - START) / DAY), [0, 1, 2, 3]);
  assert.deepEqual(days.map(({ failed }) => failed), [0, 1, 0, 0]);
  assert.deepEqual(daysBetween([], START + DAY, START), []);
});

test("slotsByDay() gives each day the slots that fall on it, and loses none", () => {
  const hourly = { from: START + 22 * HOUR, until: START + 49 * HOUR, slots: 28 };
  assert.deepEqual(slotsByDay(hourly, 0).map(([day, slots]) => [(day - START) / DAY, slots]), [[0, 2], [
    1,
    24,
  ], [2, 2]]);
  assert.deepEqual(slotsByDay(hourly, START + 2 * DAY), [[START + 2 * DAY, 2]]);
  const weekly = { from: START, until: START + 14 * DAY, slots: 3 };
  assert.deepEqual(slotsByDay(weekly, 0).map(([day]) => (day - START) / DAY), [0, 7, 14]);
  assert.deepEqual(slotsByDay({ from: START, until: START, slots: 1 }, 0), [[START, 1]]);
  assert.deepEqual(
    slotsByDay({ from: START, until: START + DAY, slots: null }, 0).map(([, slots]) => slots),
    [1, 1],
  );
  for (let slots = 1; slots < 60; slots++) {
    const range = { from: START + 7, until: START + 3 * DAY + slots * 1_234_567, slots };
    const spread = slotsByDay(range, 0);
    assert.equal(spread.reduce((sum, [, count]) => sum + count, 0), slots);
    assert.equal(spread.at(-1)![0] <= dayOf(range.until), true);
  }
});
