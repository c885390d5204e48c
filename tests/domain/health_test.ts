// How a job does: every word, what hides what, and that each cause says what it is and what to do.
// Also tests unusable.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { proofDamageText } from "../../src/engine/safekeeping/damage.ts";
import { failedProofReason } from "../../src/domain/verification/verification.ts";
import { HEALTH_STATES, healthRank, judgeHealth } from "../../src/domain/health.ts";
import type { HealthFacts } from "../../src/domain/health_facts.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 20, 12);
const OLD = NOW - 30 * HOUR;

/** A job with an hourly backup, the last one half an hour ago. */
const WELL: HealthFacts = {
  job: "db",
  now: NOW,
  managed: true,
  unmanagedSince: null,
  enabled: true,
  disabledSince: null,
  from: null,
  to: null,
  pause: null,
  storeTrouble: null,
  providerTrouble: null,
  knownSince: OLD,
  lastSuccessAt: NOW - HOUR / 2,
  hasSound: true,
  lastFailure: null,
  failingSince: null,
  expectedMs: 2 * HOUR,
  underWaySince: null,
  waiting: null,
  graceMs: HOUR,
  turn: null,
  unusable: null,
  catchingUp: false,
  nextSlot: NOW + HOUR / 2,
  newestSuspect: null,
  missing: null,
  latched: null,
  doubt: null,
  stuck: null,
  upkeepTrouble: null,
  freeze: null,
};

const FAILED = { at: NOW - 60_000, message: "exit 1: repository not found" };
const REFUSED = { since: NOW - 60_000, message: "connection refused" };
const TURN = { since: NOW - 60_000, message: "backup 'x' is running", movedAt: null };
const IN_LINE = ["waiting", true, /running$/] as const;
const ENDLESS = { since: OLD, message: "its backup does not end and cannot be cancelled (it runs on)" };
const DOUBT = { since: NOW - HOUR, message: "the clock is in doubt" };
const SUSPECT = { id: "b1", reason: "0 bytes", since: NOW - HOUR };
const MISSING = { count: 2, latest: "b2", since: NOW - 2 * HOUR };
const LATCHED = { guard: "not_found", since: NOW - HOUR, message: "3 backups are gone" };
const STUCK = { since: NOW - 25 * HOUR, message: "1 deletion finds no way: locked" };
const PAUSE = { since: NOW - HOUR, until: null, reason: "moving" };
const FREEZE = {
  since: NOW - HOUR,
  message: "deletions are frozen by ops, until somebody releases it (moving)",
};

/** What holds, the state, whether it is well, and words of the cause. */
const LEFT = {
  ...{
    runId: "r1",
    providerKey: "p",
    inDoubt: true,
    isFollowed: true,
    since: OLD,
    message: "no answer in time",
  },
};
const CASES: readonly [Partial<HealthFacts>, string, boolean, RegExp | null][] = [
  [{}, "ok", true, null],
  [{ freeze: FREEZE }, "ok", true, /^deletions are frozen/],
  [{ underWaySince: NOW - 60_000 }, "running", true, null],
  [
    { lastFailure: FAILED },
    "failing",
    false,
    /^exit 1: repository not found \(the last good backup is of 2026/,
  ],
  [{ lastFailure: { ...FAILED, message: null } }, "failing", false, /nothing says why/],
  [{ lastFailure: FAILED, lastSuccessAt: null }, "failing", false, /there is no good backup yet/],
  [{ lastFailure: FAILED, underWaySince: NOW - 1000 }, "failing", false, /^exit 1/],
  [{ lastFailure: FAILED, waiting: REFUSED, underWaySince: NOW - 60_000 }, "failing", false, /^exit 1/],
  [{ lastFailure: { ...FAILED, at: NOW - HOUR } }, "ok", true, null],
  [
    { unusable: REFUSED, underWaySince: NOW - 60_000 },
    "failing",
    false,
    /^connection.*last good backup is of/,
  ],
  [{ unusable: REFUSED, lastFailure: FAILED, lastSuccessAt: null }, "failing", false, /^connection.*no good/],
  [
    { endless: ENDLESS, underWaySince: OLD },
    "failing",
    false,
    /^its backup does not end .*: none of its slots/,
  ],
  [{ storeTrouble: "disk full" }, "failing", false, /^disk full: the state cannot be saved/],
  [{ providerTrouble: "no such tool" }, "failing", false, /^no such tool: its provider is out of use/],
  [{ lastSuccessAt: OLD }, "late", false, /^no good backup since 2026-11-19T06.*due by 2026-11-19T08/],
  [{ lastSuccessAt: NOW - 2 * HOUR }, "ok", true, null],
  [{ lastSuccessAt: NOW - 2 * HOUR - 1 }, "late", false, /no good backup since/],
  [{ lastSuccessAt: OLD, expectedMs: null }, "ok", true, null],
  [{ lastSuccessAt: OLD, catchingUp: true }, "ok", true, null],
  [{ lastSuccessAt: OLD, underWaySince: NOW - HOUR }, "running", true, null],
  [{ lastSuccessAt: OLD, underWaySince: NOW - 3 * HOUR }, "late", false, /^a backup is under way since/],
  [
    { lastSuccessAt: OLD, underWaySince: NOW - 3 * HOUR, cancelling: true },
    "late",
    false,
    /^a backup is under way since \S+, is being cancelled: no good/,
  ],
  [{ lastSuccessAt: OLD, underWaySince: NOW - 60_000, waiting: REFUSED }, "waiting", false, /^connection/],
  [
    { lastSuccessAt: OLD, underWaySince: OLD, waiting: REFUSED },
    "late",
    false,
    /^connection refused: no good/,
  ],
  [{ lastSuccessAt: null, knownSince: NOW - HOUR }, "never", true, /no backup yet, the first is due at 2026/],
  [{ lastSuccessAt: null, nextSlot: null, expectedMs: null }, "never", true, /no slot is to come/],
  [{ lastSuccessAt: null }, "never", false, /it has no good backup, and one was due by/],
  [{ lastSuccessAt: null, from: NOW - HOUR }, "never", true, /no backup yet/],
  [{ lastSuccessAt: NOW + HOUR }, "never", false, /dated 2026-11-20T13.*still to come/],
  [{ lastSuccessAt: NOW + HOUR, lastFailure: FAILED }, "failing", false, /^exit 1/],
  [{ lastSuccessAt: NOW + 60_000 }, "ok", true, null],
  [
    { newestSuspect: SUSPECT },
    "suspect",
    false,
    /^the newest backup 'b1' is suspect \(0 bytes\): nothing is/,
  ],
  [{ hasSound: false, missing: MISSING }, "suspect", false, /^2 backups are not/],
  [{ hasSound: false }, "never", false, /^it has no good backup any more/],
  [{ hasSound: false, underWaySince: NOW - 60_000 }, "never", false, /^it has no good backup any more/],
  [{ missing: MISSING }, "suspect", false, /^2 backups are not at their provider any more/],
  [{ latched: LATCHED }, "guarded", false, /^3 backups are gone \(guard not_found\)/],
  [{ latched: LATCHED, underWaySince: NOW - 1000 }, "guarded", false, /^3 backups/],
  [{ doubt: DOUBT }, "guarded", false, /^the clock is in doubt/],
  [{ stuck: STUCK, doubt: DOUBT }, "stuck", false, /locked/],
  [{ waiting: REFUSED, underWaySince: NOW - 60_000 }, "waiting", false, /^connection refused/],
  [{ waiting: REFUSED, underWaySince: NOW - 60_000, lastSuccessAt: null }, "waiting", false, /^connection/],
  [{ turn: TURN, underWaySince: NOW - 60_000 }, "waiting", true, /^backup 'x' is running$/],
  [{ turn: TURN, lastFailure: FAILED }, "failing", false, /^exit 1/],
  // A quarter of an hour of grace time in line at a provider where nothing begins; twice that where others go on.
  [{ turn: { ...TURN, since: NOW - HOUR / 4 } }, "waiting", true, /^backup 'x' is running$/],
  [{ turn: { ...TURN, since: NOW - HOUR / 4 - 1 } }, "waiting", false, /: no backup begins there$/],
  [
    { turn: { ...TURN, since: NOW - HOUR / 4 - 1, movedAt: NOW - HOUR / 4 - 1 } },
    "waiting",
    false,
    /: no backup has begun there since 2026-11-20T11:44/,
  ],
  [{ turn: { ...TURN, since: NOW - HOUR / 2, movedAt: NOW - HOUR / 4 } }, "waiting", true, /running$/],
  [{ turn: { ...TURN, since: NOW - HOUR / 2 - 1, movedAt: NOW } }, "waiting", false, /has not come yet$/],
  // The next slot may come before grace time is over; a minute is always well, and more than an hour never.
  [{ turn: { ...TURN, since: NOW - 150_000, movedAt: NOW }, expectedMs: HOUR + 300_000 }, ...IN_LINE],
  [
    { turn: { ...TURN, since: NOW - 150_001, movedAt: NOW }, expectedMs: HOUR + 300_000 },
    "waiting",
    false,
    /yet$/,
  ],
  [{ turn: { ...TURN, since: NOW - 60_000 }, expectedMs: HOUR + 60_000 }, ...IN_LINE],
  [{ turn: { ...TURN, since: NOW - HOUR, movedAt: NOW }, graceMs: 9 * HOUR, expectedMs: null }, ...IN_LINE],
  [
    { turn: { ...TURN, since: NOW - HOUR - 1, movedAt: NOW }, graceMs: 9 * HOUR, expectedMs: null },
    "waiting",
    false,
    /yet$/,
  ],
  [{ turn: TURN, lastSuccessAt: OLD, underWaySince: OLD }, "late", false, /^backup 'x' is running: no good/],
  [{ upkeepTrouble: "check: locked" }, "unproved", false, /^check: locked/],
  [{ pause: PAUSE, lastSuccessAt: OLD }, "paused", true, /paused until it is resumed \(moving\)/],
  [{ pause: PAUSE, lastFailure: FAILED }, "paused", true, /paused/],
  [{ enabled: false, lastFailure: FAILED, latched: LATCHED }, "disabled", true, /disables it/],
  [{ from: NOW + HOUR, lastSuccessAt: null }, "outside", true, /begins at 2026/],
  [{ from: NOW, lastSuccessAt: NOW }, "ok", true, null],
  [{ to: NOW, lastSuccessAt: OLD, providerTrouble: "gone" }, "outside", true, /has ended at 2026/],
  [{ to: NOW + 1 }, "ok", true, null],
  [{ managed: false, left: { ...LEFT, inDoubt: false } }, "unmanaged", true, /still under way/],
  [{ managed: false, left: LEFT }, "waiting", false, /^no answer in time; it is not in the configuration/],
  [{ managed: false, left: { ...LEFT, isFollowed: false } }, "waiting", false, /^no answer in time/],
  [{ managed: false, unmanagedSince: OLD, enabled: false }, "unmanaged", true, /not in the configuration/],
];

for (const [facts, state, well, cause] of CASES) {
  test(`${JSON.stringify(facts)} is ${state}${well ? "" : ", and somebody has to look"}`, () => {
    const health = judgeHealth({ ...WELL, ...facts });
    assert.deepEqual([health.state, health.well], [state, well], health.cause ?? "");
    if (cause === null) assert.equal(health.cause, null);
    else assert.match(health.cause!, cause);
    // Whoever is told that something is wrong is told why, and what to do.
    if (!well) assert.ok(health.cause !== null && /^(?!.*\.$).*\w/.test(health.remedy ?? ""));
  });
}

test("every word is said of some job, and what is wrong ranks before what is not", () => {
  const said = new Set(CASES.map(([, state]) => state));
  assert.deepEqual([...said].sort(), [...HEALTH_STATES].sort());
  const wrong = CASES.filter(([, , well]) => !well).map(([, state]) => healthRank(state));
  // Two words are also said where nothing is wrong yet.
  const fine = CASES.filter(([, state, well]) => well && !["never", "waiting"].includes(state)).map((
    [, state],
  ) => healthRank(state));
  assert.ok(Math.max(...wrong) < Math.min(...fine));
  assert.equal(healthRank("a word of a newer server"), HEALTH_STATES.length);
});

test("since when: of a failure, of the time it was due, of the guard", () => {
  assert.equal(judgeHealth({ ...WELL, lastFailure: FAILED }).since, FAILED.at);
  const failing = { ...WELL, lastSuccessAt: OLD, lastFailure: FAILED };
  assert.equal(judgeHealth({ ...failing, failingSince: OLD + 1 }).since, OLD + 1, "its first failure");
  for (const wrong of [OLD, FAILED.at + 1]) {
    assert.equal(judgeHealth({ ...failing, failingSince: wrong }).since, FAILED.at, "dated by a wrong clock");
  }
  assert.equal(judgeHealth({ ...failing, unusable: REFUSED, failingSince: OLD + 1 }).since, OLD + 1);
  assert.equal(judgeHealth({ ...failing, unusable: REFUSED }).since, REFUSED.since);
  assert.equal(judgeHealth({ ...WELL, lastSuccessAt: OLD }).since, OLD + 2 * HOUR);
  assert.equal(judgeHealth({ ...WELL, latched: LATCHED }).since, LATCHED.since);
  assert.equal(judgeHealth({ ...WELL, newestSuspect: SUSPECT }).since, SUSPECT.since);
  assert.equal(judgeHealth({ ...WELL, missing: MISSING }).since, MISSING.since);
});

test("each thing is said once: what was found is the cause, what to do the remedy, and what is damaged is fixed first", () => {
  const told = (facts: Partial<HealthFacts>) => {
    const { cause, remedy } = judgeHealth({ ...WELL, ...facts });
    return { cause: cause!, remedy: remedy! };
  };
  const approve = "look with 'schelly retention show db', then 'schelly retention approve db'";
  const tooMany = told({
    latched: { guard: "too_many", since: NOW, message: `5 of 6 would go: ${approve}` },
  });
  assert.equal(tooMany.cause, "5 of 6 would go (guard too_many)");
  assert.match(
    tooMany.remedy,
    /^see 'schelly retention show db', then answer it with 'schelly retention approve/,
  );
  const damage =
    `check found a damaged pack; nothing of job 'db' is deleted until it is found whole, or you have ${approve}`;
  const upkeep = told({ latched: { guard: "upkeep_failed", since: NOW, message: damage } });
  assert.equal(upkeep.cause, "check found a damaged pack (guard upkeep_failed)");
  assert.match(upkeep.remedy, /^fix the storage .*lets them go on with the damage$/);
  const proof = proofDamageText("db", "b7", failedProofReason("pack 1 is torn"));
  const proved = told({ latched: { guard: "upkeep_failed", since: NOW, message: proof } });
  assert.match(
    proved.cause,
    /^the verification of backup 'b7' failed \(.*pack 1 is torn.*\) \(guard upkeep_failed\)$/,
  );
  assert.match(
    proved.remedy,
    /^look at it \('schelly backups show b7'\), mend its storage, then 'schelly backups verify b7'/,
  );
  const damagedNewest = told({ newestSuspect: { ...SUSPECT, reason: failedProofReason("torn") } });
  assert.match(
    damagedNewest.remedy,
    /^look at it .*mend its storage, then 'schelly backups verify b1'; only what is lost/,
  );
  assert.doesNotMatch(damagedNewest.remedy, /accept/);
  assert.match(
    told({ newestSuspect: SUSPECT }).remedy,
    /'schelly backups accept b1' or 'schelly backups reject b1'$/,
  );
  for (const { cause, remedy } of [tooMany, upkeep, proved, damagedNewest]) {
    assert.doesNotMatch(cause, /schelly|deleted until/, remedy);
  }
});

test("what is known to help stands in the remedy, as a notification says it: no circle of commands", () => {
  const wrong = "Fatal: wrong password or no key found";
  const remedy = (facts: Partial<HealthFacts>) => judgeHealth({ ...WELL, ...facts }).remedy!;
  const failed = { lastFailure: { ...FAILED, message: wrong } };
  assert.match(
    remedy(failed),
    /^put the password that the repository was made with into 'password_file', then 'schelly jobs trigger db'/,
  );
  assert.match(
    remedy({ unusable: { ...REFUSED, message: wrong } }),
    /^put the password that the repository was made with into 'password_file', its start/,
  );
  assert.match(
    remedy({ providerTrouble: wrong }),
    /^put the password that the repository was made with into 'password_file', then 'schelly reload'/,
  );
  assert.match(
    remedy({ lastFailure: { ...FAILED, message: "exit 7" } }),
    /^see 'schelly runs list --job db'/,
  );
  assert.match(remedy({ unusable: { ...REFUSED, message: "exit 7" } }), /^fix that, its start/);
  const waits = { waiting: REFUSED, underWaySince: NOW - 60_000 };
  assert.match(
    remedy(waits),
    /^start what listens there, its start is tried again by itself; 'schelly jobs check/,
  );
  assert.match(
    remedy({ ...waits, lastSuccessAt: OLD, underWaySince: OLD }),
    /^start what listens there, .*; see 'schelly runs list/,
  );
  assert.match(
    remedy({ upkeepTrouble: "prune: no space left on device" }),
    /^make room; see 'schelly events/,
  );
  const locked = { ...FAILED, message: "the repository 'r' is locked by another restic" };
  assert.match(remedy({ lastFailure: locked }), /'schelly jobs unlock db', then 'schelly jobs trigger db'/);
});
