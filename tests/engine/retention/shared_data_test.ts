// Deletions by hand, through the real engine and store, of backups whose data others have too.

import assert from "node:assert/strict";
import { test } from "node:test";
import { safetyOperations } from "../../../src/app/operations/safekeeping.ts";
import type { Run } from "../../../src/domain/backup.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { FakeProvider } from "../../support/fake_provider.ts";

const MINUTE = 60_000;
const BOSS = { name: "boss", role: "admin" } as const;
const NEVER = "0 0 0 1 1 *";
const TWO_JOBS = [{ name: "a", schedule: NEVER }, { name: "b", schedule: NEVER }];

const row = async (r: Rig, id: string): Promise<Run> => (await r.store.find(id))[0]!;
const living = (r: Rig) => [...r.providers.values()].flatMap((one) => one.living().map(({ id }) => id));
const deletes = (r: Rig) =>
  [...r.providers.values()].flatMap(({ ledger }) => ledger).filter(({ op }) => op === "delete").length;

async function make(r: Rig, job: string): Promise<void> {
  await r.engine.job(job)!.trigger("ops", null);
  await r.engine.job(job)!.idle();
}

async function remove(r: Rig, id: string): Promise<string> {
  const { engine, store, watch } = r;
  const answer = await safetyOperations({ engine, store, watch }).deleteBackup(await row(r, id), BOSS);
  return answer.outcome === "conflict" ? answer.message : answer.run.status;
}

test("a deletion by hand is refused while another job's backup has the same data, and says which and what to do", async () => {
  await using r = await rig({ jobs: TWO_JOBS });
  r.provider.plan({ dataId: "same" }, { dataId: "same" });
  await make(r, "a");
  await make(r, "b");
  const other = await row(r, "p-2");
  await r.engine.safekeeping.hold(other, { reason: "legal", owner: "law", until: null }, "ops");
  assert.equal(
    await remove(r, "p-1"),
    `Cannot delete backup 'p-1': it shares its data with backup 'p-2' of job 'b' (run ${other.runId}), which is ` +
      "available and held by law (legal): a deletion would take that data, too. If both shall go, remove the data " +
      "with the tools of its provider and delete each here: what the provider has no more is only taken off the record",
  );
  assert.deepEqual(living(r), ["p-1", "p-2"]);
  assert.equal(deletes(r), 0);
  assert.equal((await row(r, "p-1")).status, "available");
});

test("nor is one deleted whose id is the data id of another, or the other way round", async () => {
  await using r = await rig({ jobs: TWO_JOBS });
  r.provider.plan({}, { dataId: "p-1" });
  await make(r, "a");
  await make(r, "b");
  assert.match(await remove(r, "p-1"), /shares its data with backup 'p-2' of job 'b'/);
  assert.match(await remove(r, "p-2"), /shares its data with backup 'p-1' of job 'a'/);
  assert.equal(deletes(r), 0);
});

test("what failed is no backup: it stops nobody, and its own data is not taken from one that lives", async () => {
  await using r = await rig({ jobs: TWO_JOBS });
  r.provider.plan({ dataId: "same", ends: "failed", durationMs: MINUTE }, { dataId: "same" });
  await r.engine.job("a")!.trigger("ops", null);
  await r.clock.advance(2 * MINUTE);
  await make(r, "b");
  assert.equal((await row(r, "p-1")).status, "failed");
  const backup = { id: "p-1", dataId: "same", state: "failed", status: "failed" };
  const says = { does: "answer", answer: { found: "yes", backup } } as const;
  r.provider.script("get", says, says, says);
  assert.match(await remove(r, "p-1"), /shares its data with backup 'p-2'/);
  assert.equal(await remove(r, "p-2"), "deleted");
});

test("a failed run that is deleted by hand keeps why it failed", async () => {
  await using r = await rig({ jobs: TWO_JOBS });
  r.provider.plan({ ends: "failed", durationMs: MINUTE });
  await r.engine.job("a")!.trigger("ops", null);
  await r.clock.advance(2 * MINUTE);
  const failed = await row(r, "p-1");
  assert.equal(await remove(r, "p-1"), "deleted");
  const deleted = (await r.store.run(failed.runId))!;
  assert.deepEqual([deleted.status, deleted.reason], ["deleted", "provider"]);
});

test("what its provider has no more is taken off the record, and no DELETE is sent", async () => {
  await using r = await rig({ jobs: TWO_JOBS });
  r.provider.plan({ dataId: "same" }, { dataId: "same" });
  await make(r, "a");
  await make(r, "b");
  r.provider.forget("p-1");
  assert.equal(await remove(r, "p-1"), "deleted");
  assert.equal(deletes(r), 0);
  assert.match(
    r.told("delete.done")[0]!.message,
    /was already gone when boss asked to delete it: nothing was sent/,
  );
  assert.equal(await remove(r, "p-2"), "deleted", "nobody shares with it any more");
  assert.equal(deletes(r), 1);
});

test("a sharer that comes while the DELETE waits for its turn stops it", async () => {
  await using r = await rig({ jobs: TWO_JOBS });
  r.provider.plan({ dataId: "same" });
  await make(r, "a");
  const { store } = r;
  const run = await row(r, "p-1");
  const commit = (providerKeys: string[]) =>
    store.commit({
      job: "a",
      conditions: [{ condition: "unshared", runId: run.runId, dataId: null, providerKeys }],
      writes: [],
    });
  assert.equal((await commit(["p"])).result, "done");
  r.provider.plan({ dataId: "same" });
  await make(r, "b");
  assert.equal((await commit(["p"])).result, "conflict");
  assert.equal((await commit(["elsewhere"])).result, "done", "other services have other data");
});

test("a DELETE that was sent before is not sent again once another backup has the data", async () => {
  await using r = await rig({ jobs: TWO_JOBS });
  r.provider.plan({ dataId: "same" }, { dataId: "same" });
  await make(r, "a");
  r.provider.script("delete", "refused");
  assert.equal(await remove(r, "p-1"), "delete-error");
  await make(r, "b");
  await r.clock.advance(2 * 24 * 60 * MINUTE);
  assert.equal(deletes(r), 1);
  const { status, message } = await row(r, "p-1");
  assert.equal(status, "delete-error");
  assert.match(message!, /shares its data with backup 'p-2' of job 'b'/);
});

test("two spellings of one service share what is there: neither by hand nor by policy goes what the other has", async () => {
  const jobs = [
    { name: "a", schedule: NEVER, providerKey: "p", providerKeys: ["p"] },
    {
      name: "b",
      schedule: NEVER,
      providerKey: "q",
      providerKeys: ["q"],
      retention: policy("secondly=1"),
      guard: { maxPercent: 100, policyChangeHoldMs: 0 },
    },
  ];
  await using r = await rig({
    jobs,
    providers: (clock) => ["p", "q"].map((key) => new FakeProvider({ clock, key })),
    serviceOf: () => "one",
  });
  r.providers.get("p")!.plan({ dataId: "same" });
  r.providers.get("q")!.plan({ dataId: "same" });
  await make(r, "a");
  await make(r, "b");
  assert.match(await remove(r, "p-1"), /shares its data with backup 'q-1' of job 'b'/);
  await r.clock.advance(2 * MINUTE);
  await make(r, "b");
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(living(r), ["p-1", "q-1", "q-2"]);
});
