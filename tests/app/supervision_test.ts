// What the service manager is told: ready once, alive with each round of the scheduler's loop, and nothing else counts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSupervision, statusText } from "../../src/app/supervision.ts";
import { FakeClock } from "../support/fake_clock.ts";

function rig(watchdogMs: number | null) {
  const told: Record<string, string>[] = [];
  const clock = new FakeClock(0);
  const counts = { all: 2, running: 0, paused: 0, unwell: 0 };
  const supervision = createSupervision(
    { tell: (message) => void told.push(message), watchdogMs },
    clock,
    () => ({ ...counts }),
    () => Promise.resolve(counts.unwell),
  );
  return { told, clock, counts, supervision };
}

test("supervision: a beat is told only between ready and stopping", () => {
  const { told, supervision } = rig(60_000);
  supervision.beat();
  supervision.ready();
  supervision.beat();
  supervision.stopping();
  supervision.stopping();
  supervision.beat();
  assert.deepEqual(told.map((message) => Object.keys(message)[0]), ["READY", "WATCHDOG", "STOPPING"]);
});

test("supervision: the loop naps at most a third of what the watchdog allows, and never over 30 s", () => {
  assert.equal(rig(180_000).supervision.maxNapMs, 30_000);
  assert.equal(rig(3_000).supervision.maxNapMs, 1_000);
  assert.equal(rig(null).supervision.maxNapMs, undefined);
});

test("supervision: without a watchdog a beat tells a new status or nothing", async () => {
  const { told, clock, counts, supervision } = rig(null);
  supervision.ready();
  supervision.beat();
  counts.running = 1;
  supervision.beat();
  await clock.advance(10_000);
  supervision.beat();
  assert.deepEqual(told, [{ READY: "1", STATUS: "2 jobs: 0 running" }, { STATUS: "2 jobs: 1 running" }]);
});

test("supervision: the status tells how many jobs are unwell, looked at once a minute at most", async () => {
  const { told, clock, counts, supervision } = rig(null);
  counts.unwell = 1;
  supervision.ready();
  await clock.advance(10_000);
  supervision.beat();
  counts.unwell = 2;
  await clock.advance(30_000);
  supervision.beat();
  assert.deepEqual(told.at(-1), { STATUS: "2 jobs: 0 running, 1 unwell" });
  await clock.advance(30_000);
  supervision.beat();
  await clock.advance(10_000);
  supervision.beat();
  assert.deepEqual(told.at(-1), { STATUS: "2 jobs: 0 running, 2 unwell" });
});

test("supervision: a reload is told, and its end also when it fails", async () => {
  const { told, supervision } = rig(null);
  supervision.ready();
  await assert.rejects(supervision.reloading(() => Promise.reject(new Error("no"))), /no/);
  assert.deepEqual(told.slice(1), [{ RELOADING: "1" }, { READY: "1" }]);
});

test("statusText() counts the jobs", () => {
  assert.equal(statusText({ all: 1, running: 1, paused: 0 }, 0), "1 job: 1 running");
  assert.equal(statusText({ all: 12, running: 2, paused: 1 }, 3), "12 jobs: 2 running, 1 paused, 3 unwell");
});
