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
