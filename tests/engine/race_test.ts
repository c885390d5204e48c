// What happens between a read and a commit, and when the store fails at the worst moment.
// Also tests commit.ts and retention_queue.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import type { Change, RunStore } from "../../src/ports/store.ts";
import type { OpenStore } from "../../src/store/run_store.ts";
import { policy, type Rig, rig } from "../support/engine_rig.ts";
import { inWords } from "../support/reason_words.ts";

const MINUTE = 60_000;
const keepTwo = { retention: policy("minutely=2"), guard: { maxPercent: 100, policyChangeHoldMs: 0 } };

/** The real store with some of its methods replaced. */
function wrapped(change: (store: OpenStore) => Partial<RunStore>): (store: OpenStore) => RunStore {
  return (store) => ({ ...store, ...change(store) });
}

const living = (r: Rig) => r.provider.living().map((effect) => effect.id);

test("a hold that comes between the election and its commit makes the pass start over", async () => {
  let interfere: (() => Promise<void>) | undefined;
  await using r = await rig({
    wrap: wrapped((store) => ({
      async commit(change: Change) {
        const elects = change.writes.some((write) => write.write === "tags");
        if (elects && interfere !== undefined) {
          const now = interfere;
          interfere = undefined;
          await now();
        }
        return await store.commit(change);
      },
    })),
  });
  await r.clock.advance(4 * MINUTE + 1_000);
  await r.engine.reload(r.declare([keepTwo]));
  const [first] = await r.runs();
  interfere = async () => {
    await r.store.commit({
      job: "db",
      writes: [{ write: "run", runId: first!.runId, set: { holdAt: r.clock.now(), holdReason: "audit" } }],
    });
  };
  await r.engine.retention("db")!.pass();
  assert.ok(living(r).includes(first!.id!), "the held backup lives");
  assert.deepEqual(living(r), ["p-1", "p-3", "p-4"]);
  assert.ok(inWords((await r.store.run(first!.runId))!.reasons).includes("held"));
});

test("a guard that comes between the election and its commit leaves no intent behind", async () => {
  let interfere = false;
  await using r = await rig({
    wrap: wrapped((store) => ({
      async commit(change: Change) {
        if (interfere && change.writes.some((write) => write.write === "runs")) {
          interfere = false;
          const guard = {
            job: "db",
            guard: "duplicate_id",
            latchedAt: r.clock.now(),
            message: "an id came twice",
          };
          await store.commit({ job: "db", writes: [{ write: "latch", guard }] });
        }
        return await store.commit(change);
      },
    })),
  });
  await r.clock.advance(4 * MINUTE + 1_000);
  await r.engine.reload(r.declare([keepTwo]));
  interfere = true;
  await r.engine.retention("db")!.pass();
  assert.equal(interfere, false);
  assert.deepEqual(r.told("delete.intended"), []);
  assert.equal((await r.runs("available")).length, 4);
});

test("a pass whose commit keeps failing on the revision deletes nothing", async () => {
  let conflicts = 0;
  await using r = await rig({
    wrap: wrapped((store) => ({
      commit(change: Change) {
        if (!change.writes.some((write) => write.write === "tags" || write.write === "runs")) {
          return store.commit(change);
        }
        conflicts++;
        return Promise.resolve({ result: "conflict", why: "condition" } as const);
      },
    })),
  });
  await r.clock.advance(4 * MINUTE + 1_000);
  await r.engine.reload(r.declare([keepTwo]));
  conflicts = 0;
  await r.engine.retention("db")!.pass();
  assert.equal(conflicts, 5);
  assert.equal(living(r).length, 4);
  assert.equal(r.provider.calls("delete").length, 0);
  assert.ok(r.told("retention.error").length > 0, "and says so");
});

test("a pass over a read that is not whole deletes nothing and says so", async () => {
  let drop = false;
  await using r = await rig({
    wrap: wrapped((store) => ({
      async election(job, keys) {
        const snapshot = await store.election(job, keys);
        return drop
          ? { ...snapshot, actualCount: snapshot.actualCount - 1, rows: snapshot.rows.slice(1) }
          : snapshot;
      },
    })),
  });
  await r.clock.advance(4 * MINUTE + 1_000);
  await r.engine.reload(r.declare([keepTwo]));
  drop = true;
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 4);
  assert.match(r.told("retention.error").at(-1)!.message, /counted/);
});

test("the end of a backup reaches the store, however often that fails", async () => {
  let failures = 5;
  await using r = await rig({
    wrap: wrapped((store) => ({
      commit(change: Change) {
        const ends = change.writes.some((write) => write.write === "run" && write.set.status === "available");
        if (ends && failures-- > 0) return Promise.reject(new StoreError("failed", "disk full"));
        return store.commit(change);
      },
    })),
  });
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["sending"]);
  await r.clock.advance(2 * MINUTE);
  assert.equal((await r.runs())[0]!.status, "available");
  assert.equal(r.provider.effects.filter((one) => one.runId === r.provider.effects[0]!.runId).length, 1);
});

test("a commit whose answer was lost is not made twice", async () => {
  let lose = true;
  await using r = await rig({
    wrap: wrapped((store) => ({
      async commit(change: Change) {
        const result = await store.commit(change);
        const ends = change.writes.some((write) => write.write === "run" && write.set.status === "available");
        if (ends && lose) {
          lose = false;
          throw new StoreError("unknown", "no answer");
        }
        return result;
      },
    })),
  });
  await r.clock.advance(MINUTE + 30_000);
  assert.deepEqual(await r.story(), ["available"]);
});

test("no POST is sent while its intent cannot be committed, and it is sent when it can", async () => {
  let full = true;
  await using r = await rig({
    wrap: wrapped((store) => ({
      commit: (change: Change) =>
        full && change.job === "db" && change.writes.every((write) => write.write !== "addJob")
          ? Promise.reject(new StoreError("not_writable", "disk full"))
          : store.commit(change),
    })),
  });
  await r.clock.advance(MINUTE + 10_000);
  assert.equal(r.provider.calls("create").length, 0);
  assert.equal(r.fatal, undefined);
  full = false;
  await r.clock.advance(40_000);
  assert.deepEqual(await r.story(), ["available"]);
});

test("a store that is lost to this process ends it", async () => {
  let broken = false;
  await using r = await rig({
    wrap: wrapped((store) => ({
      commit: (change: Change) =>
        broken ? Promise.reject(new StoreError("replaced", "the file was replaced")) : store.commit(change),
    })),
  });
  broken = true;
  await r.clock.advance(MINUTE);
  assert.ok(r.fatal instanceof StoreError);
  assert.equal(r.provider.calls("create").length, 0);
  r.fatal = undefined;
});

test("a guard latched after an approval is not covered by it", async () => {
  await using r = await rig();
  await r.clock.advance(10 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{
    retention: policy("minutely=2"),
    schedule: "0 0 0 1 1 *",
    guard: { maxPercent: 50, policyChangeHoldMs: 0 },
  }]));
  await r.engine.retention("db")!.pass();
  const look = await r.engine.retention("db")!.look();
  assert.equal(look.election.victims.length, 8);
  assert.equal(await r.engine.retention("db")!.approve(look.digest, "ops"), true);
  await r.clock.advance(1_000);
  await r.store.commit({
    job: "db",
    writes: [{
      write: "latch",
      guard: { job: "db", guard: "duplicate_id", latchedAt: r.clock.now(), message: "an id came twice" },
    }],
  });
  assert.equal((await r.engine.retention("db")!.look()).approved, false);
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 10);
  assert.equal(r.told("delete.intended").length, 0, "not even an intent");
});

test("periods are cut in the job's zone", async () => {
  await using r = await rig({
    jobs: [{
      schedule: "0 30 * * * *",
      timezone: "Asia/Kolkata",
      retention: policy("daily=1"),
      ...{ guard: keepTwo.guard },
    }],
    start: Date.parse("2026-03-02T17:00:00Z"),
  });
  // 23:00 and 00:00 in Kolkata: two days there, one in UTC.
  await r.clock.advance(4 * 3_600_000);
  const kept = (await r.runs("available")).map((run) => inWords(run.reasons)[0]);
  assert.deepEqual(kept, ["daily 1 of 1 (2026-03-03)"]);
});
