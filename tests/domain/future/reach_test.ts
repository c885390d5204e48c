// How far a budget of steps reaches, against playing it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drain } from "../../../src/domain/slices.ts";
import { play } from "../../../src/domain/future/play.ts";
import { reachOf } from "../../../src/domain/future/reach.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { policyOf } from "../../support/histories.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;

function slotsOf(pattern: string) {
  const parsed = parseSchedule(pattern, "UTC");
  assert.ok("schedule" in parsed);
  return parsed.schedule;
}

test("reachOf() counts as play() plays, and says how far a number of steps reaches", () => {
  for (const passes of [undefined, slotsOf("0 0,30 * * * *"), slotsOf("0 */7 * * * *")]) {
    const course = { slots: slotsOf("0 0 * * * *"), passes, from: FROM, until: FROM + 40 * HOUR };
    assert.deepEqual(drain(reachOf(course, 10_000)), { slots: 40, end: null });
    for (const most of [1, 5, 37]) {
      const { end } = drain(reachOf(course, most));
      const existing = {
        existing: [],
        policy: policyOf("daily=1"),
        zone: zoneOf("UTC"),
        maxDeletesPerPass: 1,
      };
      const played = drain(play({ ...course, ...existing, maxSteps: most }));
      assert.equal(end, played.reached, `${most} steps`);
    }
  }
});

test("reachOf() of what just fits has no end, and of a schedule that never fires neither", () => {
  const course = { slots: slotsOf("0 0 * * * *"), from: FROM, until: FROM + 40 * HOUR };
  assert.equal(drain(reachOf(course, 40)).end, null);
  assert.equal(drain(reachOf(course, 39)).end, FROM + 39 * HOUR);
  assert.deepEqual(drain(reachOf({ ...course, slots: { next: () => null } }, 1)), { slots: 0, end: null });
});
