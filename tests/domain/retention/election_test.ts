// Who is kept, by the policies people use and by the original's defects.
// Also tests order.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { type Candidate, elect } from "../../../src/domain/retention/election.ts";
import { DEFAULT_POLICY, EMPTY_LEVELS, type Policy } from "../../../src/domain/policy.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { backup, electNow, keptIds, policyOf } from "../../support/histories.ts";
import { inWords } from "../../support/reason_words.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** One backup each day at 23:59:59 UTC, from a date on. */
function dailies(from: string, count: number): Candidate[] {
  return Array.from({ length: count }, (_, day) => backup(Date.parse(`${from}T23:59:59Z`) + day * DAY));
}

function keptDates(candidates: Candidate[], policy: Policy, zone = "UTC"): string[] {
  return keptIds(electNow(candidates, policy, zone)).map((runId) => runId.slice(0, 10));
}

// The published examples.

test("elect() keeps by default 4 days, 4 Saturdays, 3 month ends and 2 year ends", () => {
  assert.deepEqual(keptDates(dailies("2025-01-01", 771), DEFAULT_POLICY), [
    "2026-12-31",
    "2027-01-23",
    "2027-01-30",
    "2027-01-31",
    "2027-02-06",
    "2027-02-07",
    "2027-02-08",
    "2027-02-09",
    "2027-02-10",
  ]);
});

test("elect() with daily 7 deletes the first backup on the 8th day", () => {
  const eight = dailies("2026-11-01", 8);
  assert.deepEqual(electNow(eight.slice(0, 7), policyOf("daily=7")).victims, []);
  assert.deepEqual(electNow(eight, policyOf("daily=7")).victims, [eight[0]!.runId]);
});

test("elect() with hourly 6, daily 0/3, monthly 2@L keeps 6 and the month ends' nearest to 3 am", () => {
  const everyFourHours = Array.from(
    { length: 6 * 75 },
    (_, slot) => backup(Date.parse("2026-01-01T00:00:00Z") + slot * 4 * HOUR),
  );
  const election = electNow(everyFourHours, policyOf("hourly=6,daily=0/3,monthly=2@L"));
  assert.deepEqual(keptIds(election).map((runId) => runId.slice(0, 13)), [
    "2026-02-28T04",
    "2026-03-16T00",
    "2026-03-16T04",
    "2026-03-16T08",
    "2026-03-16T12",
    "2026-03-16T16",
    "2026-03-16T20",
  ]);
  const monthly = election.keep.filter((one) => one.tags.includes("monthly"));
  assert.deepEqual(monthly.map((one) => one.runId.slice(0, 13)), ["2026-03-16T04", "2026-02-28T04"]);
});

// Defects of the original that must not come back.

test("elect() lets no suspect take the day's place (defect 3)", () => {
  const good = backup("2026-11-20T12:00:00Z");
  const bad = backup("2026-11-20T23:00:00Z", { suspect: true });
  const next = backup("2026-11-21T12:00:00Z");
  const election = electNow([good, bad, next], policyOf("daily=2"));
  assert.deepEqual(election.victims, []);
  const tags = new Map(election.keep.map((one) => [one.runId, one.tags]));
  assert.ok(tags.get(good.runId)!.includes("daily"));
  assert.deepEqual(tags.get(bad.runId), []);
});

test("elect() with yearly 0 keeps nothing for the year (defect 4)", () => {
  const election = electNow(dailies("2024-12-30", 400), policyOf("daily=2,yearly=0"));
  assert.equal(election.keep.length, 2);
  assert.ok(
    election.keep.every((one) => inWords(one.reasons).every((reason) => !reason.startsWith("yearly"))),
  );
});

test("elect() takes a week over the month's end as one week (defect 5)", () => {
  // Sunday 2026-03-29 to Saturday 2026-04-04.
  const kept = keptDates(dailies("2026-03-15", 25), policyOf("weekly=3"));
  assert.deepEqual(kept, ["2026-03-28", "2026-04-04", "2026-04-08"]);
});

test("elect() reads periods from the job's zone, not from UTC (defect 6)", () => {
  const lastMoments = Array.from({ length: 40 }, (_, day) => {
    const utc = Date.parse("2026-03-10T22:59:59Z") + day * DAY;
    return backup(utc - (utc > Date.parse("2026-03-29T01:00:00Z") ? HOUR : 0));
  });
  const election = electNow(lastMoments, policyOf("monthly=2"), "Europe/Berlin");
  assert.deepEqual(keptIds(election), ["2026-03-31T21:59:59.000Z", "2026-04-18T21:59:59.000Z"]);
  assert.ok(inWords(election.keep[1]!.reasons).includes("monthly 2 of 2 (2026-03)"));
});

test("elect() with a level at 0 still keeps what other levels keep (defect 13)", () => {
  const monthEnd = dailies("2026-01-25", 10);
  const kept = keptDates(monthEnd, policyOf("daily=7,weekly=0,monthly=0,yearly=0"));
  assert.deepEqual(kept, monthEnd.slice(-7).map((one) => one.runId.slice(0, 10)));
});

// What else keeps a backup.

test("elect() keeps the newest backup when every count is zero", () => {
  const policy = { ...DEFAULT_POLICY, levels: EMPTY_LEVELS };
  const election = electNow(dailies("2026-11-01", 3), policy);
  assert.deepEqual(election.keep.map((one) => inWords(one.reasons)), [["newest"]]);
  assert.equal(election.victims.length, 2);
});

test("elect() gives every reason in words", () => {
  const candidates = [
    backup("2026-11-01T10:00:00Z", { held: true }),
    backup("2026-11-02T10:00:00Z", { keepReason: { kind: "shared_data", with: "7f3" } }),
    backup("2026-11-03T10:00:00Z", { suspect: true, held: true }),
    backup("2026-11-04T10:00:00Z", { endTime: Date.parse("2026-11-19T12:00:00Z") }),
    backup("2026-11-05T10:00:00Z"),
    backup("2026-11-18T10:00:00Z"),
    backup("2026-11-20T10:00:00Z"),
    backup("2026-11-20T12:03:00Z"),
  ];
  const policy = policyOf("daily=1,weekly=2,min_keep=2,min_age=1d12h");
  const election = electNow(candidates, policy, "UTC", Date.parse("2026-11-20T12:00:00Z"));
  assert.deepEqual(election.keep.map((one) => [one.runId.slice(8, 10), inWords(one.reasons)]), [
    ["20", ["from the future"]],
    ["20", [
      "daily 1 of 1 (2026-11-20)",
      "weekly 1 of 2 (week of 2026-11-15)",
      "newest",
      "last 1 of 2",
      "younger than 1d12h",
    ]],
    ["18", ["last 2 of 2"]],
    ["05", ["weekly 2 of 2 (week of 2026-11-01)"]],
    ["04", ["younger than 1d12h"]],
    ["03", ["suspect", "held"]],
    ["02", ["shares data with 7f3"]],
    ["01", ["held"]],
  ]);
  assert.deepEqual(election.victims, []);
});

test("elect() does not take a backup without an end for young", () => {
  const [first, second] = dailies("2026-11-01", 2);
  const imported = { ...first!, endTime: null };
  assert.deepEqual(electNow([imported, second!], policyOf("daily=1,min_age=30d")).victims, [imported.runId]);
});

test("elect() keeps a backup whose end is no number where min_age is set", () => {
  const [first, second] = dailies("2026-11-01", 2);
  const odd = { ...first!, endTime: NaN };
  assert.deepEqual(electNow([odd, second!], policyOf("daily=1,min_age=1s")).victims, []);
});

test("elect() keeps backups over 2 minutes ahead of now, and they count for nothing", () => {
  const now = Date.parse("2026-11-20T12:00:00Z");
  const good = backup("2026-11-20T11:00:00Z");
  const slightlyAhead = backup("2026-11-20T12:02:00Z");
  const future = backup("2026-11-20T12:02:01Z");
  const policy = policyOf("daily=1");
  const alone = electNow([good, future], policy, "UTC", now);
  assert.deepEqual([alone.victims, alone.newest, alone.future, alone.counted], [[], good.runId, 1, 1]);
  const tolerated = electNow([good, slightlyAhead], policy, "UTC", now);
  assert.deepEqual([tolerated.victims, tolerated.newest], [[good.runId], slightlyAhead.runId]);
});

test("elect() says when the newest backup is suspect, whatever comes from the future", () => {
  const now = Date.parse("2026-11-20T12:00:00Z");
  const good = backup("2026-11-19T12:00:00Z");
  const suspect = backup("2026-11-20T11:00:00Z", { suspect: true });
  const future = backup("2027-01-01T00:00:00Z");
  const election = electNow([future, good, suspect], policyOf("daily=1"), "UTC", now);
  assert.deepEqual([election.newestSuspect, election.newest], [suspect.runId, good.runId]);
  const settled = electNow([good, { ...suspect, suspect: false }], policyOf("daily=1"), "UTC", now);
  assert.equal(settled.newestSuspect, null);
});

test("elect() with keep_within alone keeps what is less than that older than the newest, and nothing else", () => {
  const month = dailies("2026-11-01", 30);
  // 30 days before the newest is not less than 30 days.
  assert.deepEqual(electNow(month, policyOf("keep_within=30d")).victims, []);
  const { keep, victims } = electNow(dailies("2026-11-01", 33), policyOf("keep_within=30d"));
  assert.deepEqual(victims.map((runId) => runId.slice(5, 10)), ["11-01", "11-02", "11-03"]);
  assert.deepEqual(inWords(keep[0]!.reasons), ["newest", "within 30d of the newest"]);
  assert.deepEqual(inWords(keep.at(-1)!.reasons), ["within 30d of the newest"]);
  assert.equal(electNow(month, policyOf("keep_within=1s")).keep.length, 1);
});

test("elect() with keep_last alone keeps the newest so many, and nothing else", () => {
  const { keep, victims } = electNow(dailies("2026-11-01", 10), policyOf("keep_last=3"));
  assert.equal(victims.length, 7);
  assert.deepEqual(keep.map(({ reasons }) => inWords(reasons)), [
    ["newest", "last 1 of 3"],
    ["last 2 of 3"],
    ["last 3 of 3"],
  ]);
});

test("elect() unites keep_last, keep_within and levels", () => {
  const days = dailies("2026-10-01", 61);
  const policy = (text: string) => electNow(days, policyOf(text));
  const union = new Set(
    ["keep_last=9", "keep_within=7d", "monthly=2", "weekly=3"].flatMap((text) => keptIds(policy(text))),
  );
  assert.deepEqual(new Set(keptIds(policy("keep_last=9,keep_within=7d,monthly=2,weekly=3"))), union);
});

test("elect() measures keep_within from the newest backup, however long ago that is", () => {
  const days = dailies("2026-11-01", 10);
  const much = Date.parse("2027-11-01T00:00:00Z");
  const kept = keptIds(electNow(days, policyOf("keep_within=4d"), "UTC", much));
  assert.deepEqual(kept.map((runId) => runId.slice(8, 10)), ["07", "08", "09", "10"]);
});

test("elect() measures keep_within by the times that backups are of, whenever they ended", () => {
  const [old, newer, newest] = dailies("2026-11-01", 3).map((one) => ({ ...one, endTime: one.periodTime }));
  const late = { ...old!, endTime: newest!.endTime! + DAY };
  const early = { ...newer!, endTime: newer!.endTime! - 9 * DAY };
  assert.deepEqual(keptDates([late, early, newest!], policyOf("keep_within=1d12h")), [
    "2026-11-02",
    "2026-11-03",
  ]);
});

test("elect() measures keep_within neither from a suspect nor from the future", () => {
  const days = dailies("2026-11-01", 10);
  const now = Date.parse("2026-11-11T12:00:00Z");
  const suspect = backup("2026-11-11T11:00:00Z", { suspect: true });
  const future = backup("2030-01-01T00:00:00Z");
  const { victims } = electNow([...days, suspect, future], policyOf("keep_within=3d"), "UTC", now);
  assert.equal(victims.at(-1), days[6]!.runId);
  // Whoever vanishes takes the window back with it, and what is in it then stays.
  const without = electNow(days.slice(0, -1), policyOf("keep_within=3d"), "UTC", now);
  assert.equal(without.victims.at(-1), days[5]!.runId);
});

test("elect() does not count suspects in min_keep", () => {
  const candidates = dailies("2026-11-01", 4);
  candidates[3] = { ...candidates[3]!, suspect: true };
  assert.deepEqual(electNow(candidates, policyOf("daily=1,min_keep=2")).victims, [candidates[0]!.runId]);
});

test("elect() keeps all under keep_all, tagged all the same", () => {
  const election = electNow(dailies("2026-11-01", 40), policyOf("keep_all"));
  assert.equal(election.keep.length, 40);
  assert.deepEqual(inWords(election.keep[1]!.reasons), ["keep_all"]);
  assert.ok(election.keep[0]!.tags.includes("yearly"));
});

test("elect() keeps the oldest while a level has room, and only with keep_oldest", () => {
  const year = dailies("2026-03-03", 60);
  const text = "daily=3,yearly=5";
  assert.deepEqual(keptDates(year, policyOf(text)), ["2026-04-29", "2026-04-30", "2026-05-01"]);
  const election = electNow(year, policyOf(`${text},keep_oldest=true`));
  assert.equal(keptIds(election)[0]!.slice(0, 10), "2026-03-03");
  assert.deepEqual(inWords(election.keep.at(-1)!.reasons), ["oldest (room in yearly)"]);
  assert.equal(keptDates(year, policyOf("daily=3,keep_oldest=true")).length, 3);
});

test("elect() answers for no candidates and for suspects only", () => {
  assert.deepEqual(electNow([], DEFAULT_POLICY).newest, null);
  const suspect = backup("2026-11-20T12:00:00Z", { suspect: true });
  const only = electNow([suspect], DEFAULT_POLICY);
  assert.deepEqual([only.newest, only.newestSuspect, only.victims], [null, suspect.runId, []]);
});

test("elect() lists victims from the oldest on and kept ones from the newest on", () => {
  const election = electNow(dailies("2026-11-01", 6).toReversed(), policyOf("daily=2"));
  assert.deepEqual(election.victims.map((runId) => runId.slice(8, 10)), ["01", "02", "03", "04"]);
  assert.deepEqual(election.keep.map((one) => one.runId.slice(8, 10)), ["06", "05"]);
});

test("elect() refuses times and policies that are not made of numbers", () => {
  const good = dailies("2026-11-01", 3);
  const bad = { ...good[0]!, periodTime: NaN };
  assert.throws(() => electNow([bad, ...good], DEFAULT_POLICY, "UTC", 0), /period time/);
  assert.throws(() => electNow(good, DEFAULT_POLICY, "UTC", NaN), /now/);
  const levels = { ...EMPTY_LEVELS, daily: { count: NaN, reference: "L" as const } };
  assert.throws(() => electNow(good, { ...DEFAULT_POLICY, levels }), /daily count/);
  assert.throws(() => electNow(good, { ...DEFAULT_POLICY, minKeep: 0 }), /min_keep/);
  assert.throws(() => electNow(good, { ...DEFAULT_POLICY, keepWithinMs: NaN }), /keep_within/);
});

test("elect() sorts a long shuffled history and yields on its way", () => {
  const ordered = Array.from({ length: 30_000 }, (_, hour) => backup(Date.UTC(2020, 0) + hour * HOUR));
  let seed = 1;
  const shuffled = ordered
    .map((one) => ({ one, rank: seed = (seed * 16_807) % 2_147_483_647 }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
  const work = elect(shuffled, DEFAULT_POLICY, zoneOf("Europe/Berlin"), ordered.at(-1)!.periodTime);
  let yields = 0;
  let step = work.next();
  for (; !step.done; step = work.next()) yields++;
  assert.ok(yields > 10);
  assert.deepEqual(step.value, electNow(ordered, DEFAULT_POLICY, "Europe/Berlin"));
});

test("elect() keeps two backups of one second only where another level does", () => {
  const twins = [0, 400].map((ms) => backup(Date.parse("2026-11-20T01:00:00Z") + ms));
  assert.deepEqual(electNow(twins, policyOf("secondly=9")).victims, [twins[0]!.runId]);
});
