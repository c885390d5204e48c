// Who may end a hold or the freeze early, and what forbids deletions and cancels by hand, in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import { safetyOperations } from "../../../src/app/operations/safekeeping.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OPS = { name: "ops", role: "operator" } as const;
const BOSS = { name: "boss", role: "admin" } as const;

const operationsOf = (r: Rig) =>
  safetyOperations({
    engine: r.engine,
    store: r.store,
    watch: r.watch,
  });
const row = async (r: Rig, id = "p-1"): Promise<Run> => (await r.store.find(id))[0]!;
const said = (answer: { outcome: string; message?: string }) =>
  answer.message === undefined ? answer.outcome : `${answer.outcome}: ${answer.message}`;

test("an operator may hold and prolong; ending a hold earlier, by a sooner end too, needs an admin", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 1_000);
  const operations = operationsOf(r);
  const soon = r.clock.now() + HOUR;
  assert.equal(
    (await operations.holdBackup(await row(r), { reason: "audit", until: soon }, OPS)).outcome,
    "done",
  );
  assert.equal((await row(r)).holdOwner, "ops", "whoever asks, when nobody is named");
  assert.equal(
    (await operations.holdBackup(await row(r), { reason: "audit", until: null }, OPS)).outcome,
    "done",
  );
  const sooner = await operations.holdBackup(await row(r), { reason: "audit", until: soon }, OPS);
  assert.match(
    said(sooner),
    /forbidden: To end the hold early needs the role admin: it has no end, and 'ops' is operator/,
  );
  assert.equal(
    (await operations.holdBackup(await row(r), { reason: "audit", until: soon }, BOSS)).outcome,
    "done",
  );
  await r.clock.advance(HOUR + MINUTE);
  const anew = { reason: "again", until: r.clock.now() + MINUTE };
  assert.equal(
    (await operations.holdBackup(await row(r), anew, OPS)).outcome,
    "done",
    "an ended hold binds nobody",
  );
});

test("an operator may freeze and prolong; ending the freeze earlier needs an admin", async () => {
  await using r = await rig();
  const operations = operationsOf(r);
  const at = r.clock.now();
  const freeze = (until: number | null, by: typeof OPS | typeof BOSS) =>
    operations.freeze({ reason: "moving", until }, by);
  assert.equal((await freeze(at + HOUR, OPS)).outcome, "done");
  assert.equal((await freeze(at + 2 * HOUR, OPS)).outcome, "done");
  assert.match(
    said(await freeze(at + HOUR, OPS)),
    /forbidden: To end the freeze early .*it ends at 2026-03-02T12:00/,
  );
  assert.equal((await freeze(at + HOUR, BOSS)).outcome, "done");
  await r.clock.advance(MINUTE);
  const answer = await freeze(null, OPS);
  assert.equal(answer.outcome === "done" && answer.state.freeze!.at, at, "it began when it began");
});

test("deletions and cancels by hand say what forbids them and what would help", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 0 1 1 *" }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 10 * MINUTE })],
  });
  const operations = operationsOf(r);
  await r.engine.job("db")!.trigger("ops", null);
  await operations.holdBackup(await row(r), { reason: "audit", owner: "finance", until: null }, OPS);
  assert.match(
    said(await operations.cancelRun(await row(r), OPS)),
    /Cannot cancel run .*: it is held by finance \(audit\)/,
  );
  assert.match(said(await operations.deleteBackup(await row(r), BOSS)), /is 'running': expected available/);
  await r.clock.advance(11 * MINUTE);
  assert.match(
    said(await operations.deleteBackup(await row(r), BOSS)),
    /Cannot delete backup 'p-1': it is held by finance \(audit\): see 'schelly backups release p-1'/,
  );
  await operations.releaseBackup(await row(r), BOSS);
  await operations.freeze({ reason: "moving", until: null }, OPS);
  assert.match(
    said(await operations.deleteBackup(await row(r), BOSS)),
    /deletions are frozen by ops since \S+, until somebody releases it \(moving\)/,
  );
  await operations.unfreeze(BOSS);
  assert.match(
    said(await operations.deleteBackup({ ...await row(r), providerKey: "gone" }, BOSS)),
    /made at provider 'gone', which is not in the configuration.*declare that provider again.*formerly: \["gone"\]/,
  );
  assert.equal((await operations.deleteBackup(await row(r), BOSS)).outcome, "accepted");
  assert.equal((await row(r)).status, "deleted");
});

test("a cancel by hand is refused while frozen, and goes on afterwards", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 0 1 1 *" }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: HOUR })],
  });
  const operations = operationsOf(r);
  await r.engine.job("db")!.trigger("ops", null);
  await operations.freeze({ reason: "moving", until: null }, OPS);
  assert.match(
    said(await operations.cancelRun(await row(r), OPS)),
    /Cannot cancel run .* deletions are frozen/,
  );
  await operations.unfreeze(BOSS);
  assert.equal((await operations.cancelRun(await row(r), OPS)).outcome, "accepted");
  await r.clock.advance(MINUTE);
  assert.equal((await row(r)).status, "cancelled");
});

test("a deletion by hand is refused while the clock is in doubt, and says what to do", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 0 1 1 *" }] });
  const operations = operationsOf(r);
  await r.engine.job("db")!.trigger("ops", null);
  await r.engine.job("db")!.idle();
  r.clock.jump(24 * HOUR);
  assert.match(
    said(await operations.deleteBackup(await row(r), BOSS)),
    /conflict: Cannot delete backup 'p-1': the clock, which says 2026-03-03.*, is in doubt until .*'schelly clock trust'/,
  );
  await r.engine.trustClock("boss");
  assert.equal((await operations.deleteBackup(await row(r), BOSS)).outcome, "accepted");
});
