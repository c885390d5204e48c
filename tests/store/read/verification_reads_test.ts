// Verifications in the store: one open one a job, candidates of the next, what failed and stands; no election and no count
// sees them. Also tests verifications.ts of the schema.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newVerifyState, type Verification } from "../../../src/domain/verification/verification.ts";
import { verifyStateFrom } from "../../../src/store/schema/verifications.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { backup as anyBackup, DAY, filePlace, jobState, NOW } from "../fixture.ts";

const KEYS = ["restic-a"];

function verification(id: string, fields: Partial<Verification> = {}): Verification {
  return {
    ...{ verificationId: id, job: "a", runId: "r1", providerKey: "restic-a", id: "b1", method: "check" },
    ...{ level: null, slot: null, askedBy: null, attempt: 1, state: "intent", createdAt: NOW, sentAt: null },
    ...{ endedAt: null, message: null, bytes: null, files: null, durationMs: null },
    ...fields,
  };
}

async function begin(store: OpenStore, jobs = ["a"]) {
  for (const job of jobs) {
    await store.commit({ job, writes: [{ write: "addJob", state: jobState(job) }] });
  }
}

function backup(runId: string, daysAgo: number, fields = {}) {
  return anyBackup({
    ...{ runId, job: "a", id: `id-${runId}`, status: "available", slot: null, trigger: "manual" },
    ...{ startTime: NOW - daysAgo * DAY, createdAt: NOW - daysAgo * DAY, providerKey: "restic-a" },
    ...fields,
  });
}

test("a job has one open verification, and what it ends as is saved only from what it was", async () => {
  await using place = filePlace();
  const store = await place.open();
  await begin(store);
  const save = (one: Verification, ...from: Verification["state"][]) =>
    store.commit({
      job: "a",
      conditions: [{ condition: "verification", verificationId: one.verificationId, in: from }],
      writes: [{ write: "verification", verification: one }],
    });
  const first = verification("v1");
  assert.equal((await save(first)).result, "done");
  assert.deepEqual(await save(first), { result: "conflict", why: "condition" });
  assert.deepEqual(await save(verification("v2")), { result: "conflict", why: "busy" });
  assert.deepEqual(await store.openVerifications(), [first]);
  const failed = verification("v1", {
    state: "failed",
    endedAt: NOW,
    message: "x",
    bytes: 5,
    level: "daily",
  });
  assert.deepEqual(await save(failed, "running"), { result: "conflict", why: "condition" });
  assert.equal((await save(failed, "intent", "sending")).result, "done");
  assert.deepEqual(await store.openVerifications("a"), []);
  assert.deepEqual(await store.verification("v1"), failed);
  assert.equal((await save(verification("v2", { createdAt: NOW + 1 }))).result, "done");
  assert.deepEqual((await store.verificationsOf("r1", 5)).map((one) => one.verificationId), ["v2", "v1"]);
  // After more than a year the old ones go, and only they.
  const late = verification("v3", { createdAt: NOW + 401 * DAY, state: "passed", endedAt: NOW });
  assert.equal((await save(late)).result, "done");
  assert.deepEqual((await store.verificationsOf("r1", 5)).map((one) => one.verificationId), ["v3", "v2"]);
});

test("candidates are those that are there; of many the longest unseen, the newest, and those of each level", async () => {
  await using place = filePlace();
  const store = await place.open();
  await begin(store);
  const rows: ReturnType<typeof backup>[] = [
    backup("old", 100, { tags: ["yearly"] }),
    backup("seen", 90, { verifyTriedAt: NOW - DAY, tags: ["monthly"] }),
    backup("mid", 50),
    backup("new", 1, { tags: ["daily"] }),
    backup("rejected", 60, { suspectAt: NOW, rejectedAt: NOW }),
    backup("ahead", -3),
    backup("elsewhere", 70, { providerKey: "other" }),
    backup("gone", 200, { status: "deleted" }),
  ];
  await store.commit({ job: "a", writes: rows.map((row) => ({ write: "insert", run: row })) });
  const found = async (most: number) =>
    (await store.proofCandidates("a", KEYS, most)).map(({ runId }) => runId).sort();
  assert.deepEqual(await found(100), ["mid", "new", "old", "seen"]);
  assert.deepEqual(await found(1), ["new", "old", "seen"]);
  const seen = (await store.proofCandidates("a", KEYS, 100)).find(({ runId }) => runId === "seen");
  const expected = {
    runId: "seen",
    id: "id-seen",
    at: NOW - 90 * DAY,
    tags: ["monthly"],
    lookedAt: NOW - DAY,
  };
  assert.deepEqual(seen, expected);
});

test("what failed stands until somebody answers; a proof is what an election reads, a look alone is not", async () => {
  await using place = filePlace();
  const store = await place.open();
  await begin(store);
  await store.commit({ job: "a", writes: [{ write: "insert", run: backup("r1", 9) }] });
  const revision = async () => (await store.job("a"))!.revision;
  const mark = (set: object) => store.commit({ job: "a", writes: [{ write: "run", runId: "r1", set }] });
  const before = await revision();
  await mark({ verifyTriedAt: NOW });
  assert.equal(await revision(), before);
  await mark({ verification: "passed", verifiedAt: NOW, verifyTriedAt: NOW });
  const proved = await revision();
  assert.ok(proved > before);
  const shown = (await store.run("r1"))!;
  assert.deepEqual([shown.verification, shown.verifiedAt], ["passed", NOW]);
  assert.equal(await store.failedProof("a", KEYS), undefined);
  await mark({ verification: "failed", suspectAt: NOW, suspectReason: "verification failed: x" });
  assert.ok(await revision() > proved);
  const failed = { runId: "r1", id: "id-r1", since: NOW, reason: "verification failed: x" };
  assert.deepEqual(await store.failedProof("a", KEYS), failed);
  assert.equal(await store.failedProof("a", ["other"]), undefined);
  await mark({ acceptedAt: NOW });
  assert.equal(await store.failedProof("a", KEYS), undefined);
});

test("what is known of a job goes along when it is renamed, and stays with it when another joins it", async () => {
  await using place = filePlace();
  const store = await place.open();
  await begin(store, ["a", "b"]);
  const state = (job: string, cursor: number) => ({
    ...newVerifyState(job, NOW),
    cursor,
    turns: { daily: 3 },
  });
  const set = (job: string, cursor: number, name: string) =>
    store.commit({
      job,
      writes: [
        { write: "verifyState", state: state(job, cursor) },
        { write: "verification", verification: verification(name, { job, runId: name }) },
      ],
    });
  await set("a", 7, "v1");
  await store.commit({ job: "a", writes: [{ write: "renameJob", job: "a", to: "c" }] });
  assert.deepEqual(await store.verifyStates(), [state("c", 7)]);
  assert.equal((await store.verification("v1"))!.job, "c");
  await set("b", 9, "v2");
  await store.commit({ job: "b", writes: [{ write: "joinJobs", job: "b", to: "c" }] });
  assert.deepEqual(await store.verifyStates(["b", "c"]), [state("c", 7)]);
  const joined = (await store.verification("v2"))!;
  assert.deepEqual([joined.job, joined.state], ["c", "cut_off"]);
  assert.deepEqual((await store.openVerifications()).map((one) => one.verificationId), ["v1"]);
});

test("what an earlier version wrote of a job has no times of restores yet", () => {
  assert.deepEqual(verifyStateFrom(["a", '{"restoredMs":5}']).restoreTimes, []);
  assert.deepEqual(verifyStateFrom(["a", '{"restoreTimes":[5]}']).restoreTimes, [5]);
});
