// Promises about backups: as texts, and whether a schedule and a policy keep them.
// Also tests promise_trial.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { elect } from "../../src/domain/retention/election.ts";
import { drain } from "../../src/domain/slices.ts";
import { LEVELS, parsePolicy, type Policy } from "../../src/domain/policy.ts";
import {
  breachOf,
  copiesBreachOf,
  formatPromise,
  immutableBreachOf,
  type JobPromise,
  parseBound,
} from "../../src/domain/promise.ts";
import { type TrialInput, tryPromises, WATCH_MS } from "../../src/domain/future/promise_trial.ts";
import { parseSchedule } from "../../src/domain/schedule/schedule.ts";
import { zoneOf } from "../../src/domain/calendar/zone.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function promise(fields: Partial<JobPromise>): JobPromise {
  return { afterMs: 0, levels: {}, gap: null, oldest: null, ...fields };
}

const least = (value: number) => ({ operator: ">=", value } as const);
const most = (value: number) => ({ operator: "<=", value } as const);

function policyOf(text: string): Policy {
  const parsed = parsePolicy(text);
  if ("errors" in parsed) throw new Error(parsed.errors.join());
  return parsed.policy;
}

function input(pattern: string, policy: string, fields: Partial<TrialInput>): TrialInput {
  const schedule = parseSchedule(pattern, "UTC");
  if ("error" in schedule) throw new Error(schedule.error);
  return {
    slots: schedule.schedule,
    passes: null,
    policy: policyOf(policy),
    zone: zoneOf("UTC"),
    maxDeletesPerPass: 10,
    from: FROM,
    promises: [],
    maxSlots: 10_000,
    ...fields,
  };
}

/** What becomes of one promise: `kept`, or when and how it breaks. */
function outcome(
  pattern: string,
  policy: string,
  one: Partial<JobPromise>,
  fields: Partial<TrialInput> = {},
) {
  const { outcomes } = drain(
    tryPromises(input(pattern, policy, { promises: [promise(one)], ...fields })),
  );
  const outcome = outcomes[0]!;
  if (outcome.outcome === "kept") return "kept";
  if (outcome.outcome === "open") return `open at ${new Date(outcome.reached).toISOString()}`;
  return `${new Date(outcome.at).toISOString()}: ${outcome.promised}: ${outcome.found}`;
}

const NOON = "0 0 12 * * *";

// Noon backups from 2026-01-01 on. Daily 7 keeps seven days; the 8th backup ends the oldest.
const TABLE: [what: string, policy: string, one: Partial<JobPromise>, expected: string][] = [
  ["as many as the level keeps", "daily=7", { afterMs: 7 * DAY, levels: { daily: least(7) } }, "kept"],
  [
    "one more than the level keeps, broken at once",
    "daily=7",
    { afterMs: 30 * DAY, levels: { daily: least(8) } },
    "2026-01-31T00:00:00.000Z: at least 8 daily backups: 7",
  ],
  [
    "as many as the level keeps, but too early",
    "daily=7",
    { afterMs: 6 * DAY, levels: { daily: least(7) } },
    "2026-01-07T00:00:00.000Z: at least 7 daily backups: 6",
  ],
  ["another level keeps them", "daily=400", { afterMs: 366 * DAY, levels: { monthly: least(12) } }, "kept"],
  [
    "exactly so many",
    "daily=3",
    { afterMs: 9 * DAY, levels: { daily: { operator: "=", value: 3 } } },
    "kept",
  ],
  [
    "no more than so many, until a month begins",
    "daily=3,monthly=2",
    { afterMs: 9 * DAY, levels: { monthly: most(1) } },
    // On 1 February the last backup of January stands beside that of February.
    "2026-02-01T12:00:00.000Z: at most 1 monthly backup: 2",
  ],
  ["gaps of a day", "daily=7", { afterMs: 7 * DAY, gap: { maxMs: 26 * HOUR, withinMs: 6 * DAY } }, "kept"],
  [
    "a gap behind what daily keeps, begun within the window",
    "daily=7",
    { afterMs: 30 * DAY, gap: { maxMs: 26 * HOUR, withinMs: 9 * DAY } },
    "2026-01-31T00:00:00.000Z: no gap over 1d2h within the last 9d: " +
    "2d12h, from 2026-01-22T00:00:00.000Z to 2026-01-24T12:00:00.000Z",
  ],
  [
    "a gap that is only just too long",
    "daily=3,weekly=4",
    { afterMs: 30 * DAY, gap: { maxMs: 3 * DAY, withinMs: 10 * DAY } },
    "2026-01-31T00:00:00.000Z: no gap over 3d within the last 10d: " +
    "3d12h, from 2026-01-21T00:00:00.000Z to 2026-01-24T12:00:00.000Z",
  ],
  [
    "the newest gets older than the gap allows",
    "daily=7",
    { afterMs: 7 * DAY, gap: { maxMs: 20 * HOUR, withinMs: DAY } },
    "2026-01-08T08:00:00.000Z: no gap over 20h within the last 1d: " +
    "none after 2026-01-07T12:00:00.000Z until 2026-01-08T12:00:00.000Z",
  ],
  ["an old one is there", "daily=7,monthly=6", { afterMs: 100 * DAY, oldest: least(60 * DAY) }, "kept"],
  [
    "no old one is there",
    "daily=7",
    { afterMs: 100 * DAY, oldest: least(7 * DAY) },
    "2026-04-11T00:00:00.000Z: an oldest restore point at least 7d old: 6d12h old",
  ],
  ["nothing is older", "daily=7", { afterMs: 0, oldest: most(7 * DAY) }, "kept"],
];

for (const [what, policy, one, expected] of TABLE) {
  test(`tryPromises(): ${what}`, () => {
    assert.equal(outcome(NOON, policy, one), expected);
  });
}

test("tryPromises() tells the first moment when an old backup stays too long", () => {
  const told = outcome(NOON, "daily=2,monthly=3", { afterMs: 0, oldest: most(40 * DAY) });
  // That of 31 January is the oldest from 2 February on and stays until May begins.
  assert.equal(
    told,
    "2026-03-12T12:00:00.000Z: an oldest restore point at most 40d old: older, of 2026-01-31T12:00:00.000Z",
  );
});

test("tryPromises() says how far it came when there are too many slots", () => {
  const one = { afterMs: 10 * DAY, levels: { daily: least(1) } };
  assert.equal(outcome(NOON, "daily=2", one, { maxSlots: 20 }), "open at 2026-01-20T12:00:00.000Z");
});

test("tryPromises() judges a schedule that ends by what is left of it", () => {
  const one = { afterMs: 0, gap: { maxMs: 2 * DAY, withinMs: 30 * DAY } };
  assert.equal(
    outcome("0 0 12 1-5 1 * 2026", "daily=10", one),
    "2026-01-07T12:00:00.000Z: no gap over 2d within the last 30d: " +
      `none after 2026-01-05T12:00:00.000Z until ${new Date(FROM + WATCH_MS).toISOString()}`,
  );
});

test("tryPromises() lets passes of their own be late with deleting", () => {
  const one = { afterMs: 20 * DAY, levels: { daily: most(3) } };
  const weekly = parseSchedule("0 0 0 * * MON", "UTC");
  if ("error" in weekly) throw new Error(weekly.error);
  assert.equal(outcome(NOON, "daily=2", one), "kept");
  assert.match(outcome(NOON, "daily=2", one, { passes: weekly.schedule }), /at most 3 daily backups: \d/);
});

test("tryPromises() stops early when every promise is broken", () => {
  const promises = [promise({ levels: { daily: least(1) } }), promise({ levels: { weekly: least(1) } })];
  assert.equal(drain(tryPromises(input(NOON, "daily=2", { promises }))).slots, 1);
});

test("tryPromises() finds what looking at every slot one by one finds", () => {
  const arbitrary = fc.record({
    pattern: fc.constantFrom(NOON, "0 0 */8 * * *", "0 30 5 * * MON,THU", "0 0 3 1,15 * *"),
    policy: fc.constantFrom(
      "daily=3",
      "daily=2@3,weekly=2@MON",
      "hourly=5,monthly=2@15",
      "weekly=3,keep_oldest=true",
    ),
    level: fc.constantFrom(...LEVELS),
    operator: fc.constantFrom(">=", "=", "<=" as const),
    value: fc.integer({ min: 0, max: 5 }),
    afterDays: fc.integer({ min: 0, max: 60 }),
    pace: fc.constantFrom(1, 10),
  });
  fc.assert(
    fc.property(arbitrary, ({ pattern, policy, level, operator, value, afterDays, pace }) => {
      const bound = { operator: operator as ">=", value };
      const one = promise({ afterMs: afterDays * DAY, levels: { [level]: bound } });
      const trial = input(pattern, policy, { promises: [one], maxDeletesPerPass: pace });
      const outcome = drain(tryPromises(trial)).outcomes[0]!;
      assert.equal(outcome.outcome === "broken" ? outcome.at : null, plainBreach(trial, one));
    }),
    { numRuns: 60 },
  );
});

/** The first moment that breaks a promise about a level, by a full election at every slot. */
function plainBreach({ slots, policy, zone, from, maxDeletesPerPass }: TrialInput, one: JobPromise) {
  const [level, bound] = Object.entries(one.levels)[0]!;
  const begin = from + one.afterMs;
  let rows: { runId: string; periodTime: number; endTime: number; held: boolean; suspect: boolean }[] = [];
  let count = 0;
  let since = from;
  for (let slot = slots.next(from)!;; slot = slots.next(slot)!) {
    const isGood = bound.operator === ">="
      ? count >= bound.value
      : bound.operator === "<="
      ? count <= bound.value
      : count === bound.value;
    if (slot > begin && !isGood) return Math.max(since, begin);
    if (slot >= begin + WATCH_MS) return null;
    rows.push({ runId: `r${slot}`, periodTime: slot, endTime: slot, held: false, suspect: false });
    const gone = new Set(drain(elect(rows, policy, zone, slot)).victims.slice(0, maxDeletesPerPass));
    rows = rows.filter(({ runId }) => !gone.has(runId));
    const { keep, victims, victimTags } = drain(elect(rows, policy, zone, slot));
    const bit = 1 << LEVELS.indexOf(level as typeof LEVELS[number]);
    count = keep.filter(({ tags }) => (tags as string[]).includes(level)).length +
      victims.filter((_, at) => (victimTags[at]! & bit) !== 0).length;
    since = slot;
  }
}

test("parseBound() reads an operator and a number, and nothing else", () => {
  const read = (text: string) => parseBound(text, (rest) => /^\d+$/.test(rest) ? Number(rest) : null);
  assert.deepEqual(read(">=12"), { operator: ">=", value: 12 });
  assert.deepEqual(read(" <= 3 "), { operator: "<=", value: 3 });
  assert.deepEqual(read("=0"), { operator: "=", value: 0 });
  for (const text of ["", "12", ">12", "=>12", ">=", ">=1 2", ">=x"]) assert.equal(read(text), null, text);
});

test("formatPromise() writes a promise in one line", () => {
  const whole = promise({
    afterMs: 400 * DAY,
    levels: { monthly: least(12), daily: most(7) },
    gap: { maxMs: 26 * HOUR, withinMs: 30 * DAY },
    oldest: least(90 * DAY),
  });
  assert.equal(
    formatPromise(whole),
    "after 400d: daily <=7, monthly >=12, oldest >=90d, max_gap 1d2h within 30d",
  );
});

test("breachOf() names the earliest of several breaches", () => {
  const one = promise({ gap: { maxMs: DAY, withinMs: 9 * DAY }, oldest: most(2 * DAY) });
  const counts = Object.fromEntries(LEVELS.map((level) => [level, 0])) as Record<
    typeof LEVELS[number],
    number
  >;
  const stretch = { from: FROM, until: FROM + 9 * DAY, start: FROM, times: [FROM], counts };
  assert.equal(breachOf(one, stretch)!.at, FROM + DAY);
});

test("immutableBreachOf() is broken where the newest backup could be deleted sooner than was promised", () => {
  const day = 86_400_000;
  const promise = { afterMs: 0, levels: {}, gap: null, oldest: null, immutableMs: 30 * day };
  const newest = { begunAt: 0, lockedUntil: 30 * day, isLocked: true };
  assert.equal(immutableBreachOf(promise, { always: false, newest }, day), null);
  assert.equal(
    immutableBreachOf(promise, { always: true, newest: { ...newest, lockedUntil: null } }, day),
    null,
  );
  assert.equal(immutableBreachOf(promise, { always: false, newest: null }, day), null, "there is none yet");
  const short = immutableBreachOf(promise, { always: false, newest: { ...newest, lockedUntil: day } }, 0);
  assert.deepEqual(short, {
    at: 0,
    promised: "backups that nobody can delete for 30d",
    found: "the newest, begun at 1970-01-01T00:00:00.000Z, locked until 1970-01-02T00:00:00.000Z",
  });
  const none = { ...newest, lockedUntil: null, isLocked: false };
  assert.equal(
    immutableBreachOf(promise, { always: false, newest: none }, 0)?.found,
    "no lock on the newest",
  );
  assert.equal(formatPromise(promise), "after 0s: immutable_for 30d");
});

test("copiesBreachOf() counts providers with a backup that is young enough, and names the jobs that have none", () => {
  const copies = { count: 2, jobs: ["offsite", "nas"], withinMs: 1_000 };
  const promise = { afterMs: 0, levels: {}, gap: null, oldest: null, copies };
  const at = (job: string, providerKey: string, newestAt: number | null) => ({ job, providerKey, newestAt });
  const own = at("files", "a", 9_500);
  assert.equal(copiesBreachOf(promise, [own, at("offsite", "b", 9_000), at("nas", "c", null)], 10_000), null);
  assert.deepEqual(copiesBreachOf(promise, [own, at("offsite", "b", 8_000), at("nas", "c", null)], 10_000), {
    at: 10_000,
    promised: "copies at 2 providers, each at most 1s old",
    found: "1: job 'offsite' has none after 1970-01-01T00:00:08.000Z, job 'nas' has none",
  });
  assert.equal(
    copiesBreachOf(promise, [own, at("offsite", "a", 9_900)], 10_000)?.found,
    "1",
    "one provider is one copy",
  );
  const old = { ...promise, copies: { ...copies, withinMs: null } };
  assert.equal(copiesBreachOf(old, [own, at("offsite", "b", 0)], 10_000), null);
  assert.equal(formatPromise(promise), "after 0s: copies 2 with offsite, nas within 1s");
});
