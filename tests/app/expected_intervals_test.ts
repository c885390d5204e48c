// How long each job may rightly go without a success. Also tests declared_jobs.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { declare } from "../../src/app/declared_jobs.ts";
import { intervalsOf } from "../../src/app/expected_intervals.ts";
import { createScheduleCache } from "../../src/domain/schedule/schedule.ts";
import type { ProviderCalls } from "../../src/engine/context/calls.ts";
import { job } from "../support/engine_rig.ts";
import { load } from "../support/load_text.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 20, 12);

test("intervalsOf() tells the longest gap of each schedule with its jitter, and follows an edit", () => {
  const jobs = [
    job({ name: "nightly", schedule: "0 0 1 * * *" }),
    job({ name: "office", schedule: "0 0 9 * * MON-FRI", jitterMs: HOUR }),
    job({ name: "once", schedule: "0 0 1 1 1 * 2027" }),
  ];
  const interval = intervalsOf(createScheduleCache(), () => NOW);
  assert.deepEqual(jobs.map(interval), [DAY, 3 * DAY + HOUR, null]);
  assert.equal(interval(job({ name: "nightly", schedule: "0 0 1,13 * * *" })), 12 * HOUR);
});

test("intervalsOf() works each schedule out once a day", () => {
  let now = NOW;
  let parsed = 0;
  const schedules = createScheduleCache();
  const counting = {
    size: 0,
    parse: (...args: Parameters<typeof schedules.parse>) => (parsed++, schedules.parse(...args)),
  };
  const interval = intervalsOf(counting, () => now);
  const both = () => [job({ name: "a" }), job({ name: "b" })].map(interval);
  both();
  now += DAY;
  both();
  assert.equal(parsed, 1, "both have the same");
  now += 1;
  both();
  assert.equal(parsed, 2);
});

test("declare() hands the engine each job with its queue, its slots and those of its retention", async () => {
  const config = await load(`providers: { nas: { url: "http://nas:8080" } }
jobs:
  - name: db
    schedule: "0 0 1 * * *"
    timezone: Europe/Berlin
    provider: nas
    retention: { daily: 7, schedule: "0 30 2 * * *" }
  - { name: www, schedule: "0 0 * * * *", timezone: UTC, provider: nas }
`);
  const calls = {} as ProviderCalls;
  const [db, www] = declare(config, createScheduleCache(), {
    callsOf: (key) => key === "nas" ? calls : undefined,
  });
  assert.equal(db!.job, config.jobs[0]);
  assert.equal(db!.calls, calls);
  assert.equal(db!.slots.next(NOW), Date.UTC(2026, 10, 21, 0));
  assert.equal(db!.retentionSlots!.next(NOW), Date.UTC(2026, 10, 21, 1, 30));
  assert.equal(www!.slots.next(NOW), NOW + HOUR);
  assert.equal(www!.retentionSlots, null);
});
