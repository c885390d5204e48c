// The incremental election on random histories: step by step it says what a full election says.
// Also tests candidate_columns.ts, find_place.ts, gaps.ts, level_winners.ts, oldest_place.ts, proved_places.ts,
// marked_places.ts, newest_window.ts, ranked_places.ts, standing.ts, place_line.ts, verdicts.ts and young_queue.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ColumnCandidate,
  columnsOf,
} from "../../../../src/domain/retention/followed/candidate_columns.ts";
import { type Candidate, elect, FUTURE_TOLERANCE_MS } from "../../../../src/domain/retention/election.ts";
import { withRejected } from "../../../../src/domain/retention/rejected.ts";
import { drain } from "../../../../src/domain/slices.ts";
import {
  type IncrementalElection,
  incrementalElection,
} from "../../../../src/domain/retention/followed/incremental_election.ts";
import { isSameElection } from "../../../../src/domain/retention/followed/same_election.ts";
import type { Policy } from "../../../../src/domain/policy.ts";
import { type KeepReason, shownReason } from "../../../../src/domain/retention/reasons.ts";
import type { StoredStanding } from "../../../../src/domain/retention/followed/standing.ts";
import { tagsOf } from "../../../../src/domain/retention/tagging.ts";
import { zoneOf } from "../../../../src/domain/calendar/zone.ts";
import { backup, histories, policies, policyOf } from "../../../support/histories.ts";
import { naiveElection } from "../../../support/naive_retention.ts";

function build(
  candidates: readonly ColumnCandidate[],
  policy: Policy,
  zone: string,
  now: number,
): IncrementalElection {
  return drain(incrementalElection(drain(columnsOf(candidates)), policy, zoneOf(zone), now));
}

/** What a store would hold of a job: rows, and what was last written of how they stand. */
class Book {
  candidates: ColumnCandidate[];
  election: IncrementalElection;
  written = new Map<string, StoredStanding>();
  followed = 0;
  refused = 0;

  constructor(
    candidates: ColumnCandidate[],
    readonly policy: Policy,
    readonly zone: string,
    public now: number,
  ) {
    this.candidates = candidates;
    this.election = build(candidates, policy, zone, now);
    this.#writeAll();
  }

  /** Follows a change, or, where that is refused, elects anew. */
  follow(change: (election: IncrementalElection) => boolean): void {
    if (this.election.advance(this.now) && change(this.election)) {
      this.followed++;
      for (const one of this.election.takeChanged()) this.written.set(one.runId, one);
    } else {
      this.refused++;
      this.election = build(this.candidates, this.policy, this.zone, this.now);
      this.#writeAll();
    }
  }

  #writeAll(): void {
    this.written.clear();
    for (let place = 0; place < this.candidates.length; place++) {
      const standing = this.election.standing(place);
      this.written.set(standing.runId, standing);
    }
  }

  check(): void {
    const { election, candidates } = this;
    const others = candidates.filter((one) => one.rejected !== true);
    const rejected = candidates.filter((one) => one.rejected === true);
    const times = new Map(candidates.map(({ runId, periodTime }) => [runId, periodTime]));
    const elected = drain(elect(others, this.policy, zoneOf(this.zone), this.now));
    const full = withRejected(elected, rejected, (runId) => times.get(runId)!);
    const victims = election.victims();
    assert.deepEqual(victims.map(({ runId }) => runId), full.victims);
    assert.deepEqual(victims.map(({ tags }) => tags), [...full.victimTags].map(tagsOf));
    assert.equal(election.victimCount, full.victims.length);
    assert.equal(election.keptCount, full.keep.length);
    assert.equal(election.size, candidates.length);
    assert.equal(election.rejectedVictims, full.victims.length - elected.victims.length);
    assert.equal(election.counted, full.counted);
    assert.equal(election.future, full.future);
    assert.equal(election.newest, full.newest);
    assert.equal(election.newestSuspect, full.newestSuspect);
    const shown = full.keep.map(({ runId, tags }) => ({
      runId,
      tags: this.written.get(runId)!.tags,
      reasons: this.written.get(runId)!.reasons.map((reason) => shownReason(reason, election.heads)),
      fullTags: tags,
    }));
    assert.deepEqual(
      shown.map(({ runId, tags, reasons }) => ({ runId, tags, reasons })),
      full.keep,
    );
    for (const { runId, tags } of victims) {
      assert.deepEqual(this.written.get(runId)!.tags, tags);
      assert.deepEqual(this.written.get(runId)!.reasons, []);
    }
    const fresh = build(candidates, this.policy, this.zone, this.now);
    assert.ok(drain(isSameElection(election, fresh)));
    this.#checkVerdicts(fresh);
  }

  /** A full election that counts ranks alike tells by its verdicts that every row is written as it stands. */
  #checkVerdicts(fresh: IncrementalElection): void {
    for (const [ranking, head] of this.election.heads.entries()) fresh.setHead(ranking, head);
    const fingerprints = drain(fresh.fingerprints());
    for (let place = 0; place < fingerprints.length; place++) {
      const standing = fresh.standing(place);
      assert.equal(fingerprints[place], standing.fingerprint);
      assert.deepEqual(standing, this.written.get(standing.runId));
    }
  }
}

type Step =
  | { step: "add"; by: number; length: number; held: boolean; proved: boolean }
  | { step: "ahead"; by: number; held: boolean }
  | { step: "late"; back: number }
  | { step: "suspect"; by: number }
  | { step: "go"; count: number }
  | { step: "lose"; pick: number }
  | { step: "hold"; pick: number }
  | { step: "reject"; pick: number }
  | { step: "prove"; pick: number; proved: boolean }
  | { step: "keep"; pick: number; reason: KeepReason | null }
  | { step: "wait"; by: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        step: fc.constant("add" as const),
        by: fc.integer({ min: 1, max: 3000 }),
        length: fc.integer({ min: -50, max: 400 }),
        held: fc.constantFrom(false, false, false, false, false, false, true),
        proved: fc.constantFrom(false, false, true),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        step: fc.constant("prove" as const),
        pick: fc.nat(),
        proved: fc.constantFrom(true, true, true, false),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({ step: fc.constant("go" as const), count: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        step: fc.constant("ahead" as const),
        by: fc.integer({ min: 1, max: 9000 }),
        held: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ step: fc.constant("late" as const), back: fc.integer({ min: 1, max: 9000 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ step: fc.constant("suspect" as const), by: fc.integer({ min: 1, max: 3000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ step: fc.constant("lose" as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ step: fc.constant("hold" as const), pick: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ step: fc.constant("reject" as const), pick: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        step: fc.constant("keep" as const),
        pick: fc.nat(),
        reason: fc.constantFrom(null, null, { kind: "shared_data", with: "x" } as const),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ step: fc.constant("wait" as const), by: fc.integer({ min: -50, max: 4000 }) }),
    },
  ) as fc.Arbitrary<Step>,
  { minLength: 1, maxLength: 40 },
);
const STRIDES = [400, 20_000, 900_000, 3_600_000, 5 * 3_600_000, 86_400_000];

let serial = 0;

function take(book: Book, step: Step, stride: number): void {
  const scale = (thousandths: number) => Math.floor((thousandths * stride) / 1000);
  const newest = book.candidates.reduce(
    (latest, { periodTime }) =>
      periodTime > book.now + FUTURE_TOLERANCE_MS ? latest : Math.max(latest, periodTime),
    -Infinity,
  );
  const pickOf = (pick: number) => book.candidates[pick % book.candidates.length];
  const change = (picked: Candidate, to: Partial<ColumnCandidate>) => {
    book.candidates = book.candidates.map((one) => one === picked ? { ...one, ...to } : one);
  };
  // Ids neither rise nor fall with time.
  const runId = `run-${(++serial * 7919) % 100_003}`;
  switch (step.step) {
    case "add":
    case "suspect": {
      const periodTime = (newest === -Infinity ? book.now : newest) + scale(step.by);
      book.now = Math.max(book.now, periodTime);
      const candidate: Candidate = {
        runId,
        periodTime,
        endTime: step.step === "suspect" ? null : periodTime + scale(step.length),
        held: step.step === "add" && step.held,
        suspect: step.step === "suspect",
        proved: step.step === "add" && step.proved,
      };
      book.candidates = [...book.candidates, candidate];
      return book.follow((election) => election.add(candidate));
    }
    case "ahead": {
      // Some of one time, in no order.
      const periodTime = book.now + FUTURE_TOLERANCE_MS + 1 + scale(step.by - step.by % 1000);
      const candidate = backup(periodTime, { runId, held: step.held });
      book.candidates = [...book.candidates, candidate];
      return book.follow((election) => election.add(candidate));
    }
    case "late": {
      const candidate = backup((newest === -Infinity ? book.now : newest) - scale(step.back), { runId });
      book.candidates = [...book.candidates, candidate];
      return book.follow((election) => election.add(candidate));
    }
    case "go": {
      const going = book.election.victims(step.count);
      const gone = new Set(going.map((victim) => victim.runId));
      book.candidates = book.candidates.filter((one) => !gone.has(one.runId));
      for (const { runId } of going) book.written.delete(runId);
      return book.follow((election) => going.every((one) => election.remove(one.runId, one.periodTime)));
    }
    case "lose": {
      const lost = pickOf(step.pick);
      if (lost === undefined || book.candidates.length === 1) return;
      book.candidates = book.candidates.filter((one) => one !== lost);
      return book.follow((election) => election.remove(lost.runId, lost.periodTime));
    }
    case "hold": {
      const held = pickOf(step.pick);
      if (held === undefined) return;
      change(held, { held: !held.held });
      return book.follow(() => false);
    }
    case "reject": {
      const picked = pickOf(step.pick);
      if (picked === undefined) return;
      change(picked, picked.rejected ? { rejected: false } : { rejected: true, suspect: false });
      return book.follow(() => false);
    }
    case "prove": {
      const looked = pickOf(step.pick);
      if (looked === undefined || looked.suspect) return;
      change(looked, { proved: step.proved });
      return book.follow((election) => election.prove(looked.runId, looked.periodTime, step.proved));
    }
    case "keep": {
      const kept = pickOf(step.pick);
      if (kept === undefined || kept.suspect) return;
      change(kept, { keepReason: step.reason ?? undefined });
      return book.follow((election) => election.keepFor(kept.runId, kept.periodTime, step.reason));
    }
    case "wait":
      book.now += scale(step.by);
      return book.follow(() => true);
  }
}

test("IncrementalElection agrees with the naive implementation", () => {
  fc.assert(
    fc.property(histories(12), policies(), fc.nat(), (history, policy, many) => {
      const sorted = history.candidates.toSorted((a, b) => a.periodTime - b.periodTime);
      const first = many % (sorted.length + 1);
      const election = build(sorted.slice(0, first), policy, history.zone, history.now);
      const followed = sorted.slice(first).every((candidate) => election.add(candidate));
      const after = followed ? election : build(sorted, policy, history.zone, history.now);
      const naive = naiveElection(history.candidates, policy, history.zone, history.now);
      assert.deepEqual(after.victims().map(({ runId }) => runId), naive.victims);
      assert.equal(after.newest, naive.newest);
    }),
    { numRuns: 2000, seed: 3 },
  );
});

test("IncrementalElection keeps up with thousands of backups that come and go", () => {
  const policy = policyOf(
    "minutely=200@30,hourly=30,daily=7@3,weekly=5@SUN,monthly=3@1,yearly=2@6,min_age=30h,keep_within=40h,keep_oldest=true",
  );
  const start = Date.parse("2026-03-20T00:00:00Z");
  const at = (minutes: number) => backup(start + minutes * 60_000, { runId: `b-${minutes}` });
  const book = new Book([at(0)], policy, "Europe/Berlin", start);
  for (let minute = 7; minute < 7 * 6_000; minute += 7) {
    book.now = start + minute * 60_000;
    book.candidates.push(at(minute));
    book.follow((election) => election.add(at(minute)));
    const going = book.election.victims();
    const gone = new Set(going.map(({ runId }) => runId));
    book.candidates = book.candidates.filter(({ runId }) => !gone.has(runId));
    for (const runId of gone) book.written.delete(runId);
    book.follow((election) => going.every((victim) => election.remove(victim.runId, victim.periodTime)));
    if (minute % 700 === 0) book.check();
  }
  book.check();
  assert.equal(book.refused, 0);
});

test("IncrementalElection goes on where a clock that runs ahead dates some backups", () => {
  const policy = policyOf("minutely=50,hourly=5,min_age=2h,keep_oldest=true");
  const start = Date.parse("2026-03-20T00:00:00Z");
  const book = new Book([backup(start + 10 ** 9, { runId: "first" })], policy, "UTC", start);
  for (let minute = 1; minute < 400; minute++) {
    book.now = start + minute * 60_000;
    const isAhead = minute % 3 === 0;
    const time = book.now + (isAhead ? 10 ** 8 + (minute * 7919) % 1009 * 60_000 : 0);
    const candidate = backup(time, { runId: `b-${minute}`, held: minute % 7 === 0, endTime: time + 1_000 });
    book.candidates.push(candidate);
    book.follow((election) => election.add(candidate));
    assert.ok(book.election.has(candidate.runId, time));
    const going = book.election.victims();
    const gone = new Set(going.map(({ runId }) => runId));
    book.candidates = book.candidates.filter(({ runId }) => !gone.has(runId));
    for (const runId of gone) book.written.delete(runId);
    book.follow((election) => going.every((victim) => election.remove(victim.runId, victim.periodTime)));
    if (minute % 20 === 0) book.check();
  }
  assert.deepEqual([book.election.future, book.refused], [134, 0]);
});

test("IncrementalElection goes on beside rejected backups, which go, but for those held or wanted", () => {
  const policy = policyOf("minutely=40@30,hourly=5,min_keep=3,min_age=2h,keep_within=3h,keep_oldest=true");
  const start = Date.parse("2026-03-20T00:00:00Z");
  const shared = { kind: "shared_data", with: "x" } as const;
  const rejectedAt = (minute: number): ColumnCandidate =>
    backup(start + minute * 60_000, {
      runId: `r-${minute}`,
      held: minute % 5 === 0,
      ...(minute % 7 === 0 ? { keepReason: shared } : {}),
      proved: minute % 3 === 0,
    });
  const rejected = Array.from({ length: 60 }, (_, at) => ({ ...rejectedAt(at - 60), rejected: true }));
  const ahead = { ...rejectedAt(30 * 24 * 60 + 1), rejected: true };
  const book = new Book([...rejected, ahead], policy, "UTC", start);
  book.check();
  assert.equal(book.election.victimCount, 0, "nothing else is there");
  for (let minute = 20; minute < 500; minute++) {
    book.now = start + minute * 60_000;
    const candidate = backup(book.now, { runId: `b-${minute}`, endTime: book.now + 1_000 });
    book.candidates.push(candidate);
    book.follow((election) => election.add(candidate));
    if (minute % 4 === 0) {
      const one = rejected[(minute * 7) % 60]!;
      const known = book.candidates.find(({ runId }) => runId === one.runId);
      if (known !== undefined) {
        known.keepReason = known.keepReason === undefined ? shared : undefined;
        book.follow((election) => election.keepFor(one.runId, one.periodTime, known.keepReason ?? null));
        book.follow((election) => election.prove(one.runId, one.periodTime, minute % 8 === 0));
      }
    }
    // One dated ahead waits for an election of all.
    const going = book.election.victims(1 + minute % 3).filter(({ runId }) => runId !== ahead.runId);
    const gone = new Set(going.map(({ runId }) => runId));
    book.candidates = book.candidates.filter(({ runId }) => !gone.has(runId));
    for (const runId of gone) book.written.delete(runId);
    book.follow((election) => going.every((victim) => election.remove(victim.runId, victim.periodTime)));
    if (minute % 10 === 0) book.check();
  }
  book.check();
  assert.equal(book.refused, 0);
  assert.deepEqual(book.election.victims().map(({ runId }) => runId).at(-1), ahead.runId);
  assert.ok(!book.election.remove(ahead.runId, ahead.periodTime));
});

test("isSameElection() tells apart two that differ in a rejected backup alone", () => {
  const now = Date.parse("2026-03-20T12:00:00Z");
  const sound = backup(now, { runId: "sound" });
  const rejected = { ...backup(now - 60_000, { runId: "no" }), rejected: true };
  const one = (...more: ColumnCandidate[]) => build([sound, ...more], policyOf("daily=2"), "UTC", now);
  const isSame = (left: ColumnCandidate, right: ColumnCandidate) =>
    drain(isSameElection(one(left), one(right)));
  assert.ok(isSame(rejected, rejected));
  assert.ok(!isSame(rejected, { ...rejected, held: true }));
  assert.ok(!isSame(rejected, { ...rejected, runId: "nobody" }));
  assert.ok(!isSame(rejected, { ...rejected, rejected: false, suspect: true }));
});

test("IncrementalElection refuses what it cannot follow", () => {
  const now = Date.parse("2026-03-20T12:00:00Z");
  const policy = policyOf("daily=2");
  const days = [0, 1, 2, 3].map((day) => backup(now - day * 86_400_000, { runId: `day-${day}` }));
  const fresh = () => build(days, policy, "UTC", now);
  const newest = backup(now + 1000, { runId: "new" });
  assert.ok(fresh().add(newest));
  assert.ok(!fresh().add(backup(now - 1000, { runId: "late" })), "an older one");
  assert.ok(!fresh().add({ ...newest, suspect: true }), "a suspect");
  const later = fresh();
  assert.ok(
    later.add(backup(now + 120_001, { runId: "ahead" })) && later.advance(now),
    "one from the future may come",
  );
  assert.ok(!later.advance(now + 1), "but not come of age");
  const many = fresh();
  const ahead = Array.from(
    { length: 1_001 },
    (_, nr) => backup(now + 10 ** 9 - nr * 1000, { runId: `ahead-${nr}` }),
  );
  assert.deepEqual(ahead.map((one) => many.add(one)).lastIndexOf(true), 999, "and not too many");
  assert.ok(!fresh().advance(now - 1), "time that goes back");
  assert.ok(!fresh().remove("day-0", now), "one that is kept");
  assert.ok(!fresh().remove("no", now), "one it does not know");
  assert.ok(fresh().remove("day-3", now - 3 * 86_400_000), "but a victim may go");
});

test("IncrementalElection lets a backup go at the very instant at which elect() does", () => {
  const start = Date.parse("2026-03-20T12:00:00Z");
  const policy = policyOf("daily=1,min_age=1h");
  const both = [backup(start, { runId: "old" }), backup(start + 60_000, { runId: "new" })];
  const election = build(both, policy, "UTC", start + 60_000);
  for (const [now, count] of [[start + 3_599_999, 0], [start + 3_600_000, 1]] as const) {
    assert.ok(election.advance(now));
    assert.equal(election.victimCount, count);
    assert.equal(drain(elect(both, policy, zoneOf("UTC"), now)).victims.length, count);
  }
});

test("IncrementalElection moves the window of keep_within on with each newer backup, and looks at no other place", () => {
  const start = Date.parse("2026-03-20T12:00:00Z");
  const at = (hour: number) => backup(start + hour * 3_600_000, { runId: `h-${hour}` });
  const all = Array.from({ length: 3_000 }, (_, hour) => at(hour));
  const election = build(all.slice(0, 1_000), policyOf("keep_within=20h"), "UTC", at(999).periodTime);
  assert.equal(election.keptCount, 20);
  for (const [hour, one] of all.entries()) {
    if (hour < 1_000) continue;
    assert.ok(election.advance(one.periodTime) && election.add(one));
    assert.deepEqual(
      election.takeChanged().map(({ runId }) => runId),
      [hour - 20, hour - 1, hour].map((nr) => `h-${nr}`),
    );
    assert.equal(election.keptCount, 20);
    // Some go, some are put off, so that gaps are closed while the window stands.
    for (const { runId, periodTime } of election.victims(hour % 3)) {
      assert.ok(election.remove(runId, periodTime));
    }
  }
});

test("IncrementalElection gives up where the newest goes, for then the window of keep_within moves back", () => {
  const now = Date.parse("2026-03-20T12:00:00Z");
  const three = [2, 1, 0].map((hour) => backup(now - hour * 3_600_000, { runId: `h-${hour}` }));
  const policy = policyOf("keep_within=90m");
  assert.deepEqual(build(three, policy, "UTC", now).victims().map(({ runId }) => runId), ["h-2"]);
  assert.ok(!build(three, policy, "UTC", now).remove("h-0", now));
  assert.deepEqual(build(three.slice(0, 2), policy, "UTC", now).victims(), []);
});

test("incrementalElection() refuses a policy that is not made of numbers", () => {
  const policy = policyOf("daily=2");
  policy.levels.daily = { count: NaN, reference: "L" };
  assert.throws(() => build([], policy, "UTC", 0), /daily count/);
});

test("IncrementalElection says after every step what elect() says, in stored and shown reasons too", () => {
  let followed = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      histories(20),
      policies(),
      fc.constantFrom(...STRIDES),
      steps,
      (history, policy, stride, taken) => {
        const book = new Book(history.candidates, policy, history.zone, history.now);
        book.check();
        for (const step of taken) {
          take(book, step, stride);
          book.check();
        }
        followed += book.followed;
        refused += book.refused;
      },
    ),
    { numRuns: 1500, seed: 7 },
  );
  assert.ok(followed > refused, `it followed ${followed} steps and refused ${refused}`);
});
