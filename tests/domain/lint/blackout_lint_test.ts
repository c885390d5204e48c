// What lint says of a blackout: deadlines that it outlasts, slots that are lost to it, windows that touch nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { blackoutDrafts } from "../../../src/domain/lint/blackout_lint.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";

const NOW = Date.parse("2026-03-02T00:00:00Z");
const HOUR = 3_600_000;

function told(
  schedule: string,
  act: "wait" | "skip",
  startDeadlineMs: number | null,
  window = "08:00-18:00",
) {
  const parsed = parseSchedule(schedule, "UTC");
  if ("error" in parsed) throw new Error(parsed.error);
  const job = { schedule, timezone: "UTC", startDeadlineMs, blackout: { windows: [window], act } };
  return blackoutDrafts(job, parsed.schedule, NOW).map(({ severity, message, remedy }) =>
    `${severity}: ${message.replace(/[0-9]+ slots/, "N slots")}; ${remedy}`
  );
}

test("a start_deadline that the blackout outlasts is a warning", () => {
  const [only, ...more] = told("0 0 9,20 * * *", "wait", 4 * HOUR);
  assert.match(
    only!,
    /^warning: 'start_deadline: 4h' is over before the blackout ends for .*; set at least 9h/,
  );
  assert.deepEqual(more, []);
  assert.deepEqual(told("0 0 16,20 * * *", "wait", 4 * HOUR), []);
});

test("slots that are skipped, starts that all wait and windows that touch nothing are notices", () => {
  assert.match(told("0 0 */4 * * *", "skip", null)[0]!, /^notice: .* lie in the blackout and are skipped/);
  assert.match(
    told("0 0 12 * * *", "wait", null)[0]!,
    /^notice: each of the next N slots .* every start waits/,
  );
  assert.match(
    told("0 0 20 * * *", "wait", null)[0]!,
    /^notice: none of the next N slots .* lies in the blackout/,
  );
  assert.deepEqual(told("0 0 */4 * * *", "wait", null), []);
});
