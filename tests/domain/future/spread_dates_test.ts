// The dates of a forecast for which nobody chose any.

import assert from "node:assert/strict";
import { test } from "node:test";
import { spreadDates } from "../../../src/domain/future/spread_dates.ts";

const DAY = 86_400_000;

test("spreadDates() goes ever further, and ends well before the end", () => {
  const days = (length: number) => spreadDates(5 * DAY, (5 + length) * DAY).map((date) => date / DAY - 5);
  assert.deepEqual(days(366), [1, 7, 30, 91, 182]);
  assert.deepEqual(days(7), [1]);
  assert.deepEqual(days(1), []);
  assert.deepEqual(days(10_000), [1, 7, 30, 91, 182, 365, 730, 1826, 3652]);
});
