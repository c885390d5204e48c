// Jobs that are forgotten: only what left the configuration and has nothing left, with all of its history kept.
// Also tests storage_gone.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jobOperations, type JobOperationsParts } from "../../../src/app/operations/jobs.ts";
import type { Config } from "../../../src/config/values/config.ts";
import type { JobsSlice } from "../../../src/app/operations/job_lists.ts";
import { readinessOperations, type ReadinessParts } from "../../../src/app/operations/readiness.ts";
import { newRun, type Run, type Status } from "../../../src/domain/backup.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { everyJob, joined } from "../../support/every_job.ts";

const MINUTE = 60_000;
const ADMIN = { name: "ann", role: "admin" } as const;
const KEEPS_TWO = {
  retention: policy("minutely=2"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
};
const OTHER = { name: "www", schedule: "0 0 0 1 1 *" };

const operationsOf = ({ engine, store, clock, watch }: Rig) =>
  jobOperations(
    { engine, store, clock, watch, storeTrouble: () => null } as Partial<
      JobOperationsParts
    > as JobOperationsParts,
  );

/** Two jobs, of which `db` made two backups and then left the configuration. */
async function left(): Promise<Rig> {
  const r = await rig({ jobs: [{}, OTHER] });
  await r.clock.advance(2 * MINUTE + 1_000);
  await r.engine.reload(r.declare([OTHER]));
  return r;
}

/** Every row of the job is a deleted one. */
async function deleteAll(r: Rig): Promise<void> {
  for (const run of await r.store.runsInStatus(["available"], "db")) {
    await r.engine.safekeeping.delete(run, "ann");
  }
}

const history = async (r: Rig, job = "db") => (await r.store.runs({ job, limit: 100 })).items;

async function addRow(r: Rig, status: Status, fields: Partial<Run> = {}): Promise<void> {
  const at = r.clock.now();
  const run = newRun({
    runId: crypto.randomUUID(),
    job: "db",
    trigger: "manual",
    slot: null,
    status,
    providerKey: "p",
    createdAt: at,
    id: crypto.randomUUID(),
    ...fields,
  });
  await r.store.commit({ job: "db", writes: [{ write: "insert", run }], events: [] });
}

test("a job that left with nothing left is forgotten, and shows nowhere but in its history", async () => {
  await using r = await left();
  const operations = operationsOf(r);
  await deleteAll(r);
  await r.store.commit({
    job: "db",
    writes: [{ write: "latch", guard: { job: "db", guard: "too_many", latchedAt: 1, message: "8 of 10" } }],
  });
  assert.equal((await operations.job("db"))!.remains, 0);
  const before = await history(r);
  assert.deepEqual(await operations.forget("db", ADMIN), { outcome: "forgotten", at: r.clock.now() });

  assert.deepEqual((await everyJob(operations)).map(({ job }) => job), ["www"]);
  assert.equal(await operations.job("db"), undefined);
  assert.match(
    (await operations.forgotten("db"))!,
    /'db' was forgotten on 2026-03-02T10:02:01.*runs list --job db/,
  );
  assert.deepEqual(await history(r), before, "no row went or changed");
  const [told, ...more] = r.told("job.forgotten");
  assert.deepEqual([told!.message.slice(0, 27), told!.data, more], [
    "ann had job 'db' forgotten:",
    { by: "ann" },
    [],
  ]);

  const readiness = readinessOperations(
    {
      ...{ engine: r.engine, store: r.store, clock: r.clock, watch: r.watch },
      config: () => ({ server: { auth: { kind: "default" } } }) as Config,
      storeTrouble: () => null,
      lastReload: () => null,
      providerTroubles: () => [],
      upkeepTroubles: () => [],
      async *renderMetrics(jobs: AsyncIterable<JobsSlice>) {
        for await (const { views } of jobs) yield views.map(({ job }) => job).join();
      },
    } as Partial<ReadinessParts> as ReadinessParts,
  );
  const { checks } = await readiness.readiness();
  assert.deepEqual(
    checks.map(({ name }) => name),
    ["store", "engine"],
    "its guard warns of nothing any more",
  );
  assert.equal(await joined(readiness.metrics()), "www");
});

test("said again it changes nothing, also after a restart", async () => {
  await using r = await left();
  await deleteAll(r);
  const first = await operationsOf(r).forget("db", ADMIN);
  await r.clock.advance(MINUTE);
  assert.deepEqual(await operationsOf(r).forget("db", ADMIN), first);
  await r.crash();
  await r.boot([OTHER]);
  assert.deepEqual(await operationsOf(r).forget("db", ADMIN), first);
  assert.deepEqual((await everyJob(operationsOf(r))).map(({ job }) => job), ["www"]);
  assert.equal(r.told("job.forgotten").length, 1);
});

test("a job of the configuration is not forgotten, nor a name that nobody knows", async () => {
  await using r = await rig({ jobs: [OTHER] });
  const operations = operationsOf(r);
  const answer = (await operations.forget("www", ADMIN))!;
  assert.ok(answer.outcome === "conflict");
  assert.match(answer.message, /^Cannot forget job 'www': it is in the configuration: take it out there/);
  assert.equal((await r.store.job("www"))!.forgottenAt, null);
  assert.equal(await operations.forget("none", ADMIN), undefined);
  assert.equal(await operations.forgotten("www"), undefined);
  assert.equal(await operations.forgotten("none"), undefined);
});

const LIVING: [what: string, status: Status, fields: Partial<Run>, text: RegExp][] = [
  ["an available backup", "available", {}, /1 backup available\. Delete them .*delete --job db --all'/],
  [
    "a held backup",
    "available",
    { holdAt: 1, holdReason: "audit" },
    /1 backup available \(1 of them held: see/,
  ],
  ["a missing backup", "missing", {}, /1 missing\. .*--all', or give them to .*'renamed_from: db'/],
  ["a held missing one", "missing", { holdAt: 1, holdReason: "audit" }, /1 missing \(1 of them held/],
  [
    "a deletion under way",
    "deleting",
    { deleteIntentAt: 1, deleteSentAt: 1 },
    /1 with a deletion that is not done/,
  ],
  [
    "a refused deletion",
    "delete-error",
    { deleteIntentAt: 1, deleteSentAt: 1 },
    /1 with a deletion that is not/,
  ],
  ["a run under way", "running", {}, /1 under way\. Wait for what is under way/],
  ["a start of unknown fate", "unknown", { id: null }, /1 under way/],
  ["what a failed run left", "failed", { endTime: 1 }, /1 failed, cancelled or lost .*--all --leftovers'/],
  ["what a cancelled run left", "cancelled", { endTime: 1 }, /1 failed, cancelled or lost/],
  ["a lost backup", "lost", { endTime: 1 }, /1 failed, cancelled or lost/],
];

for (const [what, status, fields, text] of LIVING) {
  test(`${what} keeps its job from being forgotten, and the refusal says what to do`, async () => {
    await using r = await left();
    const operations = operationsOf(r);
    await deleteAll(r);
    await addRow(r, status, fields);
    assert.equal((await operations.job("db"))!.remains, 1);
    const answer = (await operations.forget("db", ADMIN))!;
    assert.ok(answer.outcome === "conflict");
    assert.match(answer.message, text);
    assert.equal((await r.store.job("db"))!.forgottenAt, null, "nothing was changed");
    assert.equal(r.told("job.forgotten").length, 0);
    assert.deepEqual((await everyJob(operations)).map(({ job }) => job), ["www", "db"]);
  });
}

test("what failed without an id, was skipped or expired keeps no job", async () => {
  await using r = await left();
  await deleteAll(r);
  await addRow(r, "failed", { id: null, endTime: 1 });
  await addRow(r, "skipped", { id: null });
  await addRow(r, "expired", { id: null });
  assert.equal((await operationsOf(r).forget("db", ADMIN))!.outcome, "forgotten");
});

test("configured again it is a job again, with its history, and what it makes is thinned as before", async () => {
  for (const way of ["reload", "restart"]) {
    await using r = await left();
    await deleteAll(r);
    await operationsOf(r).forget("db", ADMIN);
    const before = await history(r);
    if (way === "reload") await r.engine.reload(r.declare([KEEPS_TWO, OTHER]));
    else {
      await r.crash();
      await r.boot([KEEPS_TWO, OTHER]);
    }
    await r.clock.advance(5 * MINUTE);
    const operations = operationsOf(r);
    const view = (await operations.job("db"))!;
    assert.deepEqual([view.managed, view.remains, view.available], [true, null, 2], way);
    const after = await history(r);
    for (const run of before) {
      assert.ok(after.some(({ runId }) => runId === run.runId), "its rows are its own");
    }
    assert.match(r.told("job.managed_again")[0]!.message, /'db', which was forgotten on 2026.* again/);
    // It leaves again: what was said of it before does not hide it, whatever it has.
    await r.engine.reload(r.declare([OTHER]));
    assert.equal((await operations.forget("db", ADMIN))!.outcome, "conflict");
    await deleteAll(r);
    assert.deepEqual((await everyJob(operations)).map(({ job }) => job), ["www", "db"]);
    assert.equal((await operations.forget("db", ADMIN))!.outcome, "forgotten");
    assert.equal(r.told("job.forgotten").length, 2);
  }
});

/** It leaves with a pause, a guard and the patience of one whose backups were cut off. */
async function stopped(r: Rig): Promise<void> {
  const guard = { job: "db", guard: "too_many", latchedAt: 1, message: "8 of 10" };
  const set = {
    pausedAt: 1,
    pauseReason: "while the disk is replaced",
    graceFactor: 8,
    lastCancelSlot: r.clock.now(),
  };
  await r.store.commit({ job: "db", writes: [{ write: "latch", guard }, { write: "job", job: "db", set }] });
}

test("under a forgotten name a new job begins: without the pause, the guards and the cursor of the one before", async () => {
  for (const way of ["reload", "restart"]) {
    await using r = await left();
    await deleteAll(r);
    await stopped(r);
    await operationsOf(r).forget("db", ADMIN);
    const before = await history(r);
    await r.clock.advance(30 * MINUTE);
    const jobs = [{ ...KEEPS_TWO, schedule: "0 */10 * * * *" }, OTHER];
    const from = r.clock.now();
    if (way === "reload") await r.engine.reload(r.declare(jobs));
    else {
      await r.crash();
      await r.boot(jobs);
    }
    const state = (await r.store.job("db"))!;
    assert.deepEqual(
      [state.pausedAt, state.pauseReason, state.graceFactor, state.lastCancelSlot, state.forgottenAt],
      [null, null, 1, null, null],
      way,
    );
    assert.ok(state.cursor >= from && state.knownSince >= from, way);
    assert.deepEqual(await r.store.latched(), []);
    assert.match(r.told("job.managed_again")[0]!.message, /it starts as a new job/);
    await r.clock.advance(11 * MINUTE);
    const after = await history(r);
    const made = after.filter(({ runId }) => !before.some((run) => run.runId === runId));
    assert.deepEqual(made.map(({ status }) => status), ["available"], `${way}: nothing of before is skipped`);
    for (const { runId } of before) assert.ok(after.some((run) => run.runId === runId), "history stays");
  }
});

test("nor does it bind the job that takes the forgotten name over by renamed_from", async () => {
  for (const known of [false, true]) {
    await using r = await left();
    if (known) await r.engine.reload(r.declare([{ name: "new" }, OTHER]));
    await deleteAll(r);
    await stopped(r);
    await operationsOf(r).forget("db", ADMIN);
    await r.engine.reload(r.declare([{ name: "new", renamedFrom: "db" }, OTHER]));
    const state = (await r.store.job("new"))!;
    assert.deepEqual([state.pausedAt, state.graceFactor, await r.store.latched()], [null, 1, []], `${known}`);
    assert.ok((await history(r, "new")).length > 0);
  }
});

test("a backup that came to light keeps all that protects it, also where its forgotten job comes back", async () => {
  await using r = await left();
  await deleteAll(r);
  await stopped(r);
  await operationsOf(r).forget("db", ADMIN);
  await addRow(r, "missing");
  await r.engine.reload(r.declare([KEEPS_TWO, OTHER]));
  const state = (await r.store.job("db"))!;
  assert.deepEqual([state.pausedAt, state.graceFactor, state.forgottenAt], [1, 8, null]);
  assert.deepEqual((await r.store.latched()).map(({ guard }) => guard), ["too_many"]);
});

test("a job that comes back while it is forgotten is a job, whichever comes first", async () => {
  for (const first of ["forget", "reload"]) {
    await using r = await left();
    await deleteAll(r);
    const acts = {
      forget: () => operationsOf(r).forget("db", ADMIN),
      reload: () => r.engine.reload(r.declare([{}, OTHER])),
    };
    const order = first === "forget" ? [acts.forget, acts.reload] : [acts.reload, acts.forget];
    await Promise.all(order.map((act) => act()));
    const state = (await r.store.job("db"))!;
    assert.deepEqual([state.unmanagedSince, state.forgottenAt], [null, null], first);
    await r.engine.reload(r.declare([OTHER]));
    assert.ok((await everyJob(operationsOf(r))).some(({ job }) => job === "db"), first);
  }
});

test("another job may take the history over by renamed_from, and is a job", async () => {
  await using r = await left();
  await deleteAll(r);
  await operationsOf(r).forget("db", ADMIN);
  const rows = (await history(r)).length;
  await r.engine.reload(r.declare([{ name: "new", renamedFrom: "db" }, OTHER]));
  assert.ok((await history(r, "new")).length >= rows);
  await r.engine.reload(r.declare([OTHER]));
  assert.deepEqual(
    (await everyJob(operationsOf(r))).map(({ job }) => job),
    ["www", "new"],
    "it is not hidden",
  );
});

test("a backup that comes to light is shown, although its job was forgotten", async () => {
  await using r = await left();
  await deleteAll(r);
  await operationsOf(r).forget("db", ADMIN);
  const guard = { job: "db", guard: "too_many", latchedAt: 1, message: "8 of 10" };
  await r.store.commit({ job: "db", writes: [{ write: "latch", guard }] });
  assert.deepEqual(await r.store.latched(), []);
  await addRow(r, "available");
  const operations = operationsOf(r);
  assert.equal((await operations.job("db"))!.available, 1);
  assert.deepEqual(await r.store.latched(), [guard], "and what it was stopped by");
  assert.equal(await operations.forgotten("db"), undefined);
  assert.equal((await operations.forget("db", ADMIN))!.outcome, "conflict");
});

test("on the word of a person that its storage is gone a job is forgotten with all it has, and nothing is sent", async () => {
  await using r = await rig({
    jobs: [{ providerKey: "p2" }, OTHER],
    providers: (clock) => [new FakeProvider({ clock, key: "p" }), new FakeProvider({ clock, key: "p2" })],
  });
  await r.clock.advance(2 * MINUTE + 1_000);
  const operations = operationsOf(r);
  const refusal = async (isGone = true) => {
    const answer = await operations.forget("db", ADMIN, isGone);
    return answer?.outcome === "conflict" ? answer.message : "";
  };
  assert.match(await refusal(), /it is in the configuration/);
  await r.engine.reload(r.declare([OTHER]));
  const fields = { providerKey: "p2" };
  await addRow(r, "missing", fields);
  await addRow(r, "delete-error", { ...fields, deleteSentAt: 1 });
  await addRow(r, "deleting", { ...fields, deleteSentAt: 1 });
  await addRow(r, "lost", fields);
  await addRow(r, "failed", { ...fields, reason: "error" });
  await addRow(r, "available", { ...fields, holdAt: 1 });
  assert.match(await refusal(false), /it still has/, "without the word nothing changes");
  assert.match(await refusal(), /1 of its backups are held/);
  const held = (await history(r)).find(({ holdAt }) => holdAt !== null)!;
  await r.store.commit({ job: "db", writes: [{ write: "run", runId: held.runId, set: { holdAt: null } }] });
  const before = await history(r);

  assert.equal((await operations.forget("db", ADMIN, true))!.outcome, "forgotten");
  const after = await history(r);
  assert.deepEqual(after.map(({ runId, id }) => [runId, id]), before.map(({ runId, id }) => [runId, id]));
  assert.ok(after.every(({ status }) => status === "deleted"));
  const said = after.filter(({ reason }) => reason === "storage_gone");
  assert.equal(said.length, after.length - 1);
  for (const { message } of said) assert.match(message!, /says that its storage is gone: nobody has looked/);
  assert.equal(after.find(({ endedAs }) => endedAs === "failed")!.reason, "error", "why it failed stays");
  assert.equal(r.told("delete.intended").length, 1, "also what they become in between");
  const [told] = r.told("job.storage_gone");
  assert.deepEqual([told!.data!.by, told!.data!.rows], [ADMIN.name, after.length]);
  await r.clock.advance(30 * MINUTE);
  for (const provider of r.providers.values()) assert.equal(provider.calls("delete").length, 0);
  assert.equal((await operations.forget("db", ADMIN, true))!.outcome, "forgotten");
  assert.equal(r.told("job.storage_gone").length, 1);
});

test("nobody's word stands for a storage that can be asked", async () => {
  await using r = await left();
  const answer = await operationsOf(r).forget("db", ADMIN, true);
  assert.equal(answer!.outcome, "conflict");
  assert.match(JSON.stringify(answer), /provider 'p' is in the configuration and can be asked/);
  assert.equal((await r.runs("available", "db")).length, 2);
});

test("a run that began before the job left keeps it until it has ended", async () => {
  await using r = await rig({ jobs: [{}, OTHER] });
  r.provider.plan({ durationMs: 10 * MINUTE });
  await r.clock.advance(MINUTE + 1_000);
  await r.engine.reload(r.declare([OTHER]));
  const answer = (await operationsOf(r).forget("db", ADMIN))!;
  assert.ok(answer.outcome === "conflict");
  assert.match(answer.message, /1 under way\. Wait for/);
});
