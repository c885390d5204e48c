// What there was by day, told backwards from what there is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { storedByDay } from "../../src/domain/storage_days.ts";

const DAY = 86_400_000;
const TODAY = Date.UTC(2026, 10, 28);
const day = (ago: number, added: number, freed: number) => ({ day: TODAY - ago * DAY, added, freed });

test("storedByDay() ends with what is there, and goes back day by day", () => {
  const days = [day(3, 5, 0), day(1, 2, 4)];
  assert.deepEqual(
    storedByDay({ stored: 10, days }, TODAY - 4 * DAY + 5, TODAY + 7).map(({ stored }) => stored),
    [7, 12, 12, 10, 10],
  );
  assert.deepEqual(storedByDay({ stored: 10, days }, TODAY - DAY, TODAY)[0], { ...day(1, 2, 4), stored: 10 });
});

test("storedByDay() of a job on which nothing was is level, whatever is dated ahead is left out, and nothing is below zero", () => {
  const levels = (stored: number, days: ReturnType<typeof day>[]) =>
    storedByDay({ stored, days }, TODAY - DAY, TODAY).map(({ stored }) => stored);
  assert.deepEqual(levels(3, []), [3, 3]);
  assert.deepEqual(levels(3, [day(-1, 1, 0)]), [2, 2]);
  assert.deepEqual(levels(0, [day(0, 5, 0)]), [0, 0]);
});
