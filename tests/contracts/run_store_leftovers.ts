// What cleaning up after failed runs rests on: the condition under which it may go, and the read before it.

import assert from "node:assert/strict";
import type { Run } from "../../src/domain/backup.ts";
import type { RunStore } from "../../src/ports/store.ts";
import { backup, change, event, HOUR, insert, NOW, type Scenario, watch } from "../store/fixture.ts";

/** Whether what the run left may go at `at`, having been kept for `keepMs`. */
async function mayGo(store: RunStore, run: Run, at: number, keepMs = 0, dataIds = [run.id!, run.dataId!]) {
  watch.set(at);
  const result = await store.commit({
    job: run.job,
    conditions: [{
      condition: "leftover",
      runId: run.runId,
      providerKeys: ["restic-a", "former"],
      dataIds,
      keepMs,
    }],
    writes: [],
    events: [event()],
  });
  watch.set(NOW);
  return result.result === "done";
}

export function testLeftovers(scenario: Scenario): void {
  scenario("the condition leftover holds for our own ended runs only, at their time", async (store) => {
    const left = backup({ status: "failed", reason: "cut_off" });
    const cancelled = backup({ status: "cancelled" });
    const others = [
      backup({ status: "lost" }),
      backup({ status: "failed", reason: "unsettled" }),
      backup({ status: "failed", id: null, dataId: null }),
      backup({ status: "failed", trigger: "import", slot: null }),
      backup({ status: "failed", importedAt: NOW }),
      backup({ status: "failed", providerKey: "elsewhere" }),
      backup({ status: "failed", endTime: null }),
      backup({ status: "available" }),
      backup({ status: "deleted" }),
    ];
    const later = backup();
    await insert(store, left, cancelled, ...others, later);
    const at = later.endTime!;
    assert.equal(await mayGo(store, left, at), true);
    assert.equal(await mayGo(store, cancelled, at), true);
    for (const run of others) {
      assert.equal(await mayGo(store, run, at, 0, ["none"]), false, `${run.status} ${run.reason}`);
    }
    assert.equal(await mayGo(store, left, at, at - left.endTime!), true);
    assert.equal(await mayGo(store, left, at, at - left.endTime! + 1), false);
  });

  scenario(
    "the condition leftover asks for a later sound backup of the job's own, not ahead of now",
    async (store) => {
      const before = backup();
      const left = backup({ status: "failed", reason: "provider" });
      const later = [
        backup({ suspectAt: NOW, suspectReason: "small" }),
        backup({ rejectedAt: NOW }),
        backup({ importedAt: NOW }),
        backup({ status: "missing" }),
        backup({ status: "deleting" }),
        backup({ providerKey: "elsewhere" }),
        backup({ job: "files" }),
      ];
      await insert(store, before, left, ...later);
      const sound = backup({ providerKey: "former" });
      const at = sound.endTime!;
      assert.equal(await mayGo(store, left, at), false);
      await insert(store, sound);
      assert.equal(await mayGo(store, left, at), true);
      assert.equal(await mayGo(store, left, at - 24 * HOUR), false, "it is dated ahead of now");
    },
  );

  scenario("the condition leftover never holds for data that another row has", async (store) => {
    const left = backup({ status: "failed", reason: "provider" });
    const twin = backup({ status: "failed", reason: "provider", dataId: "shared" });
    const gone = backup({ status: "deleted", dataId: "once" });
    const later = backup({ dataId: "kept" });
    await insert(store, left, twin, gone, later);
    const at = later.endTime!;
    assert.equal(await mayGo(store, left, at, 0, [left.id!, "once"]), true);
    assert.equal(await mayGo(store, left, at, 0, [left.id!, "shared"]), false);
    assert.equal(await mayGo(store, left, at, 0, [left.id!, "kept"]), false);
    assert.equal(await mayGo(store, left, at, 0, [later.id!]), false, "it is the id of another");
  });

  scenario(
    "leftovers() reads what may have been left, oldest first, and the newest sound backup",
    async (store) => {
      assert.deepEqual(await store.leftovers("db", ["restic-a"], 10), { rows: [], later: null });
      const first = backup({
        status: "failed",
        reason: "provider",
        startTime: NOW - 3 * HOUR,
        endTime: NOW - 2 * HOUR,
      });
      const second = backup({ status: "cancelled", startTime: NOW - HOUR, endTime: NOW - HOUR });
      const foreign = backup({ status: "failed", importedAt: NOW });
      await insert(store, second, first, foreign, backup({ status: "lost" }));
      const read = await store.leftovers("db", ["restic-a"], 10);
      assert.deepEqual(read.rows.map(({ runId }) => runId), [first.runId, second.runId]);
      assert.equal(read.later, null);
      const sound = backup({ startTime: NOW - 60_000, endTime: NOW - 30_000 });
      await insert(store, sound, backup({ startTime: NOW + HOUR, endTime: NOW + HOUR }));
      const again = await store.leftovers("db", ["restic-a"], 1);
      assert.deepEqual(again.rows.map(({ runId }) => runId), [first.runId]);
      assert.deepEqual(again.later, { startTime: sound.startTime, endTime: sound.endTime });
      assert.equal((await store.stats())[0]!.leftovers, 3);
    },
  );

  scenario(
    "what was left and deleted is no backup of its period, and its failure is not forgotten",
    async (store) => {
      const failed = backup({ status: "failed", reason: "incomplete", message: "disk full" });
      await insert(store, failed, backup({ status: "failed", endTime: NOW - HOUR, startTime: NOW - HOUR }));
      await store.commit({
        ...change({
          write: "run",
          runId: failed.runId,
          set: { status: "deleting", endedAs: "failed", deleteIntentAt: NOW, deleteSentAt: NOW },
        }),
        conditions: [{ condition: "status", runId: failed.runId, in: ["failed"] }],
      });
      const [records] = await store.periodRecords("db", [{ from: failed.slot!, until: failed.slot! + 1 }]);
      assert.deepEqual(records!.map(({ status, message }) => [status, message]), [["failed", "disk full"]]);
      watch.set(failed.endTime!);
      const [db] = await store.stats();
      watch.set(NOW);
      assert.equal(db!.lastFailureAt, failed.endTime);
    },
  );
}
