// The demo of `make run` has what its page is to show: holes, a hold, a suspect, proofs, failures and a guard.

import assert from "node:assert/strict";
import { test } from "node:test";
import { guardOf, storyOf } from "../../scripts/demo_story.ts";
import { coverage } from "../../src/domain/coverage/coverage.ts";
import { zoneOf } from "../../src/domain/calendar/zone.ts";
import { createScheduleCache } from "../../src/domain/schedule/schedule.ts";
import { slotHistory } from "../../src/domain/schedule/slot_history.ts";
import { drain } from "../../src/domain/slices.ts";
import { job, policy } from "../support/engine_rig.ts";

const ZONE = "Europe/Berlin";
const at = (slot: number) => `run of ${slot}`;

/** Around the turn of a month and of a year, too. */
for (const now of ["2026-11-28T11:00:00Z", "2027-01-01T12:00:00Z", "2026-07-31T05:00:00Z"].map(Date.parse)) {
  const demo = (name: string, keeps: string) =>
    job({ name, schedule: "0 0 2 * * *", timezone: ZONE, retention: policy(keeps) });

  test(`two years of postgres up to ${new Date(now).toISOString()} lack a day, a week and a month`, () => {
    const postgres = demo("postgres", "daily=7,weekly=5,monthly=12,yearly=3");
    const rows = storyOf(postgres, now, at);
    const standing = rows.filter(({ status }) => status === "available");
    assert.equal(standing.filter(({ holdAt }) => holdAt !== null).length, 1);
    assert.equal(standing.filter(({ suspectAt }) => suspectAt !== null).length, 1);
    assert.ok(standing.filter(({ verification }) => verification === "passed").length >= 1);
    assert.ok(rows.some(({ status, message }) => status === "failed" && message !== null));
    assert.ok(rows.filter(({ status }) => status === "deleted").length > 500);
    const parsed = createScheduleCache().parse(postgres.schedule, ZONE, 0);
    if ("error" in parsed) throw new Error(parsed.error);
    const since = rows[0]!.slot! - 1;
    const points = standing.filter(({ suspectAt }) => suspectAt === null).map(({ slot }) => slot!);
    const slots = slotHistory([{ since, slots: parsed.schedule }], now, null);
    const asked = { policy: postgres.retention, zone: zoneOf(ZONE), since, now };
    const { holes } = drain(coverage({ ...asked, slots, points: Float64Array.from(points) }));
    assert.deepEqual(holes.map(({ level }) => level).sort(), ["daily", "monthly", "weekly"]);
    assert.equal(guardOf(postgres, rows, now), undefined);
  });

  test(`at ${new Date(now).toISOString()} mail fails, and an edit of home waits for an answer`, () => {
    const mail = storyOf(demo("mail", "daily=14,monthly=12"), now, at);
    assert.equal(mail.at(-1)!.status, "failed");
    const home = demo("home", "daily=7,monthly=6");
    const guard = guardOf(home, storyOf(home, now, at), now);
    assert.equal(guard!.guard, "too_many");
    assert.match(guard!.message, /^\d+ of \d+ backups \(.*would be deleted at once/);
    assert.deepEqual(storyOf(demo("demo", "daily=7"), now, at), []);
  });
}
