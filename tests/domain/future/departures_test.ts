// Which backups of now go soon, and when: those made meanwhile are counted apart.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { departures } from "../../../src/domain/future/departures.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { drain } from "../../../src/domain/slices.ts";
import { policy } from "../../support/engine_rig.ts";

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 23, 12);

function course(count: number, held: readonly number[] = []) {
  const parsed = createScheduleCache().parse("0 0 * * * *", "UTC", 0);
  if ("error" in parsed) throw new Error(parsed.error);
  const existing = Array.from({ length: count }, (_, at) => {
    const time = NOON - (count - 1 - at) * HOUR;
    return { runId: `r${at}`, periodTime: time, endTime: time, held: held.includes(at), suspect: false };
  });
  return {
    existing,
    slots: parsed.schedule,
    policy: policy("hourly=3"),
    zone: zoneOf("UTC"),
    from: NOON + 1,
    until: NOON + 5 * HOUR,
    maxDeletesPerPass: 10,
  };
}

test("departures() says which go at which pass, and how many that are not there yet", () => {
  const { going, passing, reached } = drain(departures(course(3)));
  assert.deepEqual(going.map(({ runId, at }) => [runId, (at - NOON) / HOUR]), [["r0", 1], ["r1", 2], [
    "r2",
    3,
  ]]);
  assert.deepEqual([passing, reached], [2, NOON + 5 * HOUR]);
});

test("what is held does not go", () => {
  assert.deepEqual(drain(departures(course(3, [1]))).going.map(({ runId }) => runId), ["r0", "r2"]);
});

test("departures() of what is there ends as soon as all of it went, however often the job is due", () => {
  const parsed = createScheduleCache().parse("*/5 * * * * *", "UTC", 0);
  if ("error" in parsed) throw new Error(parsed.error);
  let asked = 0;
  const slots = { next: (after: number) => (asked++, parsed.schedule.next(after)) };
  const often = { ...course(3), slots, until: NOON + 35 * 24 * HOUR };
  const { going, reached } = drain(departures(often, true));
  assert.equal(going.length, 3);
  assert.equal(reached, often.until, "nothing of it is left to be foreseen");
  assert.ok(asked < 5_000, `${asked} slots`);
  const { existing } = course(3, [1]);
  const held = drain(departures({ ...often, existing, maxSteps: 3_000 }, true));
  assert.equal(held.reached, often.until, "what is held without an end does not go");
  const until = existing.map((one) => one.held ? { ...one, heldUntil: NOON + 20 * 24 * HOUR } : one);
  const ends = drain(departures({ ...often, existing: until, maxSteps: 3_000 }, true));
  assert.ok(ends.reached < often.until, "what is held until then may go");
});
