// Laws of election on random histories, and agreement with the naive implementation.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Candidate, elect, type Election } from "../../../src/domain/retention/election.ts";
import { drain } from "../../../src/domain/slices.ts";
import { LEVELS } from "../../../src/domain/policy.ts";
import { tagsOf } from "../../../src/domain/retention/tagging.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { histories, type History, policies } from "../../support/histories.ts";
import { naiveElection } from "../../support/naive_retention.ts";
import type { Policy } from "../../../src/domain/policy.ts";

function run({ zone, now, candidates }: History, policy: Policy): Election {
  return drain(elect(candidates, policy, zoneOf(zone), now));
}

function ids(election: Election): Set<string> {
  return new Set(election.keep.map((one) => one.runId));
}

test("elect() agrees with the naive implementation on 10,000 random histories", () => {
  fc.assert(
    fc.property(histories(12), policies(), (history, policy) => {
      const election = run(history, policy);
      const naive = naiveElection(history.candidates, policy, history.zone, history.now);
      assert.deepEqual(ids(election), naive.keep);
      assert.deepEqual(election.victims, naive.victims);
      assert.equal(election.newest, naive.newest);
      for (const one of election.keep) assert.deepEqual(one.tags, naive.tags.get(one.runId));
      election.victims.forEach((runId, at) => {
        assert.deepEqual(tagsOf(election.victimTags[at]!), naive.tags.get(runId));
      });
    }),
    { numRuns: 10_000, seed: 1 },
  );
});

test("elect() puts every candidate in exactly one of keep and victims", () => {
  fc.assert(fc.property(histories(30), policies(), (history, policy) => {
    const election = run(history, policy);
    const all = [...election.keep.map((one) => one.runId), ...election.victims];
    assert.deepEqual(all.toSorted(), history.candidates.map((one) => one.runId).toSorted());
  }));
});

test("elect() finds no victims among what it kept", () => {
  fc.assert(
    fc.property(histories(40), policies(), (history, policy) => {
      const kept = ids(run(history, policy));
      const rest = { ...history, candidates: history.candidates.filter((one) => kept.has(one.runId)) };
      assert.deepEqual(run(rest, policy).victims, []);
    }),
    { numRuns: 1000 },
  );
});

test("elect() answers the same whatever the order of its input", () => {
  const shuffled = histories(30).chain((history) =>
    fc.tuple(
      fc.constant(history),
      fc.shuffledSubarray(history.candidates, { minLength: history.candidates.length }),
    )
  );
  fc.assert(
    fc.property(shuffled, policies(), ([history, candidates], policy) => {
      assert.deepEqual(run({ ...history, candidates }, policy), run(history, policy));
    }),
    { numRuns: 500 },
  );
});

test("elect() with references L never evicts a kept newer backup for an added older one", () => {
  fc.assert(
    fc.property(histories(30, false), policies(true), fc.nat(), (history, policy, pick) => {
      const added = history.candidates[pick % history.candidates.length]!;
      const before = { ...history, candidates: history.candidates.filter((one) => one !== added) };
      const keptBefore = ids(run(before, policy));
      const keptAfter = ids(run(history, policy));
      const isNewer = (one: Candidate) =>
        one.periodTime > added.periodTime ||
        (one.periodTime === added.periodTime && one.runId > added.runId);
      for (const one of before.candidates) {
        if (isNewer(one) && keptBefore.has(one.runId)) {
          assert.ok(keptAfter.has(one.runId), `${one.runId} was evicted by the older ${added.runId}`);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test("elect() always keeps the newest backup that counts, the held and the min_keep newest", () => {
  fc.assert(fc.property(histories(30), policies(), (history, policy) => {
    const election = run(history, policy);
    const victims = new Set(election.victims);
    if (election.newest !== null) assert.ok(!victims.has(election.newest));
    assert.ok(election.counted - victims.size >= Math.min(policy.minKeep, election.counted));
    for (const one of history.candidates) {
      if (one.held || one.suspect || one.keepReason !== undefined) assert.ok(!victims.has(one.runId));
    }
  }));
});

test("elect() keeps the union of what each level keeps alone", () => {
  fc.assert(fc.property(histories(30), policies(), (history, policy) => {
    const union = new Set<string>();
    for (const level of LEVELS) {
      const levels = { ...policy.levels };
      for (const other of LEVELS) if (other !== level) levels[other] = { ...levels[other], count: 0 };
      for (const runId of ids(run(history, { ...policy, levels }))) union.add(runId);
    }
    assert.deepEqual(ids(run(history, policy)), union);
  }));
});
