// A job under a new name: what is on record under the old one becomes its own, also where the new name came first.
// Also tests job_entry.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newRun, type Run } from "../../src/domain/backup.ts";
import type { Job } from "../../src/domain/job.ts";
import type { Change, CommitResult } from "../../src/ports/store.ts";
import { FakeProvider } from "../support/fake_provider.ts";
import { policy, type Rig, rig } from "../support/engine_rig.ts";

const MINUTE = 60_000;
const free = { guard: { maxPercent: 100, policyChangeHoldMs: 0 } };
const keepTwo: Partial<Job> = { retention: policy("minutely=2"), ...free };
const late: Partial<Job> = { name: "postgres" };
const renamed: Partial<Job> = { ...keepTwo, name: "postgres", renamedFrom: "db" };
const apart: Partial<Job> = { name: "postgres", renamedFrom: "db" };

const rows = async (r: Rig, job: string) =>
  (await Promise.all(
    (["available", "skipped", "deleted", "running"] as const).map((status) => r.runs(status, job)),
  )).flat();
const latches = async (r: Rig) => (await r.store.latched()).map(({ job, guard }) => `${job} ${guard}`);
const living = (r: Rig) => r.provider.living().map(({ id }) => id);
const decided = async (r: Rig, job: string) =>
  (await rows(r, job)).flatMap(({ slot, slotUntil }) => slot === null ? [] : [[slot, slotUntil ?? slot]]);

/** No slot is in two rows. */
function assertOnce(spans: number[][]): void {
  const sorted = spans.toSorted((a, b) => a[0]! - b[0]!);
  for (const [at, [from]] of sorted.entries()) {
    if (at > 0) assert.ok(from! > sorted[at - 1]![1]!, `the slot ${from} is decided once`);
  }
}

/** `db` made four backups, then the name was changed without a word, and `postgres` made three. */
async function slipped(options: Parameters<typeof rig>[0] = {}): Promise<Rig> {
  const r = await rig({ jobs: [{}], ...options });
  await r.clock.advance(4 * MINUTE + 1_000);
  await r.engine.reload(r.declare([late]));
  await r.clock.advance(3 * MINUTE);
  return r;
}

for (const way of ["reload", "restart"]) {
  test(`renamed_from written after the new name was stored makes the two one, by ${way}`, async () => {
    await using r = await slipped();
    const before = { db: await rows(r, "db"), postgres: await rows(r, "postgres") };
    if (way === "restart") {
      await r.crash();
      await r.boot([renamed]);
    } else await r.engine.reload(r.declare([renamed]));

    assert.equal(await r.store.job("db"), undefined);
    const after = await rows(r, "postgres");
    const ids = (list: Run[]) => list.map(({ runId }) => runId).toSorted();
    for (const run of [...before.db, ...before.postgres]) {
      assert.ok(ids(after).includes(run.runId), run.runId);
    }
    const state = (await r.store.job("postgres"))!;
    assert.equal(state.availableCount, 7);
    assert.deepEqual(
      (await r.store.providerBackups()).map((place) => [place.job, place.available, place.managed]),
      [
        ["postgres", 7, true],
      ],
    );
    assertOnce(await decided(r, "postgres"));
    assert.deepEqual(await latches(r), ["postgres first_policy"]);
    const told = r.told("job.renamed");
    assert.equal(told.length, 1);
    assert.match(told[0]!.message, /'db' is now called 'postgres'.* its 4 backups joined the 3 backups/);

    await r.clock.advance(3 * MINUTE);
    assert.equal(living(r).length, 10, "nothing is deleted before an approval, and the slots go on");
    const { digest } = await r.engine.retention("postgres")!.look();
    assert.equal(await r.engine.retention("postgres")!.approve(digest, "boss"), true);
    await r.engine.retention("postgres")!.pass();
    assert.deepEqual(living(r), ["p-9", "p-10"]);
  });
}

test("a rename that is done is not done again, nor told, by a later start or reload", async () => {
  await using r = await slipped();
  await r.engine.reload(r.declare([renamed]));
  const state = await r.store.job("postgres");
  const runs = await rows(r, "postgres");
  await r.engine.reload(r.declare([renamed]));
  await r.crash();
  await r.boot([renamed]);
  assert.deepEqual({ ...await r.store.job("postgres"), edition: 0 }, { ...state, edition: 0 });
  assert.deepEqual(await rows(r, "postgres"), runs);
  assert.equal(r.told("job.renamed").length, 1);
});

test("slots between the two names are one recorded range", async () => {
  await using r = await rig({ jobs: [{}] });
  await r.clock.advance(2 * MINUTE + 1_000);
  await r.crash();
  await r.clock.advance(5 * MINUTE);
  await r.boot([late]);
  await r.clock.advance(2 * MINUTE);
  await r.engine.reload(r.declare([renamed]));
  const range = (await r.runs("skipped", "postgres")).filter(({ reason }) => reason === "unmanaged");
  assert.deepEqual(range.map(({ slots }) => slots), [5]);
  assertOnce(await decided(r, "postgres"));
});

test("a name that was taken back for a while: what one skipped and the other ran is decided once", async () => {
  await using r = await slipped();
  // Back to the old name: what `postgres` ran is a range of `db` that nobody managed.
  await r.engine.reload(r.declare([{}]));
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual((await r.runs("skipped", "db")).map(({ slots }) => slots), [3]);
  await r.engine.reload(r.declare([renamed]));
  assert.equal((await r.store.job("postgres"))!.availableCount, 9);
  assert.equal(await r.store.job("db"), undefined);
  assertOnce(await decided(r, "postgres"));
  assert.equal((await r.store.job("postgres"))!.unmanagedSince, null);
  await r.clock.advance(2 * MINUTE);
  assert.equal(living(r).length, 11, "the slots go on, each once");
});

test("where both ran for one slot they stay apart, untouched, and it is said what to do", async () => {
  await using r = await rig({ jobs: [{}, late] });
  await r.clock.advance(3 * MINUTE + 1_000);
  for (let turn = 0; turn < 2; turn++) {
    await r.engine.reload(r.declare([apart]));
    assert.equal((await r.store.job("db"))!.availableCount, 3);
    assert.equal((await r.store.job("postgres"))!.availableCount, turn === 0 ? 3 : 4);
    await r.clock.advance(MINUTE);
  }
  assert.match(
    r.told("job.error")[0]!.message,
    /'postgres' cannot take over what is on record of 'db'.*both ran for the slot .*untouched.*backups delete --job db --all/,
  );
});

test("a pause, a hold, the greater patience and what was skipped come along", async () => {
  await using r = await slipped();
  await r.engine.reload(r.declare([{}, late]));
  await r.engine.pause(r.engine.job("db")!, null, "moving", {
    type: "job.paused",
    level: "warning",
    at: r.clock.now(),
    job: "db",
    message: "paused",
  });
  const held = (await r.runs("available", "db"))[0]!;
  await r.engine.safekeeping.hold(held, { reason: "audit", owner: "ann", until: null }, "ann");
  await r.engine.reload(r.declare([late]));
  await r.engine.reload(r.declare([renamed]));
  const state = (await r.store.job("postgres"))!;
  assert.deepEqual([state.pauseReason, state.pausedUntil], ["moving", null]);
  assert.notEqual(state.pausedAt, null);
  assert.equal(r.engine.job("postgres")!.state.pauseReason, "moving", "also in the job at work");
  assert.equal((await r.store.run(held.runId))!.holdReason, "audit");
  const before = living(r).length;
  await r.clock.advance(3 * MINUTE);
  assert.equal(living(r).length, before, "paused");
});

test("two runs under way are not made one; when one has ended, they are", async () => {
  await using r = await rig({
    jobs: [{}],
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 30 * MINUTE })],
  });
  await r.clock.advance(MINUTE + 1_000);
  await r.engine.reload(r.declare([late]));
  await r.clock.advance(MINUTE);
  await r.engine.reload(r.declare([renamed]));
  assert.match(r.told("job.error")[0]!.message, /both have a run that has not ended/);
  assert.notEqual(await r.store.job("db"), undefined);
  await r.clock.advance(30 * MINUTE);
  await r.engine.reload(r.declare([renamed]));
  assert.equal(await r.store.job("db"), undefined);
  assertOnce(await decided(r, "postgres"));
});

test("killed before or after any commit of the join, the next start ends with one whole job", async () => {
  for (let step = 0; step < 6; step++) {
    let commits = -1;
    const dead = new Error("killed");
    await using r = await slipped({
      wrap: (store) => ({
        ...store,
        commit(change: Change): Promise<CommitResult> {
          if (commits >= 0 && commits++ >= step) return Promise.reject(dead);
          return store.commit(change);
        },
      }),
    });
    const count = (await rows(r, "db")).length + (await rows(r, "postgres")).length;
    commits = 0;
    await r.engine.reload(r.declare([renamed])).catch((error) => assert.equal(error, dead));
    commits = -1;
    await r.crash();
    await r.boot([renamed]);
    assert.equal(await r.store.job("db"), undefined, `step ${step}`);
    assert.equal((await rows(r, "postgres")).length, count);
    assert.deepEqual(await latches(r), ["postgres first_policy"]);
    assert.equal(r.told("job.renamed").length, 1);
  }
});

test("a new job whose former name is not on record says so, and which names are", async () => {
  await using r = await rig({ jobs: [{}] });
  await r.clock.advance(2 * MINUTE + 1_000);
  await r.crash();
  // The name between the two was never started.
  await r.boot([{ name: "pg2", renamedFrom: "postgres" }]);
  assert.match(
    r.told("job.added").at(-1)!.message,
    /'pg2' is new: no job 'postgres', its renamed_from, is on record .*'db'.*its schedule starts now/,
  );
  await r.engine.reload(r.declare([{ name: "pg2", renamedFrom: "db" }]));
  assert.equal((await r.store.job("pg2"))!.availableCount, 2);
});

test("a caller's key that both names have seen is the newer one's", async () => {
  await using r = await slipped();
  for (const job of ["db", "postgres"]) {
    const run = newRun({
      runId: r.clock.now() + job,
      job,
      trigger: "manual",
      slot: null,
      status: "failed",
      providerKey: "p",
      createdAt: r.clock.now(),
      callerKey: "again",
    });
    await r.store.commit({ job, writes: [{ write: "insert", run }] });
  }
  await r.engine.reload(r.declare([renamed]));
  assert.equal((await r.store.byCallerKey("postgres", "again"))!.runId, `${r.clock.now()}postgres`);
});
