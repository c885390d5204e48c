// The future played step by step: equal to a full election at every pass, and what it says about dates and limits.
// Also tests thinning.ts and turned_places.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { drain } from "../../../src/domain/slices.ts";
import { type Course, type Existing, type Moment, play } from "../../../src/domain/future/play.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { backup, histories, policies, policyOf } from "../../support/histories.ts";
import { plainPlay } from "../../support/plain_play.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.parse("2026-01-01T00:00:00Z");
const schedules = createScheduleCache();

function slotsOf(pattern: string, zone = "UTC") {
  const parsed = schedules.parse(pattern, zone);
  assert.ok("schedule" in parsed);
  return parsed.schedule;
}

function courseOf(pattern: string, policy: string, days: number, fields: Partial<Course> = {}): Course {
  return {
    existing: [],
    slots: slotsOf(pattern),
    policy: policyOf(policy),
    zone: zoneOf("UTC"),
    from: FROM,
    until: FROM + days * DAY,
    maxDeletesPerPass: 10,
    ...fields,
  };
}

/** All steps with copies of what they point at, and how far it came. */
function playAll(course: Course) {
  const moments: Moment[] = [];
  const work = play(course);
  for (;;) {
    const step = work.next();
    if (step.done) return { moments, played: step.value };
    if (step.value !== undefined) moments.push({ ...step.value, candidates: [...step.value.candidates] });
  }
}

const PATTERNS = [
  "0 0 * * * *",
  "0 */20 * * * *",
  "0 30 2,14 * * *",
  "59 59 23 * * *",
  "0 0 3 * * MON",
  "*/9 * * * * *",
];

test("play() is the same as a full election at every pass, whatever exists, holds, ends or waits", () => {
  const ending = fc.option(fc.integer({ min: -1, max: 30 }), { nil: undefined, freq: 2 });
  fc.assert(
    fc.property(
      histories(14),
      policies(),
      fc.constantFrom(...PATTERNS),
      fc.option(fc.constantFrom(...PATTERNS), { nil: undefined, freq: 1 }),
      fc.constantFrom(1, 2, 10, Infinity),
      fc.array(ending, { minLength: 14, maxLength: 14 }),
      ({ zone, now, candidates }, policy, pattern, passes, maxDeletesPerPass, endings) => {
        const slots = slotsOf(pattern, zone);
        const interval = slots.interval(now)!;
        const existing = candidates.map((one, at): Existing => {
          const end = endings[at] === undefined ? undefined : now + endings[at] * interval;
          const keepReason = one.keepReason === undefined || end === undefined
            ? one.keepReason
            : { kind: "former_policy", until: end } as const;
          return { ...one, runId: `${one.runId}-${at}`, heldUntil: end, keepReason };
        });
        const course: Course = {
          existing,
          slots,
          passes: passes === undefined ? undefined : slotsOf(passes, zone),
          policy,
          zone: zoneOf(zone),
          from: now,
          until: now + 40 * interval,
          maxDeletesPerPass,
        };
        course.until = Math.min(course.until, limitOf(course));
        const found = playAll(course).moments.map(({ at, slot, candidates, victims, deleted }) => ({
          at,
          slot,
          candidates: candidates.map(({ runId }) => runId).sort(),
          victims,
          deleted: deleted.map(({ runId }) => runId),
        }));
        assert.deepEqual(found, plainPlay(course));
      },
    ),
    { numRuns: 600, seed: 3 },
  );
});

/** No more than a few dozen passes, or a run takes long. */
function limitOf({ passes, from }: Course): number {
  let at: number | null = from;
  for (let count = 0; count < 60 && at !== null; count++) at = passes === undefined ? null : passes.next(at);
  return at ?? Infinity;
}

test("play() brings a backup at each slot and lets the pass after it take what the policy does not keep", () => {
  const { moments, played } = playAll(courseOf("0 0 12 * * *", "daily=2", 4));
  assert.deepEqual(played, { slots: 4, reached: FROM + 4 * DAY });
  const noon = (day: number) => FROM + day * DAY + 12 * HOUR;
  assert.deepEqual(
    moments.map(({ at, slot, candidates, deleted }) => [at, slot, candidates.length, deleted.length]),
    [
      [noon(0), noon(0), 1, 0],
      [noon(1), noon(1), 2, 0],
      [noon(2), noon(2), 2, 1],
      [noon(3), noon(3), 2, 1],
    ],
  );
  assert.deepEqual(moments[3]!.victims, [`slot ${noon(1)}`]);
});

test("play() makes passes only when the job has its own times for them", () => {
  const passes = slotsOf("0 0 0 4 * *");
  const { moments } = playAll(courseOf("0 0 12 * * *", "daily=1", 4, { passes }));
  assert.deepEqual(moments.map(({ candidates, deleted }) => [candidates.length, deleted.length]), [
    [1, 0],
    [2, 0],
    [3, 0],
    [1, 2],
    [2, 0],
  ]);
});

test("play() stops at dates with what stands after all steps up to and including them", () => {
  const noon = FROM + 12 * HOUR;
  const dates = [noon + DAY, noon - 1, FROM, FROM + 9 * DAY, noon];
  const { moments } = playAll(courseOf("0 0 12 * * *", "daily=9", 3, { dates }));
  assert.deepEqual(
    moments.filter((one) => one.date).map(({ at, slot, candidates }) => [at, slot, candidates.length]),
    [
      [noon - 1, null, 0],
      [noon, noon, 1],
      [noon + DAY, noon + DAY, 2],
    ],
  );
});

test("play() says how far it came when there are too many steps", () => {
  const { played } = playAll(courseOf("0 0 * * * *", "daily=1", 30, { maxSteps: 48 }));
  assert.deepEqual(played, { slots: 48, reached: FROM + 2 * DAY });
});

test("play() stops when more backups come to stand than fit into memory", () => {
  const work = play(courseOf("* * * * * *", "keep_all", 30));
  assert.deepEqual(drain(work), { slots: 200_000, reached: FROM + 200_000_000 });
});

test("play() deletes nothing while the newest backup is suspect, and goes on when a sound one follows", () => {
  const existing = [backup(FROM - 3 * DAY), backup(FROM - 2 * DAY), backup(FROM - DAY, { suspect: true })];
  const passes = slotsOf("0 0 6 * * *");
  const { moments } = playAll(courseOf("0 0 12 * * *", "daily=1", 2, { existing, passes }));
  assert.deepEqual(moments.map(({ victims, deleted }) => [victims.length, deleted.length]), [
    [1, 0],
    [0, 0],
    [1, 2],
    [0, 0],
  ]);
});
