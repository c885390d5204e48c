// What failed runs left goes after a later good backup, at its time, on its provider's fresh word, and nothing else does.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { Change, RunStore } from "../../../src/ports/store.ts";
import { FakeProvider, type FakeProviderOptions } from "../../support/fake_provider.ts";
import { job, policy, type Rig, rig, type RigOptions } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Cleans up at once, or after `ms`. */
const after = (ms: number, fields: Partial<Job> = {}): Partial<Job> => ({
  keepFailed: { ms, isSet: true },
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
  ...fields,
});

/** A rig whose first backups fail, as many as `failing`, and leave what they had made by then. */
async function failing(
  count: number,
  fields: Partial<Job>,
  more: Partial<FakeProviderOptions> = {},
  options: RigOptions = {},
): Promise<Rig> {
  return await rig({
    jobs: [fields],
    providers: (clock) => [
      new FakeProvider({ clock, key: "p", ...more }).plan(
        ...Array.from({ length: count }, () => ({ ends: "failed" as const, message: "disk full" })),
      ),
    ],
    ...options,
  });
}

const hourly = after(0, { schedule: "0 0 * * * *" });
const left = (r: Rig) => r.provider.leftovers().map((effect) => effect.id);
const row = async (r: Rig, id: string): Promise<Run> => (await r.store.find(id))[0]!;
const deletes = (r: Rig) => r.provider.calls("delete").map((entry) => entry.id);
const minutes = (r: Rig, count: number) => r.clock.advance(count * MINUTE);

test("cleanUp() deletes what failed runs left once a later backup is available, and never before", async () => {
  await using r = await failing(2, after(0));
  await minutes(r, 2);
  await r.clock.advance(50_000);
  assert.deepEqual(left(r), ["p-1", "p-2"], "there is no later backup yet");
  assert.deepEqual(deletes(r), []);
  await r.clock.advance(11_000);
  assert.deepEqual(left(r), []);
  assert.deepEqual(r.provider.living().map(({ id }) => id), ["p-3"]);
  assert.deepEqual(await r.story(), ["deleted(provider)", "deleted(provider)", "available"]);
  const gone = await row(r, "p-1");
  assert.equal(gone.endedAs, "failed");
  assert.equal(gone.message, "disk full", "why it failed stays on record");
  assert.match(gone.deleteReason!, /left by a run that failed, keep_failed 0s/);
  const done = r.told("delete.done");
  assert.deepEqual(done.map(({ level, data }) => [level, data?.ended_as]), [["info", "failed"], [
    "info",
    "failed",
  ]]);
});

test("cleanUp() waits for keep_failed, counted from the end of the run", async () => {
  await using r = await failing(1, after(5 * MINUTE));
  await minutes(r, 5);
  await r.clock.advance(30_000);
  assert.deepEqual(left(r), ["p-1"]);
  await minutes(r, 2);
  assert.deepEqual(left(r), []);
});

test("cleanUp() asks again before each DELETE: only the word that it failed is one to delete on", async () => {
  await using r = await failing(1, after(0));
  await minutes(r, 2);
  await r.clock.advance(1_000);
  const asked = r.provider.ledger.filter(({ id, op }) => id === "p-1" && (op === "get" || op === "delete"));
  assert.deepEqual(asked.slice(-2).map(({ op }) => op), ["get", "delete"]);
});

test("cleanUp() takes a failed run for a backup when its provider says so now, and deletes nothing", async () => {
  await using r = await failing(1, after(90_000));
  await minutes(r, 1);
  await r.clock.advance(20_000);
  r.provider.finish("p-1", "available");
  await minutes(r, 3);
  assert.deepEqual(deletes(r), []);
  assert.equal((await row(r, "p-1")).status, "available");
  assert.equal(r.told("run.found").length, 1);
});

test("cleanUp() ends what its provider kept nothing of, asks no more, and no guard counts it", async () => {
  await using r = await failing(4, after(0), { failedIsAbsent: true });
  await minutes(r, 5);
  await r.clock.advance(1_000);
  assert.deepEqual(deletes(r), []);
  assert.deepEqual((await r.story()).slice(0, 4), Array(4).fill("deleted(absent)"));
  assert.deepEqual(await r.store.latched("db"), []);
  await minutes(r, 3);
  assert.equal(r.provider.calls("get").filter(({ id }) => id === "p-1").length, 1);
});

test("cleanUp() leaves it for later while the provider cannot be asked", async () => {
  await using r = await failing(1, after(0));
  await minutes(r, 1);
  await r.clock.advance(10_000);
  r.provider.script("get", "unsent");
  await minutes(r, 1);
  assert.deepEqual(left(r), ["p-1"]);
  assert.equal((await row(r, "p-1")).status, "failed");
  await minutes(r, 1);
  assert.deepEqual(left(r), []);
});

test("cleanUp() asks a provider that says something odd again a day later, and deletes nothing on it", async () => {
  for (
    const odd of [
      "malformed" as const,
      {
        does: "answer" as const,
        answer: { found: "yes", backup: { id: "p-1", state: "running", status: "running" } },
      },
    ]
  ) {
    await using r = await failing(1, hourly);
    await r.clock.advance(HOUR + 1_000);
    r.provider.script("get", odd);
    await r.clock.advance(3 * HOUR);
    assert.deepEqual(deletes(r), []);
    assert.equal((await row(r, "p-1")).status, "failed");
    assert.equal(r.provider.calls("get").filter(({ id }) => id === "p-1").length, 1);
    await r.clock.advance(DAY);
    assert.deepEqual(left(r), []);
  }
});

test("cleanUp() never touches what nobody knows the end of, what is no run of ours, and what others share", async () => {
  await using r = await failing(1, hourly);
  await r.clock.advance(HOUR + 1_000);
  const failed = await row(r, "p-1");
  const insert = async (id: string, fields: Partial<Run>) => {
    r.provider.seed({ id, ends: "failed" });
    const run: Run = {
      ...failed,
      runId: `${failed.runId.slice(0, -6)}${id.padStart(6, "0")}`,
      slot: null,
      id,
      ...fields,
    };
    await r.store.commit({ job: "db", writes: [{ write: "insert", run }] });
    return run.runId;
  };
  await insert("lost", { status: "lost" });
  await insert("guess", { reason: "unsettled" });
  await insert("theirs", { trigger: "import", importedAt: r.clock.now() });
  await insert("away", { providerKey: "elsewhere" });
  await insert("twin", { dataId: "data-p-2" });
  await r.clock.advance(HOUR);
  await r.engine.retention("db")!.pass();
  assert.deepEqual(deletes(r), ["p-1"]);
  assert.deepEqual(left(r), ["lost", "guess", "theirs", "away", "twin"]);
});

test("a hold on a failed run keeps what it left, until it is released", async () => {
  await using r = await failing(1, after(0));
  await minutes(r, 1);
  await r.clock.advance(10_000);
  const held = await r.engine.safekeeping.hold(
    await row(r, "p-1"),
    { reason: "look at it", owner: "ann", until: null },
    "ann",
  );
  assert.equal(held.outcome, "done");
  await minutes(r, 3);
  assert.deepEqual(left(r), ["p-1"]);
  assert.deepEqual(deletes(r), []);
  await r.engine.safekeeping.release(await row(r, "p-1"), "ann");
  await minutes(r, 1);
  assert.deepEqual(left(r), []);
});

test("a freeze, a pause, a latched guard and a suspect newest backup stop it", async () => {
  const stops: Record<string, (r: Rig) => Promise<unknown>> = {
    freeze: (r) => r.engine.safekeeping.freeze({ reason: "audit", owner: "ann", until: null }, "ann"),
    latch: (r) =>
      r.store.commit({
        job: "db",
        writes: [{ write: "latch", guard: { job: "db", guard: "too_many", latchedAt: 1, message: "stop" } }],
      }),
    pause: (r) =>
      r.engine.pause(r.engine.job("db")!, null, "rest", {
        type: "job.paused",
        level: "info",
        at: r.clock.now(),
        job: "db",
        message: "rest",
      }),
  };
  for (const [name, stop] of Object.entries(stops)) {
    await using r = await failing(1, after(2 * MINUTE));
    await minutes(r, 2);
    await r.clock.advance(10_000);
    await stop(r);
    await minutes(r, 3);
    await r.engine.retention("db")!.pass();
    await r.clock.settle();
    assert.deepEqual(deletes(r), [], name);
    assert.deepEqual(left(r), ["p-1"], name);
  }
  await using r = await failing(1, after(0, { suspicion: { minSizeMb: 10, minPercent: 0 } }), { sizeMb: 1 });
  await minutes(r, 4);
  assert.deepEqual(deletes(r), []);
});

test("forever keeps it, and so does the default for a job from before there was one", async () => {
  const set = (keepFailed: Job["keepFailed"]): Partial<Job> => ({ keepFailed });
  await using forever = await failing(1, set({ ms: Infinity, isSet: true }));
  await minutes(forever, 4);
  assert.deepEqual(left(forever), ["p-1"]);

  await using old = await failing(1, set({ ms: Infinity, isSet: false }));
  await old.store.commit({
    job: "db",
    writes: [{ write: "job", job: "db", set: { cleansFailedSince: null } }],
  });
  await old.crash();
  await old.boot([set({ ms: 0, isSet: false })]);
  await minutes(old, 4);
  assert.deepEqual(left(old), ["p-1"], "known before: the default does not apply");
  await old.engine.reload(old.declare([set({ ms: 0, isSet: true })]));
  await minutes(old, 2);
  assert.deepEqual(left(old), [], "until it is set");

  await using fresh = await failing(1, set({ ms: 0, isSet: false }));
  await minutes(fresh, 3);
  assert.deepEqual(left(fresh), []);
});

test("cleanUp() shares the pace with the pass, and takes the oldest first", async () => {
  await using r = await failing(4, after(0, { maxDeletesPerPass: 2 }));
  await minutes(r, 5);
  await r.clock.advance(1_000);
  assert.deepEqual(deletes(r), ["p-1", "p-2"]);
  await minutes(r, 1);
  assert.deepEqual(deletes(r), ["p-1", "p-2", "p-3", "p-4"]);

  const thinning = { maxDeletesPerPass: 1, retention: policy("minutely=1") };
  await using busy = await failing(1, after(150_000, thinning));
  await minutes(busy, 4);
  await busy.clock.advance(1_000);
  assert.deepEqual(deletes(busy), ["p-2", "p-3"], "a pass that used its pace up leaves none");
  await busy.engine.retention("db")!.pass();
  assert.deepEqual(deletes(busy), ["p-2", "p-3", "p-1"]);
});

test("what was left counts in no guard: many leftovers beside few backups latch nothing", async () => {
  await using r = await failing(20, after(0, { maxDeletesPerPass: Infinity, guard: job().guard }));
  await minutes(r, 22);
  await r.clock.advance(1_000);
  assert.deepEqual(left(r), []);
  assert.deepEqual(await r.store.latched("db"), []);
  assert.equal((await r.runs("available")).length, 2);
});

test("a DELETE that is refused, or whose answer is lost, is tried again; what it then says decides", async () => {
  await using r = await failing(1, hourly);
  await r.clock.advance(HOUR + 1_000);
  r.provider.script("delete", { does: "refused", status: 500 });
  await r.clock.advance(HOUR);
  assert.equal((await row(r, "p-1")).status, "delete-error");
  assert.deepEqual(await r.store.latched("db"), [], "a GET that says failed contradicts nothing here");
  await r.clock.advance(28 * HOUR);
  assert.equal((await row(r, "p-1")).status, "deleted");

  await using lost = await failing(1, after(0));
  await minutes(lost, 1);
  await lost.clock.advance(10_000);
  lost.provider.script("delete", "lost_reply");
  await minutes(lost, 1);
  assert.equal((await row(lost, "p-1")).status, "deleting");
  await minutes(lost, 3);
  assert.equal((await row(lost, "p-1")).status, "deleted");
  assert.equal((await row(lost, "p-1")).reason, "provider");
});

test("once a DELETE was sent, a provider that calls it available gets no second one, and nobody calls it a backup", async () => {
  await using r = await failing(1, after(0));
  await minutes(r, 1);
  await r.clock.advance(10_000);
  r.provider.script("delete", "lost_request");
  await minutes(r, 1);
  await r.clock.advance(1_000);
  r.provider.finish("p-1", "available");
  await minutes(r, 5);
  const stuck = await row(r, "p-1");
  assert.equal(stuck.status, "delete-error");
  assert.match(stuck.message!, /now says 'available' of what was failed.*schelly backups delete p-1/);
  assert.equal(deletes(r).length, 1);
  assert.deepEqual(await r.store.latched("db"), []);
});

test("a cancelled run's leftovers go too", async () => {
  await using r = await rig({
    jobs: [after(0, { maxDurationMs: 20_000 })],
    providers: (clock) => [new FakeProvider({ clock, key: "p" }).plan({ durationMs: 10 * HOUR })],
  });
  await minutes(r, 2);
  await r.clock.advance(30_000);
  assert.equal((await row(r, "p-1")).status, "deleted");
  assert.equal((await row(r, "p-1")).endedAs, "cancelled");
});

test("a period whose run failed stays one without a backup after what it left is gone", async () => {
  await using r = await failing(1, after(0));
  await minutes(r, 3);
  const failed = await row(r, "p-1");
  assert.equal(failed.status, "deleted");
  const [records] = await r.store.periodRecords("db", [{ from: failed.slot!, until: failed.slot! + 1 }]);
  assert.deepEqual(records!.map(({ status, message }) => [status, message]), [["failed", "disk full"]]);
  assert.equal((await r.store.stats())[0]!.lastFailureAt, failed.endTime);
});

test("killed at any boundary, it goes on: one DELETE has effect, and nothing else is lost", async () => {
  for (let at = 0;; at++) {
    let seen = -1;
    let armed = false;
    let hit = false;
    const wrap = (store: RunStore): RunStore =>
      Object.assign(Object.create(store), {
        commit: async (change: Change) => {
          const mine = armed && ++seen === at;
          if (mine && at % 2 === 0) {
            hit = true;
            return await new Promise<never>(() => {});
          }
          const result = await store.commit(change);
          if (mine) {
            hit = true;
            return await new Promise<never>(() => {});
          }
          return result;
        },
      });
    await using r = await failing(2, after(0), {}, { wrap });
    await minutes(r, 2);
    await r.clock.advance(50_000);
    armed = true;
    await minutes(r, 1);
    armed = false;
    await r.crash();
    await r.boot();
    await minutes(r, 3);
    assert.deepEqual(left(r), [], `boundary ${at}`);
    assert.ok(r.provider.living().length >= 1);
    for (const run of await r.runs()) {
      if (run.endedAs !== null) assert.equal(run.status, "deleted", `boundary ${at}`);
      else assert.ok(["available", "skipped"].includes(run.status), `boundary ${at}: ${run.status}`);
    }
    if (!hit) break;
  }
});

test("what was cut off goes only where its storage says that it has no whole backup of it", async () => {
  for (const [stands, isGone] of [[false, true], [true, false], [undefined, false]] as const) {
    await using r = await rig({
      jobs: [after(0, { retry: { attempts: 0, afterMs: 0 } })],
      providers: (clock) => [
        new FakeProvider({ clock, key: "p" }).plan({ ends: "failed", message: "cut off", reason: "cut_off" }),
      ],
    });
    r.provider.standsWhole = () => Promise.resolve(stands);
    await minutes(r, 4);
    assert.equal((await row(r, "p-1")).reason, "cut_off");
    assert.equal(left(r).length === 0, isGone, `the storage says ${stands}`);
    const told = r.told("delete.retry").map(({ message }) => message);
    if (isGone) assert.deepEqual(told, []);
    else {assert.match(
        told[0]!,
        /stays for now: nobody saw its end, and its storage .*backups delete p-1' deletes it/,
      );}
    assert.equal(told.length, isGone ? 0 : 1, "asked again a day later");
  }
});

test("what a copy of the state cannot see is never left over, and the state is guarded", async () => {
  await using r = await rig({
    jobs: [after(0, { retry: { attempts: 0, afterMs: 0 } })],
    providers: (clock) => [
      new FakeProvider({ clock, key: "p" }).plan({
        ends: "failed",
        message: "made elsewhere",
        reason: "unseen",
      }),
    ],
  });
  await minutes(r, 4);
  assert.deepEqual((await r.store.latched("db")).map(({ guard }) => guard), ["restored_store"]);
  const { digest } = await r.engine.retention("db")!.look();
  await r.engine.retention("db")!.approve(digest, "boss");
  await minutes(r, 3);
  assert.deepEqual(left(r), ["p-1"]);
});
