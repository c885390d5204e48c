// What is foreseen of a backup, against what the engine then does.
// Also tests present.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drain } from "../../../src/domain/slices.ts";
import type { Job } from "../../../src/domain/job.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { foresee, type Foreseen } from "../../../src/app/future/foresight_view.ts";
import { presentOf } from "../../../src/app/future/present.ts";
import { policy, type Rig, rig, START } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const free = { guard: { maxPercent: 100, policyChangeHoldMs: 0 } };
const iso = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();

async function foreseen(r: Rig, runId: string): Promise<Foreseen> {
  const candidates = drain((await r.engine.retention("db")!.anew()).candidates());
  const present = await presentOf(r.engine.job("db")!, candidates, r.store, r.watch.read());
  const seen = drain(foresee(present, runId, createScheduleCache()));
  assert.ok(seen !== null);
  return seen;
}

/** A backup a minute for ten minutes, none thinned out. */
async function tenBackups(then: Partial<Job>): Promise<{ r: Rig; runIds: string[] }> {
  const r = await rig();
  await r.clock.advance(10 * MINUTE + 1_000);
  const runIds = (await r.runs("available")).map((run) => run.runId);
  assert.equal(runIds.length, 10);
  await r.engine.reload(r.declare([then]));
  await r.clock.settle();
  return { r, runIds };
}

test("what is foreseen of a backup is what the engine does: the pass, and the pace", async () => {
  const { r, runIds } = await tenBackups({ retention: policy("minutely=4"), maxDeletesPerPass: 2, ...free });
  await using _ = r;
  const seen = await foreseen(r, runIds[5]!);
  assert.deepEqual(seen.levels, [
    {
      level: "minutely",
      period: "2026-03-02 10:06",
      reference: "L",
      limit: 4,
      rank: 5,
      instead: null,
      proof: null,
    },
  ]);
  // Of the ten, six are victims already, and from then on one more with each minute: two go a minute.
  assert.deepEqual([seen.fate.fate, seen.fate.at, seen.fate.slot, seen.fate.deleted_at], [
    "goes",
    iso(11),
    iso(11),
    iso(13),
  ]);
  await r.clock.advance(2 * MINUTE);
  assert.equal((await r.store.run(runIds[5]!))!.status, "available");
  await r.clock.advance(MINUTE);
  assert.equal((await r.store.run(runIds[5]!))!.status, "deleted");
});

test("a change that is proposed keeps a backup as long as it says, and no longer", async () => {
  const { r, runIds } = await tenBackups({ retention: policy("minutely=12"), ...free });
  await using _ = r;
  const seen = await foreseen(r, runIds[0]!);
  assert.deepEqual([seen.fate.at, seen.longer?.change, seen.longer?.fate.at], [
    iso(13),
    "minutely: 13 instead of 12",
    iso(14),
  ]);
  await r.engine.reload(r.declare([{ retention: policy("minutely=13"), ...free }]));
  await r.clock.advance(3 * MINUTE);
  assert.equal((await r.store.run(runIds[0]!))!.status, "available");
  await r.clock.advance(MINUTE);
  assert.equal((await r.store.run(runIds[0]!))!.status, "deleted");
});

test("the hold of an edited policy is foreseen until it ends", async () => {
  const hold = { guard: { maxPercent: 100, policyChangeHoldMs: 5 * MINUTE } };
  const { r, runIds } = await tenBackups({ retention: policy("minutely=4"), ...hold });
  await using _ = r;
  const seen = await foreseen(r, runIds[0]!);
  assert.equal(seen.fate.fate, "goes");
  const goes = (Date.parse(seen.fate.at!) - START) / MINUTE;
  assert.ok(goes >= 15 && goes <= 16, String(goes));
  await r.clock.advance(4 * MINUTE);
  assert.equal((await r.store.run(runIds[0]!))!.status, "available");
  await r.clock.advance(Date.parse(seen.fate.at!) + 1_000 - r.clock.now());
  assert.equal((await r.store.run(runIds[0]!))!.status, "deleted");
});

test("a backup that shares its data is kept for good, as far as schedule and policy go", async () => {
  const { r, runIds } = await tenBackups({ retention: policy("minutely=4"), ...free });
  await using _ = r;
  for (const runId of runIds.slice(0, 2)) {
    await r.store.commit({ job: "db", writes: [{ write: "run", runId, set: { dataId: "same" } }] });
  }
  const seen = await foreseen(r, runIds[0]!);
  assert.match(seen.fate.because!, /^shares data with /);
  assert.deepEqual([seen.fate.fate, seen.longer], ["kept", null]);
});

test("a hold that ends is foreseen with its end", async () => {
  const { r, runIds } = await tenBackups({ retention: policy("minutely=4"), ...free });
  await using _ = r;
  const set = {
    holdAt: r.clock.now(),
    holdUntil: START + 20 * MINUTE,
    holdReason: "audit",
    holdOwner: "ops",
  };
  await r.store.commit({ job: "db", writes: [{ write: "run", runId: runIds[0]!, set }] });
  const seen = await foreseen(r, runIds[0]!);
  assert.deepEqual([seen.fate.fate, seen.fate.at], ["goes", iso(20)]);
});

test("what would become of a held backup if it were released is what does, and what would keep it longer then", async () => {
  const { r, runIds } = await tenBackups({ retention: policy("minutely=12"), ...free });
  await using _ = r;
  const runId = runIds[0]!;
  const set = { holdAt: r.clock.now(), holdReason: "audit", holdOwner: "ops" };
  await r.store.commit({ job: "db", writes: [{ write: "run", runId, set }] });
  const seen = await foreseen(r, runId);
  assert.deepEqual([seen.fate.fate, seen.fate.because], ["kept", "held"]);
  assert.deepEqual([seen.released?.at, seen.longer?.change, seen.longer?.fate.at], [
    iso(13),
    "minutely: 13 instead of 12",
    iso(14),
  ]);
  assert.equal((await foreseen(r, runIds[1]!)).released, null);
  const freed = { holdAt: null, holdReason: null, holdOwner: null };
  await r.store.commit({ job: "db", writes: [{ write: "run", runId, set: freed }] });
  await r.clock.advance(2 * MINUTE);
  assert.equal((await r.store.run(runId))!.status, "available");
  await r.clock.advance(MINUTE);
  assert.equal((await r.store.run(runId))!.status, "deleted");
});
