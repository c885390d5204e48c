// When a backup goes and what keeps it longer, worked out by hand, and against a change of the policy tried out.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { drain } from "../../../src/domain/slices.ts";
import { type Fate, fateOf, type Going, longerChange } from "../../../src/domain/future/foresight.ts";
import type { Course, Existing } from "../../../src/domain/future/play.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { backup, histories, policies, policyOf } from "../../support/histories.ts";
import { plainPlay } from "../../support/plain_play.ts";
import type { KeepReason } from "../../../src/domain/retention/reasons.ts";

const plenty = () => ({ steps: 1_000_000 });

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.parse("2026-01-10T00:00:00Z");
const YEAR = 366 * DAY;

function slotsOf(pattern: string, zone = "UTC") {
  const parsed = parseSchedule(pattern, zone);
  assert.ok("schedule" in parsed);
  return parsed.schedule;
}

/** Daily backups at noon, the last `count` of them made already; `b1` is yesterday's. */
function daily(policy: string, count: number, fields: Partial<Course> = {}): Course {
  return {
    existing: Array.from(
      { length: count },
      (_, at) => backup(FROM - (at + 1) * DAY + 12 * HOUR, { runId: `b${at + 1}` }),
    ),
    slots: slotsOf("0 0 12 * * *"),
    policy: policyOf(policy),
    zone: zoneOf("UTC"),
    from: FROM,
    until: FROM + YEAR,
    maxDeletesPerPass: 10,
    ...fields,
  };
}

function mark(course: Course, runId: string, marks: Partial<Existing>): Course {
  return {
    ...course,
    existing: course.existing.map((one) => one.runId === runId ? { ...one, ...marks } : one),
  };
}

const iso = (ms: number | null) => ms === null ? null : new Date(ms).toISOString().slice(0, 16);
const going = (course: Course, runId: string): Going => {
  const fate = drain(fateOf(course, runId, plenty()));
  assert.equal(fate.fate, "goes", JSON.stringify(fate));
  return fate as Going;
};

test("fateOf() finds the first pass that elects a backup away and the slot that brings it about", () => {
  const fate = going(daily("daily=7", 7), "b3");
  // Of 7 days the third newest goes when 5 more have come.
  assert.deepEqual([iso(fate.at), iso(fate.slot), iso(fate.deletedAt)], [
    "2026-01-14T12:00",
    "2026-01-14T12:00",
    "2026-01-14T12:00",
  ]);
  assert.deepEqual(
    fate.levelRanks.filter((place) => place.limit > 0).map(({ level, rank, limit }) => [level, rank, limit]),
    [
      ["daily", 8, 7],
    ],
  );
  assert.equal(fate.rank, 8);
});

test("fateOf() tells the pass that elects from the one whose pace deletes", () => {
  const fate = going(daily("daily=2", 9, { maxDeletesPerPass: 3 }), "b3");
  // The first pass finds 8 victims, b9 to b2; three go each day.
  assert.deepEqual([iso(fate.at), iso(fate.deletedAt)], ["2026-01-10T12:00", "2026-01-12T12:00"]);
});

test("fateOf() follows a backup through the levels it comes to stand for", () => {
  // 2026-01-03 was the last day of its week: kept as a day for 7 days, then until a fifth week begins.
  const fate = going(daily("daily=7,weekly=4", 9), "b7");
  assert.equal(iso(fate.at), "2026-01-25T12:00");
});

const SHARED: KeepReason = { kind: "shared_data", with: "x" };
const KEPT: [name: string, change: (course: Course) => Course, because: KeepReason][] = [
  ["keep_all", (course) => ({ ...course, policy: policyOf("keep_all") }), { kind: "keep_all" }],
  ["a hold without an end", (course) => mark(course, "b3", { held: true }), { kind: "held" }],
  ["a suspicion", (course) => mark(course, "b3", { suspect: true }), { kind: "suspect" }],
  ["shared data", (course) => mark(course, "b3", { keepReason: SHARED }), SHARED],
];
for (const [name, change, because] of KEPT) {
  test(`fateOf() says that nothing lets go what ${name} keeps`, () => {
    assert.deepEqual(drain(fateOf(change(daily("daily=2", 5)), "b3", plenty())), { fate: "kept", because });
  });
}

test("fateOf() looks on when a hold or a former policy ends", () => {
  const held = mark(daily("daily=2", 5), "b3", { held: true, heldUntil: FROM + 3 * DAY });
  assert.equal(iso(going(held, "b3").at), "2026-01-13T12:00");
  const former = mark(daily("daily=2", 5), "b3", {
    keepReason: { kind: "former_policy", until: FROM + 13 * HOUR },
  });
  assert.equal(iso(going(former, "b3").at), "2026-01-11T12:00");
});

test("fateOf() keeps what is young until the first pass after its youth", () => {
  const fate = going(daily("daily=1,min_age=5d", 3), "b1");
  assert.equal(iso(fate.at), "2026-01-14T12:00");
});

test("fateOf() says how far it looked, and when no pass is left", () => {
  const far = drain(fateOf(daily("daily=400", 3), "b1", plenty()));
  assert.deepEqual(far, { fate: "stays", until: FROM + YEAR, ended: false });
  const over = drain(fateOf(daily("daily=7", 3, { slots: { next: () => null } }), "b1", plenty()));
  assert.deepEqual(over, { fate: "stays", until: FROM + YEAR, ended: true });
});

test("longerChange() is one more of the level that kept it last", () => {
  const course = daily("daily=7,weekly=4", 9);
  const change = drain(longerChange(course, "b7", going(course, "b7"), plenty()))!;
  assert.deepEqual([change.key, change.from, change.to], ["weekly", 4, 5]);
  assert.equal(iso((change.fate as Going).at), "2026-02-01T12:00");
});

test("longerChange() of a victim counts how far down it stands", () => {
  const course = daily("daily=2", 9);
  const change = drain(longerChange(course, "b4", going(course, "b4"), plenty()))!;
  assert.deepEqual([change.key, change.from, change.to], ["daily", 2, 5]);
  assert.equal(iso((change.fate as Going).at), "2026-01-11T12:00");
});

test("longerChange() proposes a coarser level where that is the smaller change", () => {
  const course = daily("daily=3", 12);
  const change = drain(longerChange(course, "b10", going(course, "b10"), plenty()))!;
  // 2025-12-31 is the last of its month and year.
  assert.deepEqual([change.key, change.from, change.to, change.fate.fate], ["yearly", 0, 2, "goes"]);
});

test("longerChange() turns to min_keep where another backup stands for every period", () => {
  const existing = [backup(FROM - HOUR, { runId: "early" }), backup(FROM - HOUR / 2, { runId: "late" })];
  const course = daily("daily=3", 0, { existing });
  const change = drain(longerChange(course, "early", going(course, "early"), plenty()))!;
  assert.deepEqual([change.key, change.from, change.to], ["min_keep", 1, 3]);
});

test("longerChange() of a policy without levels names what it has", () => {
  const within = daily("keep_within=4d", 9);
  const gone = going(within, "b2");
  // Three days after b2 comes what is just four days newer than it.
  assert.equal(iso(gone.at), "2026-01-12T12:00");
  const longer = drain(longerChange(within, "b2", gone, plenty()))!;
  assert.deepEqual([longer.key, longer.from, longer.to], ["keep_within", 4 * DAY, 5 * DAY]);
  assert.equal(iso((longer.fate as Going).at), "2026-01-13T12:00");
  const last = daily("keep_last=4", 9);
  const change = drain(longerChange(last, "b2", going(last, "b2"), plenty()))!;
  assert.deepEqual([change.key, change.from, change.to], ["keep_last", 4, 5]);
});

test("fateOf() agrees with full elections at every pass", () => {
  fc.assert(
    fc.property(histories(10, false), policies(), fc.nat(), ({ zone, now, candidates }, policy, pick) => {
      const slots = slotsOf("0 30 2,14 * * *", zone);
      const existing = candidates.map((one, at) => ({ ...one, runId: `${one.runId}-${at}` }));
      const until = now + 40 * DAY;
      const course = { existing, slots, policy, zone: zoneOf(zone), from: now, until, maxDeletesPerPass: 2 };
      const { runId } = existing[pick % existing.length]!;
      const moments = plainPlay(course);
      const elected = moments.find((one) => one.victims.includes(runId));
      const deleted = moments.find((one) => one.deleted.includes(runId));
      const fate: Fate = drain(fateOf(course, runId, plenty()));
      if (fate.fate === "goes") {
        assert.deepEqual([fate.at, fate.deletedAt], [elected?.at, deleted?.at ?? null]);
      } else assert.equal(elected, undefined);
    }),
    { numRuns: 200, seed: 9 },
  );
});

test("fateOf() lets the newest proved one go never, and one kept for its proof when its period goes", () => {
  const course = mark(mark(daily("daily=2,weekly=3,verified=prefer", 20), "b12", { proved: true }), "b9", {
    proved: true,
  });
  assert.deepEqual(drain(fateOf(course, "b9", plenty())), {
    fate: "kept",
    because: { kind: "newest_proved" },
  });
  // b12 is of Monday 29 December; the week of the 28th is the third newest until the 18th of January begins a new one.
  assert.equal(iso(going(course, "b12").at), "2026-01-10T12:00");
  const alone = mark(daily("daily=2,weekly=3,verified=prefer", 20), "b9", { proved: true });
  const newer = mark(alone, "b1", { proved: true });
  assert.equal(iso(going(newer, "b9").at), "2026-01-18T12:00");
});
