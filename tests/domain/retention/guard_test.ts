// What stops a pass, and which victims may go.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  allowed,
  type GuardFacts,
  type GuardFinding,
  judge,
  latchedNow,
  pace,
} from "../../../src/domain/retention/guard.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

const QUIET: GuardFacts = {
  job: "postgres",
  now: NOW,
  counted: 20,
  victims: 1,
  maxPercent: 50,
  missing: 0,
  future: 0,
  foreign: 0,
  clockUntrustedUntil: null,
  freeze: null,
  suspectNewest: null,
};

function found(facts: Partial<GuardFacts>): GuardFinding[] {
  return judge({ ...QUIET, ...facts });
}

function names(facts: Partial<GuardFacts>): string[] {
  return found(facts).map((finding) => finding.guard);
}

test("judge() finds nothing in a quiet pass", () => {
  assert.deepEqual(judge(QUIET), []);
});

test("judge() stops more than max_percent of the backups, and never for 3 or fewer", () => {
  const cases: [victims: number, counted: number, maxPercent: number, stops: boolean][] = [
    [10, 20, 50, false],
    [11, 20, 50, true],
    [3, 4, 50, false],
    [4, 5, 50, true],
    [4, 8, 50, false],
    [99, 100, 100, false],
    [1, 1, 1, false],
    [4, 400, 1, false],
    [5, 400, 1, true],
  ];
  for (const [victims, counted, maxPercent, stops] of cases) {
    const guards = names({ victims, counted, maxPercent });
    assert.deepEqual(guards, stops ? ["too_many"] : [], `${victims} of ${counted} at ${maxPercent}`);
  }
});

test("judge() finds each cause, says whether it latches and whether an approval overrides it", () => {
  const cases: [facts: Partial<GuardFacts>, guard: string, latched: boolean, overridable: boolean][] = [
    [{ victims: 15 }, "too_many", true, true],
    [{ missing: 3 }, "not_found", true, true],
    [{ future: 1 }, "from_the_future", true, true],
    [{ foreign: 12 }, "first_policy", true, true],
    [{ clockUntrustedUntil: NOW + 1 }, "untrusted_clock", false, false],
    [{ freeze: { reason: null, until: null } }, "freeze", false, false],
    [{ freeze: { reason: "audit", until: NOW + 1 } }, "freeze", false, false],
    [{ suspectNewest: { id: "abc", reason: "0.1 MB" } }, "newest_suspect", false, false],
  ];
  for (const [facts, guard, latched, overridable] of cases) {
    assert.deepEqual(found(facts).map(({ message: _, ...rest }) => rest), [{ guard, latched, overridable }]);
  }
});

test("judge() is quiet at the edges of its causes", () => {
  const edges: Partial<GuardFacts>[] = [
    { missing: 2 },
    { foreign: 12, victims: 0 },
    { freeze: { reason: "audit", until: NOW } },
    { counted: 0, victims: 0 },
  ];
  for (const facts of edges) assert.deepEqual(names(facts), []);
});

test("judge() speaks with numbers and says what to do", () => {
  const message = (facts: Partial<GuardFacts>) => found(facts)[0]!.message;
  assert.equal(
    message({ victims: 15 }),
    "15 of 20 backups (75 %) would be deleted at once, max_percent allows 50 %: " +
      "look with 'schelly retention show postgres', then 'schelly retention approve postgres'",
  );
  assert.match(message({ future: 1 }), /^1 backup is dated ahead of 2026-11-20T12:00:00.000Z/);
  assert.match(message({ foreign: 12 }), /^12 backups were not made by this job/);
  assert.equal(
    message({ freeze: { reason: "audit", until: NOW + 60_000 } }),
    "deletions are frozen until 2026-11-20T12:01:00.000Z (audit)",
  );
  assert.match(message({ suspectNewest: { id: "abc", reason: "small" } }), /schelly backups accept abc/);
});

test("latchedNow() renews the figures of what a pass latched, and no words of another flow", () => {
  const facts = { job: "db", counted: 12, victims: 9 };
  const [finding] = judge({ ...QUIET, ...facts });
  const latched = (guard: string, message: string) =>
    latchedNow({ guard, message }, finding ? [finding] : [], facts);
  const first = judge({ ...QUIET, job: "db", counted: 10, victims: 8 })[0]!.message;
  assert.equal(latched("too_many", first), finding!.message);
  assert.equal(latched("too_many", finding!.message), undefined);
  assert.match(
    latchedNow({ guard: "too_many", message: first }, [], { ...facts, victims: 1 })!,
    /^1 of 12 .* now, fewer/,
  );
  assert.equal(latchedNow({ guard: "failed_check", message: "x" }, [], facts), undefined);
  const missing = judge({ ...QUIET, missing: 4 });
  const known = judge({ ...QUIET, missing: 3 })[0]!;
  assert.match(latchedNow(known, missing, facts)!, /^4 backups are not known/);
  const other = { guard: "not_found", message: "provider 'p' seems to look at another storage" };
  assert.equal(latchedNow(other, missing, facts), undefined);
  const ahead = judge({ ...QUIET, future: 1, now: 1 });
  assert.equal(
    latchedNow(judge({ ...QUIET, future: 1, now: 2 })[0]!, ahead, facts),
    undefined,
    "the time is no figure",
  );
  assert.match(latchedNow(judge({ ...QUIET, future: 2 })[0]!, ahead, facts)!, /^1 backup is dated/);
});

test("judge() finds every cause at once", () => {
  assert.deepEqual(names({ victims: 15, missing: 4, future: 2, freeze: { reason: null, until: null } }), [
    "too_many",
    "not_found",
    "from_the_future",
    "freeze",
  ]);
});

const VICTIMS = ["a", "b", "c", "d"];

test("allowed() lets all go where nothing is found or latched", () => {
  assert.deepEqual(allowed(VICTIMS, null, [], []), VICTIMS);
  assert.deepEqual(allowed(VICTIMS, ["b"], [], []), VICTIMS);
});

test("allowed() lets only approved victims go under a guard", () => {
  const tooMany = found({ victims: 15 });
  assert.deepEqual(allowed(VICTIMS, null, tooMany, []), []);
  assert.deepEqual(allowed(VICTIMS, null, [], ["not_found"]), []);
  assert.deepEqual(allowed(VICTIMS, ["d", "b", "x"], tooMany, []), ["b", "d"]);
  assert.deepEqual(allowed(VICTIMS, ["d", "b", "x"], [], ["failed_check"]), ["b", "d"]);
});

test("allowed() lets nothing go under freeze, clock or a suspect newest, approved or not", () => {
  const stops: Partial<GuardFacts>[] = [
    { freeze: { reason: null, until: null } },
    { clockUntrustedUntil: NOW + 1 },
    { suspectNewest: { id: "abc", reason: "small" } },
  ];
  for (const facts of stops) assert.deepEqual(allowed(VICTIMS, VICTIMS, found(facts), []), []);
});

test("allowed() never invents a victim and keeps their order", () => {
  const ids = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"));
  fc.assert(
    fc.property(
      ids,
      fc.option(ids),
      fc.boolean(),
      fc.subarray(["too_many"]),
      (victims, approval, found15, before) => {
        const go = allowed(victims, approval, found15 ? found({ victims: 15 }) : [], before);
        assert.deepEqual(go, victims.filter((id) => go.includes(id)));
        if (found15 || before.length > 0) assert.ok(go.every((id) => approval?.includes(id)));
      },
    ),
  );
});

test("pace() takes the oldest first, as many as allowed", () => {
  assert.deepEqual(pace(VICTIMS, 2), ["a", "b"]);
  assert.deepEqual(pace(VICTIMS, 10), VICTIMS);
  assert.deepEqual(pace(VICTIMS, Infinity), VICTIMS);
  assert.deepEqual(pace(VICTIMS, 0), []);
});
