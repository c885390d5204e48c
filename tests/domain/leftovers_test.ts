// Which of what failed runs left may go, for any rows and times; and what is said of the rest.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newRun, type Run, STATUSES } from "../../src/domain/backup.ts";
import { keepFailedMs, leftoverStanding, leftoversToGo, leftoverText } from "../../src/domain/leftovers.ts";

const NOW = Date.parse("2026-03-02T10:00:00Z");
const DAY = 86_400_000;

const time = fc.integer({ min: -20, max: 20 }).map((days) => NOW + days * DAY);
const mostly = <One, Other>(one: fc.Arbitrary<One>, other: fc.Arbitrary<Other>): fc.Arbitrary<One | Other> =>
  fc.oneof<fc.MaybeWeightedArbitrary<One | Other>[]>({ weight: 6, arbitrary: one }, {
    weight: 1,
    arbitrary: other,
  });
const row: fc.Arbitrary<Run> = fc.record({
  status: mostly(fc.constantFrom("failed" as const, "cancelled" as const), fc.constantFrom(...STATUSES)),
  reason: fc.constantFrom(null, "provider", "cut_off", "incomplete", "unsettled", "unseen"),
  trigger: mostly(fc.constant("schedule" as const), fc.constantFrom("manual" as const, "import" as const)),
  id: mostly(fc.constant("b-1"), fc.constant(null)),
  providerKey: mostly(fc.constantFrom("p", "former"), fc.constant("other")),
  importedAt: mostly(fc.constant(null), time),
  endTime: mostly(time, fc.constant(null)),
  holdAt: mostly(fc.constant(null), time),
  holdUntil: fc.option(time, { nil: null }),
  deleteNotBefore: mostly(
    fc.constant(null),
    fc.integer({ min: -2, max: 30 }).map((hours) => NOW + hours * DAY / 24),
  ),
}).map((fields) => newRun({ runId: "r", job: "db", slot: null, createdAt: NOW - 30 * DAY, ...fields }));
const outlook = fc.record({
  now: fc.constant(NOW),
  ends: fc.constantFrom(NOW, NOW - 10 * DAY),
  keepMs: fc.constantFrom(0, DAY, 7 * DAY, Infinity, NaN),
  providerKeys: fc.constant(["p", "former"]),
  later: fc.option(time.map((at) => ({ startTime: at, endTime: at + 1_000 })), { nil: null }),
});

test("leftoversToGo() lets only what our own run with a proved end left go, at its time, after a later backup", () => {
  let went = 0;
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), outlook, (rows, seen) => {
      const going = new Set(leftoversToGo(rows, seen));
      for (const one of rows) {
        const { endTime, holdAt, holdUntil, deleteNotBefore } = one;
        const isOurs = one.trigger !== "import" && one.importedAt === null && one.providerKey !== "other";
        const hasEnded = (one.status === "failed" || one.status === "cancelled") && one.id !== null &&
          one.reason !== "unsettled" && one.reason !== "unseen" && endTime !== null;
        const isOld = endTime !== null && seen.ends - endTime >= seen.keepMs;
        const hasLater = seen.later !== null && endTime !== null && seen.later.startTime >= endTime;
        const isHeld = holdAt !== null && (holdUntil === null || holdUntil > seen.ends);
        const waits = deleteNotBefore !== null && deleteNotBefore > NOW &&
          deleteNotBefore <= NOW + 27 * DAY / 24;
        const mayGo = isOurs && hasEnded && isOld && hasLater && !isHeld && !waits;
        assert.equal(going.has(one), mayGo, JSON.stringify([one, seen]));
        if (mayGo) went++;
      }
    }),
    { numRuns: 2_000, seed: 43 },
  );
  assert.ok(went > 200, `only ${went} rows of all went: the rule was hardly tried`);
});

test("leftoverText() says why it stays and until when, of every standing", () => {
  const failed = newRun({
    runId: "r",
    job: "db",
    trigger: "schedule",
    slot: NOW - 2 * DAY,
    status: "failed",
    reason: "incomplete",
    providerKey: "p",
    createdAt: NOW - 2 * DAY,
    endTime: NOW - DAY,
    id: "b-1",
  });
  const seen = {
    now: NOW,
    ends: NOW,
    keepMs: 7 * DAY,
    providerKeys: ["p"],
    later: { startTime: NOW - 1_000, endTime: NOW },
  };
  const said = (run: Partial<Run>, other: Partial<Omit<typeof seen, "later">> & { later?: null } = {}) => {
    const all = { ...seen, ...other };
    return leftoverText(leftoverStanding({ ...failed, ...run }, all), all.keepMs);
  };
  assert.equal(
    said({}),
    "What it left stays until 2026-03-08T10:00:00Z (keep_failed 7d), and until a later backup of the job is available.",
  );
  assert.equal(said({}, { keepMs: 0 }), "What it left is deleted by one of the next retention passes.");
  assert.equal(
    said({}, { keepMs: 0, later: null }),
    "What it left stays until a later backup of the job is available.",
  );
  assert.match(said({}, { keepMs: Infinity })!, /keep_failed is forever/);
  assert.match(
    said({ holdAt: NOW, holdReason: "audit", holdUntil: NOW + DAY })!,
    /its hold ends at 2026-03-03T10:00:00Z \(audit\)/,
  );
  assert.match(said({ holdAt: NOW })!, /until its hold is released\.$/);
  assert.match(said({ status: "lost" })!, /nobody knows how it ended/);
  assert.match(said({ reason: "unsettled" })!, /nobody knows how it ended/);
  assert.match(said({ trigger: "import" })!, /imported/);
  assert.match(said({ providerKey: "q" })!, /not the job's any more/);
  assert.match(
    said({ deleteNotBefore: NOW + 3_600_000 }, { keepMs: 0 })!,
    /asked no sooner than 2026-03-02T11:00:00Z/,
  );
  assert.equal(said({ status: "available" }), null);
  assert.equal(said({ id: null }), null);
});

test("keepFailedMs() keeps for ever, until it is set, what a job left before there was a default", () => {
  assert.equal(keepFailedMs({ ms: 5, isSet: false }, NOW), 5);
  assert.equal(keepFailedMs({ ms: 5, isSet: false }, null), Infinity);
  assert.equal(keepFailedMs({ ms: 5, isSet: true }, null), 5);
});
