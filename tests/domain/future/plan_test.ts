// What an edit of the configuration does to jobs and their backups.
// Also tests plan_effect.ts, plan_job.ts, plan_leftovers.ts, plan_view.ts, planned_backups.ts and
// settings_diff.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { elect } from "../../../src/domain/retention/election.ts";
import { drain } from "../../../src/domain/slices.ts";
import type { Job } from "../../../src/domain/job.ts";
import { changeOf, type JobPlan, matchJobs, planJobs } from "../../../src/domain/future/plan.ts";
import type { NewJob, OldJob, PlanBackup } from "../../../src/domain/future/plan_job.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { diffSettings, type Settings } from "../../../src/domain/settings_diff.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { job as testJob } from "../../support/engine_rig.ts";
import { histories, policies, policyOf } from "../../support/histories.ts";

const NOW = Date.parse("2026-11-23T00:00:00Z");
const DAY = 86_400_000;

/** Values by key, without anything secret. */
function settings(values: Record<string, string>): Settings {
  return new Map(Object.entries(values).map(([key, shown]) => [key, { shown }]));
}

/** A daily job at noon, UTC, whose only settings are those given. */
function newJob(name: string, policy: string, fields: Partial<Job> = {}): NewJob {
  const job = testJob({
    name,
    schedule: "0 0 12 * * *",
    timezone: "UTC",
    retention: policyOf(policy),
    ...fields,
  });
  return { job, settings: settings({ retention: policy, schedule: job.schedule }) };
}

function oldJob(name: string, policy: string, fields: Partial<OldJob> = {}): OldJob {
  const { job, settings } = newJob(name, policy);
  const { enabled, schedule, timezone, providerKey, from, to, retentionSchedule, retention } = job;
  return {
    ...{ name, enabled, schedule, timezone, providerKey, settings, policy: retention },
    dates: { from, to, retentionSchedule },
    available: null,
    stops: [],
    ...fields,
  };
}

/** Backups at noon of the last `count` days, the newest first: d1 is yesterday's. */
function daily(count: number, fields: Partial<PlanBackup> = {}): PlanBackup[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `b${at + 1}`,
    runId: `d${at + 1}`,
    periodTime: NOW - (at + 1) * DAY + DAY / 2,
    endTime: NOW - (at + 1) * DAY + DAY / 2,
    held: false,
    suspect: false,
    providerKey: null,
    foreign: false,
    ...fields,
  }));
}

function plan(
  before: OldJob[],
  after: NewJob[],
  backups: Record<string, PlanBackup[]> = {},
): JobPlan[] {
  const pairs = matchJobs(before, after);
  return drain(planJobs(pairs, new Map(Object.entries(backups)), NOW, createScheduleCache()));
}

test("matchJobs() finds what is added, removed, renamed, changed and as before", () => {
  const before = [
    oldJob("same", "daily=7"),
    oldJob("edited", "daily=7"),
    oldJob("was", "daily=7"),
    oldJob("gone", "daily=7"),
    oldJob("taken", "daily=7"),
  ];
  const after = [
    newJob("is", "daily=7", { renamedFrom: "was" }),
    newJob("same", "daily=7", { renamedFrom: "gone" }),
    newJob("edited", "daily=8"),
    newJob("new", "daily=7", { renamedFrom: "never" }),
    newJob("taken", "daily=7"),
  ];
  assert.deepEqual(
    matchJobs(before, after).map((pair) => {
      const { job, former, change } = changeOf(pair);
      return [job, former, change, pair.affects];
    }),
    [
      ["is", "was", "renamed", false],
      ["same", null, "unchanged", false],
      ["edited", null, "changed", true],
      ["new", null, "added", true],
      ["taken", null, "unchanged", false],
      ["gone", null, "removed", true],
    ],
  );
});

test("matchJobs() compares what is known where settings are not", () => {
  const before = oldJob("a", "daily=30@3,weekly=4", { settings: null, dates: null });
  const after = newJob("a", "daily=7@3,monthly=2", { schedule: "0 0 3 * * *", from: NOW });
  assert.deepEqual(matchJobs([before], [after])[0]!.settings, [
    { key: "schedule", old: "0 0 12 * * *", new: "0 0 3 * * *" },
    { key: "retention.daily", old: "30@3", new: "7@3" },
    { key: "retention.monthly", old: null, new: "2@L" },
    { key: "retention.weekly", old: "4@L", new: null },
  ]);
});

test("diffSettings() sees a changed secret without showing it, and nothing where it cannot know", () => {
  const before = new Map([["key", { shown: "<redacted>", exact: "one" }]]);
  const after = new Map([["key", { shown: "<redacted>", exact: "two" }]]);
  assert.deepEqual(diffSettings(before, after), [{ key: "key", old: "<redacted>", new: "<redacted>" }]);
  assert.deepEqual(diffSettings(before, before), []);
  assert.deepEqual(diffSettings(new Map([["key", { shown: "<redacted>" }]]), after), []);
});

test("planJobs() says what a smaller policy deletes now and soon, and what the old one would have", () => {
  const [one] = plan([oldJob("a", "daily=30")], [newJob("a", "daily=7")], { a: daily(30) });
  assert.deepEqual(one!.effect!.before, { now: [], soon: 30, oldest: NOW - 30 * DAY + DAY / 2 });
  const { now, soon, oldest } = one!.effect!.after!;
  // 30 days on, 30 newer backups have come under both policies.
  assert.deepEqual([now.length, now[0], now.at(-1), soon], [23, "d30", "d8", 30]);
  assert.equal(oldest, NOW - 7 * DAY + DAY / 2);
  assert.deepEqual(one!.effect!.notes, [
    "the guard too_many will stop it: 23 of 30 backups (76.6 %) would be deleted at once, max_percent allows 50 %: " +
    "look with 'schelly retention show a', then 'schelly retention approve a'",
    "policy_change_hold: 23 backups that go only by the new policy stay for 1h after the edit",
    "max_deletes_per_pass 10: they go over 3 passes",
  ]);
});

test("planJobs() counts by the month what coarser levels let go later", () => {
  const [one] = plan([oldJob("a", "daily=60")], [newJob("a", "daily=40,monthly=3")], { a: daily(40) });
  assert.deepEqual(one!.effect!.before!.soon, 10);
  // Of the 40 all stay now; in 30 days the ten newest, and that of 31 October.
  assert.deepEqual([one!.effect!.after!.now.length, one!.effect!.after!.soon], [0, 29]);
});

test("planJobs() leaves the backups of a removed job, and says so", () => {
  const [one] = plan([oldJob("a", "daily=7", { available: 14 })], []);
  assert.deepEqual(one, {
    job: "a",
    former: null,
    change: "removed",
    settings: [],
    effect: {
      backups: 14,
      unmanaged: 14,
      before: null,
      after: null,
      notes: ["14 backups become unmanaged: nothing touches them until the job is back"],
    },
  });
});

test("planJobs() lets nobody touch backups of a provider that the job leaves", () => {
  const before = oldJob("a", "daily=2", { providerKey: "nas" });
  const moved = newJob("a", "daily=2", { providerKey: "cloud", providerKeys: ["cloud"] });
  const [one] = plan([before], [moved], { a: daily(5) });
  assert.deepEqual([one!.effect!.unmanaged, one!.effect!.after!.now], [5, []]);
  assert.deepEqual(one!.effect!.notes, [
    "5 backups become unmanaged, made at the provider 'nas': put 'nas' into formerly of 'cloud' to go on with them",
  ]);
  const formerly = newJob("a", "daily=2", { providerKey: "cloud", providerKeys: ["cloud", "nas"] });

  test("planJobs() names each provider whose backups an edit leaves out", () => {
    const before = oldJob("a", "daily=2", { providerKey: "b" });
    const moved = newJob("a", "daily=2", { providerKey: "c", providerKeys: ["c", "b"] });
    const backups = daily(5).map((backup, at) => ({
      ...backup,
      providerKey: ["a", "old", "b", "b", "b"][at]!,
    }));
    const [one] = plan([before], [moved], { a: backups });
    const said = one!.effect!.notes.map((note) => note.replace(/, made.*'(.*)' into formerly.*/, " $1"));
    assert.deepEqual(said, ["1 backup becomes unmanaged a", "1 backup becomes unmanaged old"]);
  });
  assert.equal(plan([before], [formerly], { a: daily(5) })[0]!.effect!.after!.now.length, 3);
});

test("planJobs() expects approval where a job comes back to backups of its name", () => {
  const [one] = plan([], [newJob("a", "daily=2")], { a: daily(3) });
  assert.deepEqual(one!.effect!.after!.now, ["d3"]);
  assert.match(one!.effect!.notes.join(), /the guard first_policy will stop it: 3 backups were not made/);
});

test("planJobs() deletes nothing by a disabled job, and keeps what is held", () => {
  const off = plan([oldJob("a", "daily=7")], [newJob("a", "daily=2", { enabled: false })], {
    a: daily(5),
  })[0]!;
  assert.deepEqual([off.effect!.after!.now, off.effect!.after!.soon], [[], 0]);
  assert.deepEqual(off.effect!.notes, ["the job is disabled: nothing runs and nothing is deleted meanwhile"]);
  const held = daily(5).map((one) => ({ ...one, held: one.runId === "d5" }));
  const on = plan([oldJob("a", "daily=7")], [newJob("a", "daily=2")], { a: held })[0]!;
  assert.deepEqual([on.effect!.after!.now, on.effect!.after!.oldest], [["d4", "d3"], held[4]!.periodTime]);
});

test("planJobs() tells of guards that hold already and of an unreadable policy", () => {
  const before = oldJob("a", "daily=7", { policy: null, stops: ["3 backups are missing"] });
  const [one] = plan([before], [newJob("a", "daily=7")], { a: daily(3) });
  assert.equal(one!.effect!.before, null);
  assert.deepEqual(one!.effect!.notes, [
    "the policy before the edit cannot be read by this version: what it would delete is not known",
    "already stopped: 3 backups are missing",
  ]);
});

test("planJobs() leaves a schedule with too many slots unforeseen", () => {
  const [one] = plan([oldJob("a", "secondly=9")], [
    newJob("a", "secondly=9", { schedule: "* * * * * *" }),
  ], { a: daily(2) });
  assert.deepEqual([one!.effect!.before!.soon, one!.effect!.after!.soon], [2, null]);
});

test("planJobs() deletes now exactly what a pass would elect", () => {
  fc.assert(
    fc.property(histories(40), policies(), ({ zone, now, candidates }, retention) => {
      const backups = candidates.map((one, at): PlanBackup => ({
        ...{ ...one, runId: `${one.runId}-${at}` },
        ...{ id: null, providerKey: null, foreign: false },
      }));
      const after = newJob("a", "daily=1", { retention, timezone: zone });
      const pairs = matchJobs([oldJob("a", "daily=3")], [after]);
      const plans = drain(planJobs(pairs, new Map([["a", backups]]), now, createScheduleCache()));
      const { victims } = drain(elect(backups, retention, zoneOf(zone), now));
      assert.deepEqual(plans[0]!.effect!.after!.now, victims);
    }),
    { numRuns: 150 },
  );
});

test("planJobs() tells what asking for proofs would delete, and what holds that back", () => {
  // Of each of six weeks the Saturday stands; of those that are over the Tuesday was proved.
  const backups = daily(42).map((one) => ({
    ...one,
    proved: new Date(one.periodTime).getUTCDay() === 2,
  }));
  const kept = "daily=2,weekly=6";
  const [prefer] = plan([oldJob("db", kept)], [newJob("db", `${kept},verified=prefer`)], { db: backups });
  const [require] = plan([oldJob("db", kept)], [newJob("db", `${kept},verified=require`)], { db: backups });
  const gone = (one: JobPlan | undefined) => one!.effect!.after!.now;
  const before = new Set(prefer!.effect!.before!.now);
  assert.ok(gone(prefer).every((runId) => before.has(runId)), "prefer lets nothing more go");
  assert.ok(gone(prefer).length < before.size, "and keeps proved ones beside");
  const fresh = gone(require).filter((runId) => !before.has(runId));
  assert.ok(fresh.length > 0 && fresh.every((runId) => !backups.find((one) => one.runId === runId)!.proved));
  assert.match(
    require!.effect!.notes.join(" "),
    /policy_change_hold: \d backups that go only by the new policy stay/,
  );
});
