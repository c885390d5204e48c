// What is read of an election place by place, on random histories: what a full election says, whole and by pages.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { zoneOf } from "../../../../src/domain/calendar/zone.ts";
import { type Candidate, elect } from "../../../../src/domain/retention/election.ts";
import { columnsOf } from "../../../../src/domain/retention/followed/candidate_columns.ts";
import { incrementalElection } from "../../../../src/domain/retention/followed/incremental_election.ts";
import {
  candidatesOf,
  type Decided,
  decidedOf,
  isUnkept,
  keptAfter,
  unkeptOf,
  victimIds,
  victimsAfter,
} from "../../../../src/domain/retention/followed/places.ts";
import type { Dated } from "../../../../src/domain/retention/order.ts";
import { tagsOf } from "../../../../src/domain/retention/tagging.ts";
import { drain } from "../../../../src/domain/slices.ts";
import { histories, policies } from "../../../support/histories.ts";

function pages(next: (after: Dated | null) => Decided[]): Decided[] {
  const all: Decided[] = [];
  for (let page = next(null); page.length > 0; page = next(all.at(-1)!)) all.push(...page);
  return all;
}

test("pages of an election, and single backups of it, are what a full election says of them", () => {
  const property = fc.property(
    histories(60),
    policies(),
    fc.integer({ min: 1, max: 9 }),
    (history, policy, most) => {
      const { zone, now, candidates } = history;
      const full = drain(elect(candidates, policy, zoneOf(zone), now));
      const columns = drain(columnsOf(candidates));
      const election = drain(incrementalElection(columns, policy, zoneOf(zone), now));
      const timeOf = new Map(candidates.map(({ runId, periodTime }) => [runId, periodTime]));
      const kept = full.keep.map((one) => ({ ...one, periodTime: timeOf.get(one.runId)! }));
      const victims = full.victims.map((runId, at) => ({
        runId,
        periodTime: timeOf.get(runId)!,
        tags: tagsOf(full.victimTags[at]!),
        reasons: [],
      }));
      assert.deepEqual(pages((after) => keptAfter(election, after, most)), kept);
      assert.deepEqual(pages((after) => victimsAfter(election, after, most)), victims);
      assert.deepEqual(drain(victimIds(election)), full.victims);
      const unmarked = candidates.map((one) => ({ ...one, keepReason: undefined }));
      const unkept = drain(elect(unmarked, policy, zoneOf(zone), now)).victims;
      assert.deepEqual([...unkeptOf(election)].map(({ runId }) => runId), unkept);
      for (const one of kept) assert.deepEqual(decidedOf(election, one), { ...one, isVictim: false });
      for (const one of victims) assert.deepEqual(decidedOf(election, one), { ...one, isVictim: true });
      for (const one of candidates) assert.equal(isUnkept(election, one), unkept.includes(one.runId));
      // From between two of them on, as where one went since.
      for (const { periodTime } of candidates) {
        const after = { runId: "", periodTime };
        assert.deepEqual(
          keptAfter(election, after, 100),
          kept.filter((one) => one.periodTime < periodTime),
        );
        assert.deepEqual(
          victimsAfter(election, after, 100),
          victims.filter((one) => one.periodTime >= periodTime),
        );
      }
      const back = drain(candidatesOf(election, columns.ends)).map(({ keepReason: _, ...one }) => one);
      const order = (a: Dated, b: Dated) => a.periodTime - b.periodTime || (a.runId < b.runId ? -1 : 1);
      // What counts for nothing has no proof either.
      const counts = ({ suspect, periodTime }: Candidate) => !suspect && periodTime <= now + 120_000;
      const plain = candidates.map(({ keepReason: _, proved, ...one }) => ({
        ...one,
        proved: proved === true && counts(one),
      }));
      assert.deepEqual(back, plain.toSorted(order));
      assert.equal(
        decidedOf(election, { runId: "nobody", periodTime: candidates[0]!.periodTime }),
        undefined,
      );
    },
  );
  fc.assert(property, { numRuns: 300 });
});
