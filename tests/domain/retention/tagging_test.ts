// Which backups stand for a period.

import { test } from "node:test";
import assert from "node:assert/strict";
import { type Level, LEVELS } from "../../../src/domain/policy.ts";
import { tagBit, tagsOf } from "../../../src/domain/retention/tagging.ts";
import { backup, electNow, policyOf } from "../../support/histories.ts";

/** The times tagged with a level, oldest first, kept or not. */
function tagged(level: Level, times: string[], policyText: string, zone = "UTC"): string[] {
  const election = electNow(times.map((time) => backup(time)), policyOf(policyText), zone);
  const tags = new Map(election.keep.map((one) => [one.runId, one.tags]));
  election.victims.forEach((runId, at) => tags.set(runId, tagsOf(election.victimTags[at]!)));
  return times.filter((time) => tags.get(time)!.includes(level));
}

test("tagsOf() lists the levels of a set from fine to coarse", () => {
  assert.deepEqual(tagsOf(0), []);
  assert.deepEqual(tagsOf(tagBit("yearly") | tagBit("secondly") | tagBit("daily")), [
    "secondly",
    "daily",
    "yearly",
  ]);
  assert.deepEqual(tagsOf(127), [...LEVELS]);
});

test("representatives() takes the last of a period for L", () => {
  const times = ["2026-11-20T01:00:00Z", "2026-11-20T23:00:00Z", "2026-11-21T05:00:00Z"];
  assert.deepEqual(tagged("daily", times, "yearly=1"), times.slice(1));
});

test("representatives() takes the nearest to the reference, and of two as near the later", () => {
  const cases: [level: Level, policy: string, times: string[], expected: string][] = [
    ["daily", "daily=1@3", ["2026-11-20T00:00:00Z", "2026-11-20T04:00:00Z", "2026-11-20T08:00:00Z"], "04"],
    ["daily", "daily=1@3", ["2026-11-20T02:59:00Z", "2026-11-20T04:00:00Z", "2026-11-20T09:00:00Z"], "04"],
    ["daily", "daily=1@3", ["2026-11-20T03:59:59Z", "2026-11-20T04:00:00Z"], "03"],
    ["daily", "daily=1@0", ["2026-11-20T01:00:00Z", "2026-11-20T23:00:00Z"], "01"],
  ];
  for (const [level, policy, times, hour] of cases) {
    assert.deepEqual(tagged(level, times, policy).map((time) => time.slice(11, 13)), [hour], times.join());
  }
});

test("representatives() takes the latest of the reference's own hour", () => {
  const times = ["2026-11-20T03:10:00Z", "2026-11-20T03:50:00Z", "2026-11-20T05:00:00Z"];
  assert.deepEqual(tagged("daily", times, "daily=1@3"), [times[1]]);
});

test("representatives() chooses the month's from the days' and the year's from the months'", () => {
  const times = [
    "2026-12-30T20:00:00Z",
    "2026-12-31T00:00:00Z",
    "2026-12-31T04:00:00Z",
    "2026-12-31T20:00:00Z",
  ];
  // The day's stands at 4 (nearest to 3), so the month's and the year's is that one and not the one at 20.
  for (const level of ["daily", "monthly", "yearly"] as const) {
    assert.deepEqual(tagged(level, times, "daily=0@3,monthly=2").slice(-1), [times[2]], level);
  }
});

test("representatives() tags levels whatever their count", () => {
  const times = ["2026-11-20T01:00:00Z", "2026-11-20T02:00:00Z"];
  for (const level of LEVELS) {
    assert.equal(tagged(level, times, "keep_all").at(-1), times[1], level);
  }
});

test("representatives() knows weekdays by the week's start", () => {
  // 2026-11-15 is a Sunday.
  const days = ["15", "18", "21", "22"].map((day) => `2026-11-${day}T12:00:00Z`);
  assert.deepEqual(tagged("weekly", days, "weekly=4@SUN,week_starts=sunday"), [days[0], days[3]]);
  assert.deepEqual(tagged("weekly", days, "weekly=4@SUN,week_starts=monday"), [days[0], days[3]]);
  assert.deepEqual(tagged("weekly", days, "weekly=4@L,week_starts=sunday"), [days[2], days[3]]);
  assert.deepEqual(tagged("weekly", days, "weekly=4@MON,week_starts=sunday"), [days[0], days[3]]);
});

test("representatives() takes day 31 as the month's last day", () => {
  const days = [
    "2024-02-15T00:00:00Z",
    "2024-02-28T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2024-04-30T00:00:00Z",
  ];
  assert.deepEqual(tagged("monthly", days, "monthly=9@31"), [days[2], days[3]]);
  assert.deepEqual(tagged("monthly", days, "monthly=9@15"), [days[0], days[3]]);
});

test("representatives() takes one backup of the hour that autumn repeats", () => {
  const times = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:15:00+01:00", "2026-10-25T03:00:00+01:00"];
  assert.deepEqual(tagged("hourly", times, "hourly=9", "Europe/Berlin"), times.slice(1));
  assert.deepEqual(tagged("minutely", times, "hourly=9", "Europe/Berlin"), times);
});

test("representatives() takes the later run id of two backups of the same time", () => {
  const twins = [
    backup("2026-11-20T01:00:00Z", { runId: "b" }),
    backup("2026-11-20T01:00:00Z", { runId: "a" }),
  ];
  const election = electNow(twins, policyOf("daily=3"));
  assert.deepEqual(election.keep.map((one) => one.runId), ["b"]);
  assert.deepEqual(election.victims, ["a"]);
});
