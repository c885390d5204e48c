// What proofs change of an election: laws on random histories, and the examples of the page on retention.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { periodKey } from "../../../src/domain/calendar/period.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { LEVELS, type Policy } from "../../../src/domain/policy.ts";
import { type Candidate, elect, type Election } from "../../../src/domain/retention/election.ts";
import { reasonText } from "../../../src/domain/retention/reasons.ts";
import { drain } from "../../../src/domain/slices.ts";
import {
  backup,
  electNow,
  histories,
  type History,
  keptIds,
  policies,
  policyOf,
} from "../../support/histories.ts";

const RUNS = { numRuns: 2_000 };

function run({ zone, now, candidates }: History, policy: Policy): Election {
  return drain(elect(candidates, policy, zoneOf(zone), now));
}

function ids(election: Election): Set<string> {
  return new Set(election.keep.map((one) => one.runId));
}

/** The same without proofs. */
function unproved(history: History): History {
  return { ...history, candidates: history.candidates.map(({ proved: _, ...one }) => one) };
}

function counting({ candidates, now }: History): Candidate[] {
  return candidates.filter((one) => !one.suspect && one.periodTime <= now + 120_000);
}

function newestProved(history: History): Candidate | undefined {
  const proved = counting(history).filter((one) => one.proved === true);
  return proved.reduce<Candidate | undefined>(
    (newest, one) =>
      newest === undefined || one.periodTime > newest.periodTime ||
        (one.periodTime === newest.periodTime && one.runId > newest.runId)
        ? one
        : newest,
    undefined,
  );
}

/** In every scene what is proved is dense enough to be chosen among. */
const dense = histories(40).map((history) => ({
  ...history,
  candidates: history.candidates.map((one, at) => ({ ...one, proved: one.proved === true || at % 3 === 0 })),
}));

test("prefer keeps all that is kept without it, and only proved ones beside", () => {
  fc.assert(
    fc.property(dense, policies(), (history, policy) => {
      const kept = ids(run(history, { ...policy, verified: "prefer" }));
      const plain = ids(run(unproved(history), policy));
      for (const runId of plain) assert.ok(kept.has(runId), `${runId} goes for a proof`);
      for (const one of history.candidates) {
        if (kept.has(one.runId) && !plain.has(one.runId)) assert.ok(one.proved, `${one.runId} is not proved`);
      }
    }),
    RUNS,
  );
});

test("require lets nothing go before a proved one of each period that it is kept for is kept, and the period is over", () => {
  fc.assert(
    fc.property(dense, policies(), (history, policy) => {
      const election = run(history, { ...policy, verified: "require" });
      const kept = ids(election);
      const plain = run(unproved(history), policy);
      const zone = zoneOf(history.zone);
      const byId = new Map(history.candidates.map((one) => [one.runId, one]));
      for (const { runId, reasons } of plain.keep) {
        if (kept.has(runId)) continue;
        const one = byId.get(runId)!;
        assert.ok(!one.proved, `${runId} is proved, and goes`);
        for (const reason of reasons) {
          assert.ok(reason.kind === "level", `${runId} goes in spite of '${reasonText(reason)}'`);
          const key = periodKey(reason.level, zone, policy.weekStarts);
          const period = key(one.periodTime);
          assert.ok(period < key(history.now), `${runId} goes before the end of its ${reason.level} period`);
          const stands = counting(history).some((other) =>
            other.proved && kept.has(other.runId) && key(other.periodTime) === period
          );
          assert.ok(stands, `${runId} goes, and no proved one of its ${reason.level} period stays`);
        }
      }
    }),
    RUNS,
  );
});

test("no fewer periods of any level are kept with either rule than without", () => {
  fc.assert(
    fc.property(dense, policies(), fc.constantFrom("prefer", "require"), (history, policy, verified) => {
      const kept = ids(run(history, { ...policy, verified }));
      const plain = run(unproved(history), policy);
      const byId = new Map(history.candidates.map((one) => [one.runId, one]));
      for (const level of LEVELS) {
        const key = periodKey(level, zoneOf(history.zone), policy.weekStarts);
        const periodOf = (runId: string) => key(byId.get(runId)!.periodTime);
        const counted = new Set(counting(history).map((one) => one.runId));
        const periods = new Set([...kept].filter((runId) => counted.has(runId)).map(periodOf));
        for (const { runId, reasons } of plain.keep) {
          if (!reasons.some((reason) => reason.kind === "level" && reason.level === level)) continue;
          assert.ok(periods.has(periodOf(runId)), `nothing is kept of the ${level} period of ${runId}`);
        }
      }
    }),
    RUNS,
  );
});

test("the newest proved one never goes, whatever the policy", () => {
  fc.assert(
    fc.property(histories(40), policies(), (history, policy) => {
      const newest = newestProved(history);
      const election = run(history, policy);
      if (newest === undefined) return;
      assert.ok(!election.victims.includes(newest.runId));
      const reasons = election.keep.find((one) => one.runId === newest.runId)!.reasons;
      assert.ok(reasons.some(({ kind }) => kind === "newest_proved"));
      const others = election.keep.filter(({ runId }) => runId !== newest.runId);
      assert.ok(!others.some(({ reasons }) => reasons.some(({ kind }) => kind === "newest_proved")));
    }),
    RUNS,
  );
});

test("a suspect is preferred to nothing, however it was proved", () => {
  fc.assert(
    fc.property(dense, policies(), (history, policy) => {
      const candidates = history.candidates.map((one) => one.suspect ? { ...one, proved: false } : one);
      assert.deepEqual(run(history, policy), run({ ...history, candidates }, policy));
    }),
    RUNS,
  );
});

test("what was kept with proofs is kept again, in any order, whatever went", () => {
  const shuffled = dense.chain((history) =>
    fc.tuple(
      fc.constant(history),
      fc.shuffledSubarray(history.candidates, { minLength: history.candidates.length }),
    )
  );
  fc.assert(
    fc.property(
      shuffled,
      policies(),
      fc.constantFrom("prefer", "require"),
      fc.nat(),
      ([history, candidates], policy, verified, pace) => {
        const rule: Policy = { ...policy, verified };
        const election = run(history, rule);
        assert.deepEqual(run({ ...history, candidates }, rule), election);
        // At any pace.
        const gone = new Set(election.victims.slice(0, pace % (election.victims.length + 1)));
        const rest = { ...history, candidates: candidates.filter(({ runId }) => !gone.has(runId)) };
        assert.deepEqual(run(rest, rule).victims, election.victims.filter((runId) => !gone.has(runId)));
      },
    ),
    RUNS,
  );
});

test("a proof taken back changes nothing that the others stand for", () => {
  fc.assert(
    fc.property(dense, policies(), fc.nat(), (history, policy, pick) => {
      if (policy.verified === "require") return;
      const one = history.candidates[pick % history.candidates.length]!;
      const candidates = history.candidates.map((other) => other === one ? { ...one, proved: false } : other);
      const [before, after] = [run(history, policy), run({ ...history, candidates }, policy)];
      const tagsOf = ({ keep, victims, victimTags }: Election) =>
        new Map([
          ...keep.map(({ runId, tags }) => [runId, tags.join()] as const),
          ...victims.map((runId, at) =>
            [runId, LEVELS.filter((_, bit) => (victimTags[at]! >> bit) & 1).join()] as const
          ),
        ]);
      assert.deepEqual(new Map([...tagsOf(before)].sort()), new Map([...tagsOf(after)].sort()));
    }),
  );
});

// Sunday 15 to Saturday 21 November 2026, and the two days after it.
const WEEK = Array.from({ length: 9 }, (_, day) => new Date(Date.UTC(2026, 10, 15 + day, 2)).toISOString());
const proving = (...days: number[]) => WEEK.map((time, day) => backup(time, { proved: days.includes(day) }));
const reasonsOf = (election: Election, day: number) =>
  election.keep.find((one) => one.runId === WEEK[day])?.reasons.map((reason) => reasonText(reason));

test("prefer keeps the proved one of a week beside the one that stands for it", () => {
  const election = electNow(proving(2, 4), policyOf("daily=1,weekly=2,verified=prefer"));
  assert.deepEqual(keptIds(election), [WEEK[4], WEEK[6], WEEK[8]]);
  assert.deepEqual(reasonsOf(election, 4), ["proved weekly (week of 2026-11-15)", "newest proved"]);
  assert.deepEqual(reasonsOf(election, 6), ["weekly 2 of 2 (week of 2026-11-15)"]);
});

test("require keeps it in place of that one, once the week is over", () => {
  const policy = policyOf("daily=1,weekly=2,verified=require");
  const over = electNow(proving(2, 4), policy);
  assert.deepEqual(keptIds(over), [WEEK[4], WEEK[8]]);
  const saturday = WEEK.slice(0, 7).map((time, day) => backup(time, { proved: day === 4 }));
  assert.deepEqual(keptIds(electNow(saturday, policy)), [WEEK[4], WEEK[6]]);
  const midnight = Date.UTC(2026, 10, 22);
  assert.deepEqual(keptIds(electNow(saturday, policyOf("weekly=1,verified=require"), "UTC", midnight - 1)), [
    WEEK[4],
    WEEK[6],
  ]);
  // The newest stays, whatever its week has.
  assert.deepEqual(reasonsOf(electNow(saturday, policyOf("weekly=1,verified=require"), "UTC", midnight), 6), [
    "newest",
  ]);
});

test("of several proved ones of a period that nearest to the reference is kept", () => {
  const election = electNow(proving(1, 3, 5), policyOf("weekly=2@TUE,verified=require"));
  assert.deepEqual(keptIds(election), [WEEK[3], WEEK[5], WEEK[8]]);
  assert.deepEqual(reasonsOf(election, 3), ["weekly 2 of 2 (week of 2026-11-15)"]);
  assert.deepEqual(reasonsOf(election, 5), ["newest proved"]);
});

test("without a rule a proof keeps the newest proved one, and nothing else", () => {
  const election = electNow(proving(1, 3), policyOf("daily=2"));
  assert.deepEqual(keptIds(election), [WEEK[3], WEEK[7], WEEK[8]]);
});

test("one that stands for its period by itself is kept as ever, proved or not", () => {
  const policy = policyOf("daily=2,weekly=2");
  const [plain, required] = [
    electNow(proving(), policy),
    electNow(proving(6, 8), { ...policy, verified: "require" }),
  ];
  const levels = (election: Election) =>
    election.keep.map(({ runId, reasons }) => [
      runId,
      reasons.filter(({ kind }) => kind !== "newest_proved").map((reason) => reasonText(reason)),
    ]);
  assert.deepEqual(levels(required), levels(plain));
});
