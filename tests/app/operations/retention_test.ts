// What callers may ask of retention: a look that changes nothing, a pass, and an approval of exactly what was shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { retentionOperations } from "../../../src/app/operations/retention.ts";
import { LongWork } from "../../../src/engine/context/long_work.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const BOSS = { name: "boss", role: "admin" } as const;

const operationsOf = ({ engine, store, clock, watch }: Rig) =>
  retentionOperations({ engine, store, clock, watch, work: new LongWork(clock) });
const living = (r: Rig) => r.provider.living().length;

/** Ten backups, of which two are wanted: more go at once than the guard lets. */
async function tooMany(): Promise<Rig> {
  const r = await rig();
  await r.clock.advance(10 * MINUTE + 1_000);
  const guard = { maxPercent: 50, policyChangeHoldMs: 0 };
  await r.engine.reload(r.declare([{ retention: policy("minutely=2"), guard }]));
  return r;
}

test("a dry run only says what would go; a pass that is too much latches, and says so", async () => {
  await using r = await tooMany();
  const operations = operationsOf(r);
  const dry = (await operations.runRetention("db", BOSS, true))!;
  assert.deepEqual([dry.remove.length, dry.keep.length], [8, 2]);
  assert.deepEqual(await r.store.latched(), []);
  const wet = (await operations.runRetention("db", BOSS, false))!;
  assert.deepEqual(wet.guards.map(({ guard, latched }) => [guard, latched]), [["too_many", true]]);
  assert.equal(living(r), 10);
  assert.deepEqual(await operations.retention("db"), wet);
});

test("an approval counts for what was shown, once a guard has latched, and begins the pass", async () => {
  await using r = await tooMany();
  const operations = operationsOf(r);
  const shown = (await operations.runRetention("db", BOSS, false))!;
  assert.equal((await operations.approveRetention("db", BOSS, "0".repeat(32)))!.outcome, "changed");
  assert.equal(living(r), 10);
  assert.equal((await operations.approveRetention("db", BOSS, shown.digest))!.outcome, "approved");
  assert.equal(living(r), 2);
  const { digest } = (await operations.retention("db"))!;
  assert.equal((await operations.approveRetention("db", BOSS, digest))!.outcome, "nothing");
});

test("an approval is answered at once, however long the deletions that it lets go take", async () => {
  await using r = await tooMany();
  const operations = operationsOf(r);
  const shown = (await operations.runRetention("db", BOSS, false))!;
  r.provider.script("delete", { does: "hang", forMs: 20 * MINUTE, effect: true });
  let outcome: string | undefined;
  void operations.approveRetention("db", BOSS, shown.digest).then((answer) => outcome = answer?.outcome);
  await r.clock.advance(3_000);
  assert.equal(outcome, "approved");
  await r.clock.advance(30 * MINUTE);
  assert.equal(living(r), 2);
});

test("a job that is not there has no retention", async () => {
  await using r = await rig();
  const operations = operationsOf(r);
  assert.equal(await operations.retention("nobody"), undefined);
  assert.equal(await operations.runRetention("nobody", BOSS, false), undefined);
  assert.equal(await operations.approveRetention("nobody", BOSS, ""), undefined);
});
