// After an edit the followed election keeps, step by step, what a full election keeps with all that former policies keep.
// Also tests verdicts.ts and same_election.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Candidate, elect, FUTURE_TOLERANCE_MS } from "../../../../src/domain/retention/election.ts";
import { columnsOf } from "../../../../src/domain/retention/followed/candidate_columns.ts";
import { FormerElections } from "../../../../src/domain/retention/followed/former_elections.ts";
import {
  type IncrementalElection,
  incrementalElection,
} from "../../../../src/domain/retention/followed/incremental_election.ts";
import { isSameElection } from "../../../../src/domain/retention/followed/same_election.ts";
import type { Policy } from "../../../../src/domain/policy.ts";
import { type KeepReason, shownReason } from "../../../../src/domain/retention/reasons.ts";
import { drain } from "../../../../src/domain/slices.ts";
import { zoneOf } from "../../../../src/domain/calendar/zone.ts";
import { backup, histories, policies, policyOf } from "../../../support/histories.ts";

interface World {
  candidates: readonly Candidate[];
  policy: Policy;
  former: readonly (Policy | null)[];
  zone: string;
  now: number;
  /** Of those that the policy does not keep. */
  shared: ReadonlySet<string>;
}

const SHARED: KeepReason = { kind: "shared_data", with: "x" };

/** As a pass over rows does it. */
function inFull({ candidates, policy, former, zone, now, shared }: World) {
  const plain = drain(elect(candidates, policy, zoneOf(zone), now));
  const reasons = new Map<string, KeepReason>();
  for (const [until, terms] of former.entries()) {
    const kept = terms === null ? null : drain(elect(candidates, terms, zoneOf(zone), now)).victims;
    for (const runId of plain.victims) {
      if (kept?.includes(runId) !== true) reasons.set(runId, { kind: "former_policy", until });
    }
  }
  for (const runId of plain.victims) if (shared.has(runId)) reasons.set(runId, SHARED);
  const all = candidates.map((one) => ({ ...one, keepReason: reasons.get(one.runId) }));
  return { plain, election: drain(elect(all, policy, zoneOf(zone), now)) };
}

function followed({ candidates, policy, former, zone, now }: World): IncrementalElection {
  const columns = drain(columnsOf(candidates));
  const election = drain(incrementalElection(columns, policy, zoneOf(zone), now));
  const elections = former.map((terms, until) => ({
    until,
    election: terms && drain(incrementalElection(columns, terms, zoneOf(zone), now)),
  }));
  election.takeDropped();
  drain(election.protect(new FormerElections(elections)));
  return election;
}

function share(world: World, election: IncrementalElection): void {
  const times = new Map(world.candidates.map((one) => [one.runId, one.periodTime]));
  const unkept = new Set(inFull(world).plain.victims);
  for (const [runId, time] of times) {
    election.keepFor(runId, time, world.shared.has(runId) && unkept.has(runId) ? SHARED : null);
  }
}

function assertAsFull(world: World, election: IncrementalElection): void {
  const { election: full, plain } = inFull(world);
  assert.deepEqual(election.victims().map(({ runId }) => runId), full.victims);
  assert.equal(election.places.unkept.size, plain.victims.length);
  const { places } = election;
  const stands = new Map<string, KeepReason[]>();
  for (let place = 0; place < places.length; place++) {
    if (!places.isThere(place)) continue;
    const { runId, reasons } = election.standing(place);
    stands.set(runId, reasons.map((reason) => shownReason(reason, election.heads)));
  }
  for (const { runId, reasons } of full.keep) assert.deepEqual(stands.get(runId), reasons);
  const again = followed(world);
  share(world, again);
  assert.ok(drain(isSameElection(election, again)));
}

const steps = fc.array(
  fc.record({
    step: fc.constantFrom("add", "add", "add", "ahead", "go", "wait", "share", "prove", "prove"),
    by: fc.integer({ min: 1, max: 3000 }),
  }),
  { minLength: 1, maxLength: 25 },
);

test("former policies are followed as the one in force is, through whatever comes and goes", () => {
  let [taken, refused, protectedOnes] = [0, 0, 0];
  const property = fc.property(
    histories(40),
    policies(),
    fc.array(fc.option(policies(), { freq: 9 }), { minLength: 1, maxLength: 2 }),
    steps,
    fc.constantFrom(60_000, 3_600_000, 86_400_000),
    (history, policy, former, list, stride) => {
      const candidates = history.candidates.map((one) => ({ ...one, keepReason: undefined }));
      let world: World = { ...history, candidates, policy, former, shared: new Set() };
      let election = followed(world);
      assertAsFull(world, election);
      for (const [at, { step, by }] of list.entries()) {
        let isTaken = true;
        const move = (change: Partial<World>) => {
          world = { ...world, ...change };
          isTaken = election.advance(world.now);
        };
        const { candidates, now } = world;
        if (step === "add") {
          const times = candidates.map((one) => one.periodTime).filter((time) =>
            time <= now + FUTURE_TOLERANCE_MS
          );
          const newest = Math.max(now, ...times);
          const periodTime = newest + Math.floor(by * stride / 1000);
          const one: Candidate = {
            runId: `new-${at}`,
            periodTime,
            endTime: periodTime,
            held: false,
            suspect: false,
          };
          move({ candidates: [...candidates, one], now: periodTime });
          isTaken &&= election.add(one);
        } else if (step === "ahead") {
          const periodTime = now + FUTURE_TOLERANCE_MS + 30 * by % 7 * stride + 1;
          const one = { runId: `new-${at}`, periodTime, endTime: null, held: by % 2 === 0, suspect: false };
          move({ candidates: [...candidates, one] });
          isTaken &&= election.add(one);
        } else if (step === "go") {
          const going = election.victims(1 + by % 5);
          const gone = new Set(going.map(({ runId }) => runId));
          move({ candidates: candidates.filter(({ runId }) => !gone.has(runId)) });
          isTaken &&= going.every(({ runId, periodTime }) => election.remove(runId, periodTime));
        } else if (step === "prove" && candidates.length > 0) {
          const looked = candidates[by % candidates.length]!;
          const proved = looked.proved !== true;
          move({ candidates: candidates.map((one) => one === looked ? { ...one, proved } : one) });
          isTaken &&= election.prove(looked.runId, looked.periodTime, proved);
        } else if (step === "wait") move({ now: now + by * stride / 100 });
        else if (candidates.length > 0) {
          const { runId } = candidates[by % candidates.length]!;
          move({ shared: new Set([...world.shared, runId]) });
        }
        if (isTaken) taken++;
        else {
          refused++;
          election = followed(world);
        }
        share(world, election);
        protectedOnes += election.places.unkept.size - election.victimCount;
        assertAsFull(world, election);
      }
    },
  );
  fc.assert(property, { numRuns: 150 });
  assert.ok(
    taken > refused && protectedOnes > 100,
    `${taken} taken, ${refused} refused, ${protectedOnes} kept`,
  );
});

test("no policy before keeps what was rejected, one that cannot be read any more neither", () => {
  const now = Date.parse("2026-03-20T12:00:00Z");
  const at = (minute: number, rejected = false) => ({
    ...backup(now - minute * 60_000, { runId: `b-${minute}` }),
    rejected,
  });
  const columns = drain(columnsOf([at(3), at(2, true), at(1), at(0)]));
  const election = drain(incrementalElection(columns, policyOf("daily=1"), zoneOf("UTC"), now));
  drain(election.protect(new FormerElections([{ until: now, election: null }])));
  assert.deepEqual(election.victims().map(({ runId }) => runId), ["b-2"]);
  assert.equal(election.rejectedVictims, 1);
  assert.ok(election.remove("b-2", now - 2 * 60_000));
  assert.deepEqual([election.victimCount, election.rejectedVictims, election.size], [0, 0, 3]);
});
