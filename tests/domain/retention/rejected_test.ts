// Suspects and rejected backups beside the election of the others.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Candidate, elect, type Election } from "../../../src/domain/retention/election.ts";
import { drain } from "../../../src/domain/slices.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { withRejected } from "../../../src/domain/retention/rejected.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { histories, type History, policies } from "../../support/histories.ts";

const run = ({ zone, now }: History, candidates: readonly Candidate[], policy: Policy): Election =>
  drain(elect(candidates, policy, zoneOf(zone), now));

/** A history of which some backups were rejected. */
const split = fc.tuple(histories(30), policies(), fc.infiniteStream(fc.nat(3))).map(
  ([history, policy, marks]) => {
    const sides = history.candidates.map((one) => ({ one, isRejected: marks.next().value === 0 }));
    return {
      history,
      policy,
      others: sides.filter((side) => !side.isRejected).map((side) => side.one),
      rejected: sides.filter((side) => side.isRejected).map((side) => side.one),
    };
  },
);

test("withRejected() changes nothing for the others", () => {
  fc.assert(fc.property(split, ({ history, policy, others, rejected }) => {
    const before = run(history, others, policy);
    const times = new Map(others.map((one) => [one.runId, one.periodTime]));
    const after = withRejected(before, rejected, (runId) => times.get(runId)!);
    const mine = new Set(rejected.map((one) => one.runId));
    assert.deepEqual(after.keep.filter((kept) => !mine.has(kept.runId)), before.keep);
    assert.deepEqual(after.victims.filter((runId) => !mine.has(runId)), before.victims);
    const bits = (election: Election) =>
      new Map(election.victims.map((id, at) => [id, election.victimTags[at]]));
    for (const runId of before.victims) assert.equal(bits(after).get(runId), bits(before).get(runId));
    assert.deepEqual([after.newest, after.newestSuspect, after.counted], [
      before.newest,
      before.newestSuspect,
      before.counted,
    ]);
  }));
});

test("withRejected() lets every rejected one go, oldest first, but the held, the wanted and a job's last copy", () => {
  fc.assert(fc.property(split, ({ history, policy, others, rejected }) => {
    const all = new Map([...others, ...rejected].map((one) => [one.runId, one]));
    const election = withRejected(
      run(history, others, policy),
      rejected,
      (runId) => all.get(runId)!.periodTime,
    );
    const victims = new Set(election.victims);
    const kept = new Map(election.keep.map((one) => [one.runId, one]));
    for (const one of rejected) {
      const stays = one.held || one.keepReason !== undefined || election.counted === 0;
      assert.equal(victims.has(one.runId), !stays);
      assert.equal(kept.get(one.runId)?.reasons[0]?.kind, stays ? "rejected" : undefined);
      assert.deepEqual(kept.get(one.runId)?.tags ?? [], []);
    }
    assert.equal(kept.size + victims.size, all.size);
    const times = election.victims.map((runId) => all.get(runId)!.periodTime);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    if (all.size > 0) assert.ok(kept.size > 0, "something always stays");
  }));
});

test("elect() with a suspect accepted is as if it had never been suspect", () => {
  fc.assert(fc.property(histories(30), policies(), (history, policy) => {
    const accepted = history.candidates.map((one) => ({ ...one, suspect: false }));
    const never = history.candidates.map(({ suspect: _, ...one }) => ({ ...one, suspect: false }));
    assert.deepEqual(run(history, accepted, policy), run(history, never, policy));
  }));
});

test("elect() decides about the others as if suspects were not there", () => {
  fc.assert(fc.property(histories(30), policies(), (history, policy) => {
    const whole = run(history, history.candidates, policy);
    const others = history.candidates.filter((one) => !one.suspect);
    const without = run(history, others, policy);
    const suspects = new Set(history.candidates.filter((one) => one.suspect).map((one) => one.runId));
    assert.deepEqual(whole.keep.filter((kept) => !suspects.has(kept.runId)), without.keep);
    assert.deepEqual(whole.victims, without.victims);
    assert.equal(whole.newest, without.newest);
    for (const kept of whole.keep) if (suspects.has(kept.runId)) assert.deepEqual(kept.tags, []);
  }));
});
