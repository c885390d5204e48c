// A damaged storage: nothing of its jobs is deleted until it is found whole, or an operator has seen it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { safetyOperations } from "../../../src/app/operations/safekeeping.ts";
import type { Run } from "../../../src/domain/backup.ts";
import { StoreError } from "../../../src/domain/errors.ts";
import { failedProofReason } from "../../../src/domain/verification/verification.ts";
import { proofDamageText } from "../../../src/engine/safekeeping/damage.ts";
import { policy, type Rig, rig, type RigOptions } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const KEEP_TWO = { retention: policy("minutely=2"), guard: { maxPercent: 100, policyChangeHoldMs: 0 } };

const damaged = (r: Rig, message = "The check found damage: pack 1234 is missing") => {
  const damage = { since: r.clock.now(), message };
  return (key: string) => key === "p" ? damage : undefined;
};

const guards = async (r: Rig) => (await r.store.latched("db")).map(({ guard }) => guard);

async function lived(options: Partial<RigOptions> = {}): Promise<Rig> {
  const r = await rig({ ...options, jobs: [KEEP_TWO] });
  await r.clock.advance(3 * MINUTE + 1_000);
  return r;
}

test("damage stops deletions and not backups, and whole again lets them go on", async () => {
  await using r = await lived();
  await r.engine.damageFound(damaged(r));
  const before = r.provider.calls("delete").length;
  await r.clock.advance(5 * MINUTE);
  assert.equal(r.provider.calls("delete").length, before);
  assert.equal(r.provider.living().length, 7);
  assert.deepEqual(await guards(r), ["upkeep_failed"]);
  assert.match(
    (await r.store.latched("db"))[0]!.message,
    /^The check found damage: pack 1234 is missing; nothing of job 'db' is deleted until .*retention approve db'$/,
  );
  await r.engine.damageFound(() => null);
  assert.deepEqual(await guards(r), []);
  await r.clock.advance(MINUTE);
  assert.equal(r.provider.living().length, 2);
  assert.equal(r.told("retention.guarded").length, 1);
  assert.equal(r.told("retention.guard_cleared").length, 1);
});

test("what nobody has looked at, and a failure that is no damage, change nothing", async () => {
  await using r = await lived();
  await r.engine.damageFound(() => undefined);
  assert.deepEqual(await guards(r), []);
  await r.engine.damageFound(damaged(r));
  await r.engine.damageFound(() => undefined);
  assert.deepEqual(await guards(r), ["upkeep_failed"]);
});

test("an approval answers this damage, also when it is found again, and not another", async () => {
  await using r = await lived();
  const found = damaged(r);
  await r.engine.damageFound(found);
  await r.clock.advance(3 * MINUTE);
  const { digest } = await r.engine.retention("db")!.look();
  assert.equal(await r.engine.retention("db")!.approve(digest, "boss"), true);
  await r.engine.damageFound(found);
  assert.deepEqual(await guards(r), [], "it was seen");
  await r.clock.advance(2 * MINUTE);
  assert.equal(r.provider.living().length, 2, "and deletions go on");
  await r.engine.damageFound(damaged(r, "The check found damage: pack 5678 is missing"));
  assert.deepEqual(await guards(r), ["upkeep_failed"]);
});

test("damage that could not be saved is tried again", async () => {
  let isFull = false;
  await using r = await lived({
    wrap: (store) => ({
      ...store,
      commit: (change) =>
        isFull ? Promise.reject(new StoreError("not_writable", "the disk is full")) : store.commit(change),
    }),
  });
  isFull = true;
  void r.engine.damageFound(damaged(r));
  await r.clock.advance(2_000);
  isFull = false;
  await r.clock.advance(10_000);
  assert.deepEqual(await guards(r), ["upkeep_failed"]);
});

test("a storage that is whole as before begins no pass", async () => {
  await using r = await rig({ jobs: [{ ...KEEP_TWO, schedule: "0 0 0 1 1 *" }] });
  for (let made = 0; made < 4; made++) await r.engine.job("db")!.trigger("ann", null);
  await r.clock.advance(MINUTE);
  const passes = r.told("retention.pass").length;
  await r.engine.damageFound(() => null);
  await r.clock.advance(1_000);
  assert.equal(r.told("retention.pass").length, passes);
});

/** As a verification leaves the newest backup but one that it found damaged. */
async function proofFailed(r: Rig): Promise<Run> {
  const run = (await r.runs("available")).at(-2)!;
  const reason = failedProofReason("pack 1 is torn");
  const at = r.clock.now();
  await r.store.commit({
    job: "db",
    writes: [
      {
        write: "run",
        runId: run.runId,
        set: { verification: "failed", verifiedAt: at, suspectAt: at, suspectReason: reason },
      },
      {
        write: "latch",
        guard: {
          job: "db",
          guard: "upkeep_failed",
          latchedAt: at,
          message: proofDamageText("db", run.id!, reason),
        },
      },
    ],
    events: [],
  });
  return run;
}

test("deleting by hand what a verification found damaged answers the guard, and being missing does not", async () => {
  await using r = await lived();
  const { engine, store, watch } = r;
  const run = await proofFailed(r);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await guards(r), ["upkeep_failed"], "it is still there");
  await store.commit({
    job: "db",
    conditions: [{ condition: "status", runId: run.runId, in: ["available"] }],
    writes: [{ write: "run", runId: run.runId, set: { status: "missing", missingAt: r.clock.now() } }],
    events: [],
  });
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await guards(r), ["upkeep_failed"], "nobody knows what became of it");
  const asked = await safetyOperations({ engine, store, watch }).deleteBackup(
    (await store.run(run.runId))!,
    { name: "boss", role: "admin" },
  );
  assert.equal(asked.outcome, "accepted", JSON.stringify(asked));
  await r.clock.advance(2 * MINUTE);
  assert.equal((await store.run(run.runId))!.status, "deleted");
  assert.deepEqual(await guards(r), []);
  assert.match(
    r.told("retention.guard_cleared")[0]!.message,
    /^No backup of job 'db' is left that a verification/,
  );
});

test("a deleted backup answers nothing while another stands that cannot be restored, or its storage is damaged", async () => {
  for (const other of ["backup", "missing backup", "storage"]) {
    await using r = await lived();
    const { engine, store, watch } = r;
    const first = await proofFailed(r);
    if (other !== "storage") {
      const at = r.clock.now();
      const set = {
        verification: "failed",
        suspectAt: at,
        suspectReason: failedProofReason("torn too"),
        ...(other === "backup" ? {} : { status: "missing" as const, missingAt: at }),
      } as const;
      const run = (await r.runs("available")).find(({ runId }) => runId !== first.runId)!;
      await store.commit({
        job: "db",
        conditions: [{ condition: "status", runId: run.runId, in: ["available"] }],
        writes: [{ write: "run", runId: run.runId, set }],
        events: [],
      });
    } else await r.engine.damageFound(damaged(r));
    await safetyOperations({ engine, store, watch }).deleteBackup(first, { name: "boss", role: "admin" });
    await r.clock.advance(3 * MINUTE);
    assert.equal((await store.run(first.runId))!.status, "deleted", other);
    assert.deepEqual(await guards(r), ["upkeep_failed"], other);
  }
});
