// Coverage: what is asked for by now, what is there, holes by name, score and worst gap; all worked out by hand.
// Also tests asked_periods.ts and slot_history.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Coverage, coverage } from "../../../src/domain/coverage/coverage.ts";
import { elect } from "../../../src/domain/retention/election.ts";
import { drain } from "../../../src/domain/slices.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";
import { slotHistory } from "../../../src/domain/schedule/slot_history.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { backup, policies, policyOf } from "../../support/histories.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Scene {
  schedule: string | [since: string, pattern: string][];
  zone?: string;
  policy: string;
  since: string;
  now: string;
  /** Restore points; all slots but those in `without` when absent. */
  points?: string[];
  without?: string[];
  running?: string;
}

function slotsOf(pattern: string, zone: string) {
  const parsed = parseSchedule(pattern, zone);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.schedule;
}

function look(scene: Scene): Coverage {
  const { zone = "UTC", since, now, without = [] } = scene;
  const versions = typeof scene.schedule === "string" ? [[since, scene.schedule] as const] : scene.schedule;
  const slots = slotHistory(
    versions.map(([from, pattern]) => ({ since: Date.parse(from), slots: slotsOf(pattern, zone) })),
    Date.parse(now),
    scene.running === undefined ? null : Date.parse(scene.running),
  );
  const points = scene.points?.map((time) => Date.parse(time)) ?? [];
  if (scene.points === undefined) {
    const lacking = new Set(without.map((time) => Date.parse(time)));
    for (let slot = slots.next(0); slot !== null; slot = slots.next(slot)) {
      if (!lacking.has(slot)) points.push(slot);
    }
  }
  return drain(coverage({
    slots,
    points: Float64Array.from(points),
    policy: policyOf(scene.policy),
    zone: zoneOf(zone),
    since: Date.parse(since),
    now: Date.parse(now),
  }));
}

const holesOf = (found: Coverage) => found.holes.map((hole) => `${hole.level} ${hole.period}`);
const levelsOf = (found: Coverage) => found.levels.map((one) => `${one.level} ${one.covered}/${one.asked}`);

test("coverage() asks only for periods since the job is known, and is whole where every slot has its backup", () => {
  const found = look({
    schedule: "0 0 3 * * *",
    policy: "daily=7,weekly=4,monthly=2",
    since: "2026-03-01T12:00:00Z",
    now: "2026-03-05T12:00:00Z",
  });
  assert.deepEqual(levelsOf(found), ["daily 4/4", "weekly 1/1", "monthly 1/1"]);
  assert.deepEqual([found.score, found.holes], [100, []]);
});

test("coverage() of a job whose first slot is still to come asks for nothing and has no score", () => {
  const found = look({
    schedule: "0 0 3 * * *",
    policy: "daily=7",
    since: "2026-03-01T12:00:00Z",
    now: "2026-03-01T13:00:00Z",
  });
  assert.deepEqual([found.score, found.asked, found.worstGap], [null, 0, null]);
});

test("coverage() names the days that lack their backup, and the gap they tore", () => {
  const found = look({
    schedule: "0 0 3 * * *",
    policy: "daily=7",
    since: "2026-03-01T00:00:00Z",
    now: "2026-03-20T12:00:00Z",
    without: ["2026-03-17T03:00:00Z", "2026-03-18T03:00:00Z", "2026-03-02T03:00:00Z"],
  });
  assert.deepEqual(holesOf(found), ["daily 2026-03-18", "daily 2026-03-17"]);
  assert.deepEqual([found.asked, found.covered, found.score], [7, 5, 71.4]);
  assert.deepEqual(found.worstGap, {
    from: Date.parse("2026-03-16T03:00:00Z"),
    to: Date.parse("2026-03-19T03:00:00Z"),
    ms: 3 * DAY,
    plannedMs: DAY,
    slots: 2,
  });
});

test("coverage() counts the time until now as a gap, and everything where nothing exists", () => {
  const late = look({
    schedule: "0 0 3 * * *",
    policy: "daily=7",
    since: "2026-03-01T00:00:00Z",
    now: "2026-03-20T12:00:00Z",
    without: ["2026-03-19T03:00:00Z", "2026-03-20T03:00:00Z"],
  });
  assert.deepEqual([late.worstGap?.to, late.worstGap?.ms], [null, 2 * DAY + 9 * HOUR]);
  assert.equal(late.worstGap?.plannedMs, DAY);
  const never = look({
    schedule: "0 0 3 * * *",
    policy: "daily=2",
    since: "2026-03-01T00:00:00Z",
    now: "2026-03-04T03:00:00Z",
    points: [],
  });
  assert.deepEqual([never.score, holesOf(never)], [0, ["daily 2026-03-04", "daily 2026-03-03"]]);
  assert.deepEqual([never.worstGap?.from, never.worstGap?.ms], [
    Date.parse("2026-03-01"),
    3 * DAY + 3 * HOUR,
  ]);
});

test("coverage() finds no fault in gaps that the policy means to leave", () => {
  const found = look({
    schedule: "0 0 3 * * *",
    policy: "daily=2,monthly=3",
    since: "2026-01-01T00:00:00Z",
    now: "2026-03-20T12:00:00Z",
    points: ["2026-01-31T03:00:00Z", "2026-02-28T03:00:00Z", "2026-03-19T03:00:00Z", "2026-03-20T03:00:00Z"],
  });
  assert.equal(found.score, 100);
  assert.deepEqual([found.worstGap?.ms, found.worstGap?.plannedMs], [28 * DAY, 28 * DAY]);
});

test("coverage() calls the gap worst that lost most against the plan, not the longest one", () => {
  const found = look({
    schedule: "0 0 3 * * *",
    policy: "daily=3,monthly=3",
    since: "2026-01-01T00:00:00Z",
    now: "2026-03-20T12:00:00Z",
    points: ["2026-01-31T03:00:00Z", "2026-02-28T03:00:00Z", "2026-03-18T03:00:00Z", "2026-03-20T03:00:00Z"],
  });
  assert.deepEqual(holesOf(found), ["daily 2026-03-19"]);
  assert.deepEqual([found.worstGap?.from, found.worstGap?.ms], [Date.parse("2026-03-18T03:00:00Z"), 2 * DAY]);
});

test("coverage() leaves out the slot whose run is under way", () => {
  const scene: Scene = {
    schedule: "0 0 3 * * *",
    policy: "daily=7",
    since: "2026-03-17T00:00:00Z",
    now: "2026-03-19T03:10:00Z",
    points: ["2026-03-17T03:00:00Z", "2026-03-18T03:00:00Z"],
  };
  assert.deepEqual(holesOf(look(scene)), ["daily 2026-03-19"]);
  assert.equal(look({ ...scene, running: "2026-03-19T03:00:00Z" }).score, 100);
});

test("coverage() asks by the schedule that was in force: no day before a weekly job became a daily one is a hole", () => {
  const found = look({
    schedule: [["2026-03-01T00:00:00Z", "0 0 3 * * MON"], ["2026-03-18T00:00:00Z", "0 0 3 * * *"]],
    policy: "daily=7",
    since: "2026-03-01T00:00:00Z",
    now: "2026-03-20T12:00:00Z",
    points: ["2026-03-09T03:00:00Z", "2026-03-18T03:00:00Z", "2026-03-20T03:00:00Z"],
  });
  // Mondays 2, 9 and 16, then 18, 19 and 20.
  assert.deepEqual(holesOf(found), ["daily 2026-03-19", "daily 2026-03-16", "daily 2026-03-02"]);
  assert.equal(found.asked, 6);
});

test("coverage() counts a backup by hand where it stands for a period, and asks for none there", () => {
  const found = look({
    schedule: "0 0 3 * * MON",
    policy: "daily=2",
    since: "2026-03-01T00:00:00Z",
    now: "2026-03-13T12:00:00Z",
    points: ["2026-03-09T03:00:00Z", "2026-03-12T15:00:00Z"],
  });
  // The two newest days with a slot or a backup are the 12th, by hand, and Monday the 9th.
  assert.deepEqual([levelsOf(found), found.score], [["daily 1/1"], 100]);
});

test("coverage() takes the lost night of New York for whole: a fixed time in the gap is due right after it", () => {
  const found = look({
    schedule: "0 30 2 * * *",
    zone: "America/New_York",
    policy: "daily=3",
    since: "2026-03-06T05:00:00Z",
    now: "2026-03-09T12:00:00Z",
    // 02:30 EST, 03:00 EDT on the 8th, 02:30 EDT.
    points: ["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"],
  });
  assert.deepEqual([levelsOf(found), found.score], [["daily 3/3"], 100]);
});

test("coverage() counts the hour that Berlin's autumn repeats once", () => {
  const found = look({
    schedule: "0 0 * * * *",
    zone: "Europe/Berlin",
    policy: "hourly=4",
    since: "2026-10-24T22:00:00Z",
    now: "2026-10-25T03:00:00Z",
    without: ["2026-10-25T00:00:00Z"],
  });
  // Local hours 04, 03, 02 (due at 00:00Z and 01:00Z) and 01: the second pass of 02 stands for it.
  assert.deepEqual([levelsOf(found), found.score], [["hourly 4/4"], 100]);
  const both = look({
    schedule: "0 0 * * * *",
    zone: "Europe/Berlin",
    policy: "hourly=4",
    since: "2026-10-24T22:00:00Z",
    now: "2026-10-25T03:00:00Z",
    without: ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"],
  });
  assert.deepEqual(holesOf(both), ["hourly 2026-10-25 02h"]);
});

test("coverage() knows that Apia had no 30 December 2011", () => {
  const found = look({
    schedule: "0 0 12 * * *",
    zone: "Pacific/Apia",
    policy: "daily=4",
    since: "2011-12-27T12:00:00Z",
    now: "2012-01-01T00:00:00Z",
    points: [],
  });
  assert.deepEqual(holesOf(found), [
    "daily 2012-01-01",
    "daily 2011-12-31",
    // 30 December 12:00 was leapt over: due at the leap, which is 31 December 00:00.
    "daily 2011-12-29",
    "daily 2011-12-28",
  ]);
});

test("coverage() names the slot nearest to the reference as the one that is lacking", () => {
  const found = look({
    schedule: "0 0 * * * *",
    policy: "daily=3@3",
    since: "2026-03-01T12:00:00Z",
    now: "2026-03-04T12:30:00Z",
    points: ["2026-03-02T03:00:00Z", "2026-03-04T03:00:00Z"],
  });
  assert.deepEqual(found.holes.map((hole) => new Date(hole.slot).toISOString()), [
    "2026-03-03T03:00:00.000Z",
  ]);
  assert.deepEqual([found.worstGap?.ms, found.worstGap?.plannedMs], [2 * DAY, DAY]);
});

test("coverage() of keep_all asks for every slot", () => {
  const found = look({
    schedule: "0 0 */6 * * *",
    policy: "keep_all",
    since: "2026-03-01T00:00:00Z",
    now: "2026-03-03T00:00:00Z",
    without: ["2026-03-02T06:00:00Z"],
  });
  assert.deepEqual([levelsOf(found), holesOf(found)], [["secondly 7/8"], ["secondly 2026-03-02 06:00:00"]]);
});

test("coverage() does not count a backup dated well ahead of now", () => {
  const found = look({
    schedule: "0 0 3 * * *",
    policy: "daily=1",
    since: "2026-03-01T00:00:00Z",
    now: "2026-03-02T04:00:00Z",
    points: ["2026-03-02T05:00:00Z"],
  });
  assert.equal(found.score, 0);
});

const PATTERNS = ["0 0 3 * * *", "0 30 */5 * * *", "0 0 2 * * MON,THU", "59 59 23 L * *", "0 15 1,2 * * *"];
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];

test("coverage() is whole for whatever an undisturbed job is left with by its own retention", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PATTERNS),
      fc.constantFrom(...ZONES),
      policies(),
      fc.integer({ min: 0, max: 4000 }),
      (pattern, zone, policy, hours) => {
        const since = Date.UTC(2026, 0, 1) + hours * HOUR;
        const now = since + 120 * DAY;
        const slots = slotHistory([{ since, slots: slotsOf(pattern, zone) }], now, null);
        let standing: ReturnType<typeof backup>[] = [];
        for (let slot = slots.next(0); slot !== null; slot = slots.next(slot)) {
          standing.push(backup(slot));
          const gone = new Set(drain(elect(standing, policy, zoneOf(zone), slot)).victims);
          standing = standing.filter((one) => !gone.has(one.runId));
        }
        const points = Float64Array.from(standing, (one) => one.periodTime);
        const found = drain(coverage({ slots, points, policy, zone: zoneOf(zone), since, now }));
        assert.deepEqual(found.holes, []);
        assert.ok(found.score === null || found.score === 100);
        assert.equal(found.worstGap?.ms, found.worstGap?.plannedMs);
      },
    ),
    { numRuns: 40 },
  );
});

test("coverage() of a policy without levels asks for the last slots and those of its window", () => {
  const scene = {
    schedule: "0 0 3 * * *",
    since: "2026-03-01T00:00:00Z",
    now: "2026-03-20T12:00:00Z",
    without: ["2026-03-19T03:00:00Z", "2026-03-02T03:00:00Z"],
  };
  const last = look({ ...scene, policy: "keep_last=3" });
  assert.deepEqual([levelsOf(last), last.score], [["secondly 2/3"], 66.6]);
  const within = look({ ...scene, policy: "keep_within=5d" });
  assert.deepEqual(levelsOf(within), ["secondly 4/5"]);
  // What fell after the newest is asked for too.
  const stale = look({
    ...scene,
    policy: "keep_within=5d",
    without: ["2026-03-20T03:00:00Z", "2026-03-19T03:00:00Z"],
  });
  assert.deepEqual(levelsOf(stale), ["secondly 5/7"]);
  assert.deepEqual(levelsOf(look({ ...scene, policy: "keep_within=5d,keep_last=30" })), ["secondly 18/20"]);
  assert.deepEqual(levelsOf(look({ ...scene, policy: "keep_within=5d,weekly=1" })), ["weekly 1/1"]);
});
