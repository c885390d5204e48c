import assert from "node:assert/strict";
import { test } from "node:test";
import { drain } from "../../src/domain/election.ts";
import { forecast, type ForecastInput } from "../../src/domain/forecast.ts";
import { parsePolicy } from "../../src/domain/policy.ts";
import { parseSchedule } from "../../src/domain/schedule.ts";
import { zoneOf } from "../../src/domain/zone.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;

function play(pattern: string, policyText: string, days: number, fields: Partial<ForecastInput> = {}) {
  const schedule = parseSchedule(pattern, "UTC");
  const policy = parsePolicy(policyText);
  if ("error" in schedule || "errors" in policy) throw new Error("bad test input");
  return drain(forecast({
    existing: [],
    slots: schedule.schedule,
    policy: policy.policy,
    zone: zoneOf("UTC"),
    from: FROM,
    until: FROM + days * DAY,
    maxDeletesPerPass: 10,
    ...fields,
  }));
}

const days = (kept: { periodTime: number }[]) =>
  kept.map((one) => new Date(one.periodTime).toISOString().slice(0, 10));

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
  assert.deepEqual(end.existing[4]!.reasons, ["monthly 2 of 3 (2026-03)"]);
});

test("forecast() takes what exists now into account", () => {
  const existing = [{ runId: "old", periodTime: FROM - 40 * DAY, endTime: null, held: true, suspect: false }];
  const end = play("0 0 12 * * *", "daily=2", 10, { existing });
  assert.deepEqual(days(end.existing), ["2026-01-10", "2026-01-09", "2025-11-22"]);
});

test("forecast() deletes at the pace of the job", () => {
  const existing = Array.from({ length: 50 }, (_, at) => ({
    runId: `e${at}`,
    periodTime: FROM - (at + 1) * 3_600_000,
    endTime: null,
    held: false,
    suspect: false,
  }));
  const end = play("0 0 12 * * *", "daily=1", 2, { existing, maxDeletesPerPass: 5 });
  assert.equal(end.existing.length, 52 - 10);
  assert.equal(end.existing.filter((one) => one.reasons.length > 0).length, 1);
});

test("forecast() of a schedule without slots leaves what a pass now would keep", () => {
  const end = play("0 0 0 1 1 *", "daily=2", 30);
  assert.deepEqual([end.slots, end.existing.length, end.reached], [0, 0, FROM + 30 * DAY]);
});

test("forecast() plays two years of hourly backups in a few seconds", () => {
  const end = play("0 0 * * * *", "hourly=24,daily=7,weekly=4,monthly=12,yearly=2", 730);
  assert.equal(end.slots, 730 * 24);
  assert.ok(end.existing.length > 40);
});
