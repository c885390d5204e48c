// A slot whose backup failed is tried again before the next one: one row a try, exactly one follow-up, also over crashes.
// Also tests anew.ts, occupant.ts and manual.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { type Rig, rig, type RigOptions, START } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOURLY: Partial<Job> = { schedule: "0 0 * * * *", retry: { attempts: 2, afterMs: 10 * MINUTE } };
const SLOT = START + HOUR;

const slow = (durationMs: number): Pick<RigOptions, "providers"> => ({
  providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs })],
});

async function tries(r: Rig): Promise<unknown[]> {
  return (await r.runs()).map((
    run,
  ) => [run.attempt, run.status, run.retryEnd, (run.startTime! - SLOT) / MINUTE]);
}

test("a failed slot is tried again after 10 and then 20 minutes, each try a row with the slot's period time", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.plan({ ends: "failed" }, { ends: "failed" });
  await r.clock.advance(HOUR + 9 * MINUTE);
  const [failed] = await r.runs();
  assert.equal(failed!.retryAt, SLOT + 10 * MINUTE);
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual(await tries(r), [
    [1, "failed", "tried_again", 0],
    [2, "failed", "tried_again", 10],
    [3, "available", null, 30],
  ]);
  const runs = await r.runs();
  assert.deepEqual(runs.map((run) => run.slot), [SLOT, SLOT, SLOT]);
  assert.deepEqual(runs.map((run) => run.periodTime), [SLOT, SLOT, SLOT]);
  assert.equal(new Set(r.provider.calls("create").map((call) => call.runId)).size, 3);
  await r.clock.advance(10 * MINUTE);
  assert.equal(r.provider.effects.length, 3);
  const [records] = await r.store.periodRecords("db", [{ from: SLOT, until: SLOT + HOUR }]);
  assert.deepEqual(
    records!.map(({ status, rows }) => [status, rows]),
    [["available", 1]],
    "a slot is one decision",
  );
});

test("after the last try the slot is left, and only then the failure counts as one of the job", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.plan({ ends: "failed" }, { ends: "failed" }, { ends: "failed" });
  const lastFailure = async () => (await r.store.stats())[0]!.lastFailureAt;
  await r.clock.advance(HOUR + 25 * MINUTE);
  assert.equal(await lastFailure(), null);
  await r.clock.advance(30 * MINUTE);
  assert.equal(await lastFailure(), SLOT + 30 * MINUTE);
  assert.deepEqual((await tries(r)).at(-1), [3, "failed", "used_up", 30]);
  assert.equal(r.provider.effects.length, 3);
});

test("a refused start is not tried again, nor is one by hand, nor one that an operator ended", async () => {
  await using r = await rig({ jobs: [HOURLY], ...slow(30 * MINUTE) });
  r.provider.script("create", "refused");
  await r.clock.advance(HOUR + 50 * MINUTE);
  assert.equal(r.provider.calls("create").length, 1);
  r.provider.plan({ ends: "failed", durationMs: 0 });
  await r.engine.job("db")!.trigger("ann", null);
  await r.clock.advance(15 * MINUTE);
  const running = (await r.runs("running"))[0]!;
  assert.ok(r.engine.job("db")!.requestCancel(running.runId, "not now"));
  await r.clock.advance(50 * MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.trigger, run.status, run.retryAt, run.retryEnd]), [
    ["schedule", "failed", null, null],
    ["manual", "failed", null, null],
    ["schedule", "cancelled", null, null],
  ]);
});

test("the next slot ends the tries, and says so", async () => {
  await using r = await rig({ jobs: [{ ...HOURLY, retry: { attempts: 5, afterMs: 25 * MINUTE } }] });
  r.provider.plan({ ends: "failed" }, { ends: "failed" });
  await r.clock.advance(HOUR + 30 * MINUTE);
  assert.deepEqual(await tries(r), [[1, "failed", "tried_again", 0], [2, "failed", "next_slot", 25]]);
  assert.equal(r.told("run.tries_ended").length, 1);
  await r.clock.advance(31 * MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.slot, run.attempt, run.status]), [
    [SLOT, 1, "failed"],
    [SLOT, 2, "failed"],
    [SLOT + HOUR, 1, "available"],
  ]);
});

/**
 * A store that keeps the change waiting which decides a slot as `still_running`, until `open` is called; before that,
 * `refused` such changes fail. `held`: how many there were.
 */
function heldDecision(refused = 0) {
  let open = () => {};
  const gate = new Promise<void>((resolve) => open = resolve);
  const seen = { held: 0 };
  const wrap = (store: OpenStore): OpenStore => ({
    ...store,
    async commit(change) {
      const isSkip = change.writes.some((write) =>
        write.write === "insert" && write.run.reason === "still_running"
      );
      const at = isSkip ? seen.held++ : null;
      if (at !== null && at < refused) throw new StoreError("failed", "nothing was saved");
      if (at === refused) await gate;
      return await store.commit(change);
    },
  });
  return { seen, wrap, open: () => open() };
}

test("a slot that is being decided as the backup before it fails is run, and ends the tries in the same change", async () => {
  const { wrap, open } = heldDecision();
  await using r = await rig({ jobs: [{ ...HOURLY, graceMs: 5 * HOUR }], wrap });
  r.provider.plan({ ends: "failed", durationMs: HOUR + 30_000 });
  await r.clock.advance(2 * HOUR + MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.slot, run.status]), [[SLOT, "failed"]]);
  open();
  await r.clock.advance(MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.slot, run.attempt, run.status, run.retryEnd]), [
    [SLOT, 1, "failed", "next_slot"],
    [SLOT + HOUR, 1, "available", null],
  ]);
  assert.equal(r.told("run.tries_ended").length, 1);
});

test("what an edited schedule leaves to be decided as a backup fails is decided by how it ended", async () => {
  // One fails, so that the edit finds the slot undecided.
  const { seen, wrap, open } = heldDecision(1);
  await using r = await rig({ jobs: [{ ...HOURLY, graceMs: 5 * HOUR }], wrap });
  r.provider.plan({ ends: "failed", durationMs: HOUR + 30_000 });
  await r.clock.advance(2 * HOUR);
  const reloaded = r.engine.reload(r.declare([{ ...HOURLY, schedule: "0 30 * * * *", graceMs: 5 * HOUR }]));
  await r.clock.advance(MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.slot, run.status]), [[SLOT, "failed"]]);
  open();
  await r.clock.advance(MINUTE);
  await reloaded;
  assert.equal(seen.held, 2);
  assert.deepEqual((await r.runs()).map((run) => [run.slot, run.attempt, run.status, run.retryEnd]), [
    [SLOT, 1, "failed", "next_slot"],
    [SLOT + HOUR, 1, "available", null],
  ]);
  assert.equal(r.told("job.schedule_changed").length, 1);
});

test("a slot that came due while Schelly was down ends the tries of the one before", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.plan({ ends: "failed" });
  await r.clock.advance(HOUR + 5 * MINUTE);
  await r.crash();
  await r.clock.advance(HOUR + 5 * MINUTE);
  await r.boot();
  await r.clock.advance(20 * MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.slot, run.attempt, run.status, run.retryEnd]), [
    [SLOT, 1, "failed", "next_slot"],
    [SLOT + HOUR, 1, "available", null],
  ]);
});

test("a pause, disabling, leaving the configuration and `retry: off` end the tries; a freeze does not", async () => {
  const pause = (r: Rig) =>
    r.engine.pause(r.engine.job("db")!, null, null, {
      type: "job.paused",
      level: "info",
      at: r.clock.now(),
      job: "db",
      message: "paused",
    });
  const reload = (jobs: Partial<Job>[]) => (r: Rig) => r.engine.reload(r.declare(jobs));
  const cases: [(r: Rig) => Promise<unknown>, string][] = [
    [pause, "paused"],
    [reload([{ ...HOURLY, enabled: false }]), "disabled"],
    [reload([{ ...HOURLY, to: SLOT + 5 * MINUTE }]), "outside_dates"],
    [reload([{ ...HOURLY, name: "other" }]), "removed"],
    [reload([{ ...HOURLY, retry: { attempts: 0, afterMs: 1 } }]), "off"],
    [
      (r) => r.engine.safekeeping.freeze({ reason: "a move", owner: "ann", until: null }, "ann"),
      "tried_again",
    ],
  ];
  for (const [act, end] of cases) {
    await using r = await rig({ jobs: [HOURLY] });
    r.provider.plan({ ends: "failed" });
    await r.clock.advance(HOUR + 5 * MINUTE);
    await act(r);
    await r.clock.advance(10 * MINUTE);
    assert.deepEqual((await r.runs())[0]!.retryEnd, end);
    assert.equal(r.provider.effects.length, end === "tried_again" ? 2 : 1, end);
  }
});

test("deleting what a failed backup left does not cost its slot the try to follow, nor does a restart after that", async () => {
  for (const crash of [false, true]) {
    await using r = await rig({ jobs: [HOURLY] });
    r.provider.plan({ ends: "failed" });
    await r.clock.advance(HOUR + 5 * MINUTE);
    const gone = await r.engine.safekeeping.delete((await r.runs())[0]!, "ann");
    assert.equal(gone?.status, "deleted");
    if (crash) {
      await r.crash();
      await r.boot();
    }
    await r.clock.advance(6 * MINUTE);
    assert.deepEqual(await tries(r), [[1, "deleted", "tried_again", 0], [2, "available", null, 10]]);
  }
});

test("the next slot ends the try of a failed backup whose data is deleted, also after a restart", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.plan({ ends: "failed" });
  await r.clock.advance(HOUR + 5 * MINUTE);
  await r.engine.safekeeping.delete((await r.runs())[0]!, "ann");
  await r.crash();
  await r.clock.advance(HOUR);
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.status, run.retryAt, run.retryEnd]), [
    ["deleted", null, "next_slot"],
    ["available", null, null],
  ]);
});

test("a backup that a restart cut off is tried again at once", async () => {
  await using r = await rig({ jobs: [HOURLY], ...slow(20 * MINUTE) });
  await r.clock.advance(HOUR + 5 * MINUTE);
  await r.crash();
  const effect = r.provider.effects[0]!;
  Object.assign(effect, { ends: "failed", reason: "cut_off", endsAtMonotonic: r.clock.monotonic() });
  r.clock.jump(MINUTE);
  await r.boot();
  await r.clock.advance(10_000);
  assert.deepEqual((await r.runs()).map((run) => [run.attempt, run.status, run.reason]), [
    [1, "failed", "cut_off"],
    [2, "running", null],
  ]);
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual((await r.runs()).map((run) => run.status), ["failed", "available"]);
  assert.equal(r.provider.effects.length, 2);
});

test("a slot that fell while a cut-off backup was still on record does not cost its try", async () => {
  await using r = await rig({ jobs: [{ ...HOURLY, graceMs: 5 * HOUR }], ...slow(20 * MINUTE) });
  await r.clock.advance(HOUR + 5 * MINUTE);
  await r.crash();
  const effect = r.provider.effects[0]!;
  Object.assign(effect, { ends: "failed", reason: "cut_off", endsAtMonotonic: r.clock.monotonic() });
  await r.clock.advance(HOUR);
  await r.boot();
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.attempt, run.status]), [
    [1, "failed"],
    [1, "skipped"],
    [2, "available"],
  ]);
});

test("a pending try outlives a crash at each boundary, and is made once", async () => {
  // Crashes at the n-th commit after the first failure, before it is made or after.
  for (let boundary = 0; boundary < 6; boundary++) {
    for (const after of [false, true]) {
      let armed = false;
      let count = 0;
      let crashed = false;
      await using r = await rig({
        jobs: [HOURLY],
        wrap: (store) => ({
          ...store,
          async commit(change) {
            if (crashed) return await new Promise<never>(() => {});
            const isHit = armed && count++ === boundary;
            if (isHit && !after) {
              crashed = true;
              return await new Promise<never>(() => {});
            }
            const result = await store.commit(change);
            if (isHit) {
              crashed = true;
              return await new Promise<never>(() => {});
            }
            return result;
          },
        }),
      });
      r.provider.plan({ ends: "failed" });
      await r.clock.advance(HOUR - 1_000);
      armed = true;
      await r.clock.advance(15 * MINUTE);
      armed = false;
      await r.crash();
      crashed = false;
      await r.boot();
      await r.clock.advance(30 * MINUTE);
      const runs = await r.runs();
      const what = `boundary ${boundary} ${after ? "after" : "before"}`;
      assert.ok(runs.some((run) => run.status === "available"), `${what}: a backup in the end`);
      const numbers = runs.map((run) => run.attempt);
      assert.deepEqual(numbers, numbers.map((_, at) => at + 1), `${what}: one row a try`);
      assert.deepEqual(await r.store.pendingTries(), [], what);
    }
  }
});

test("an answer of the store that was lost does not lead to two tries of one number", async () => {
  let lose = false;
  await using r = await rig({
    jobs: [HOURLY],
    wrap: (store) => ({
      ...store,
      async commit(change) {
        const result = await store.commit(change);
        const isTry = change.writes.some((write) => write.write === "insert" && write.run.attempt === 2);
        if (lose && isTry) {
          lose = false;
          throw new StoreError("unknown", "the answer was lost");
        }
        return result;
      },
    }),
  });
  r.provider.plan({ ends: "failed" });
  lose = true;
  await r.clock.advance(HOUR + 30 * MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.attempt, run.status]), [[1, "failed"], [
    2,
    "available",
  ]]);
  assert.equal(r.provider.effects.length, 2);
});

test("the clock set back since a failure ends the tries rather than run a slot before its time", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.plan({ ends: "failed" });
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(-3 * HOUR);
  await r.clock.advance(5 * MINUTE);
  assert.equal(r.provider.effects.length, 1);
  await r.engine.trustClock("boss");
  await r.clock.advance(20 * MINUTE);
  assert.equal((await r.runs())[0]!.retryEnd, "clock_back");
  assert.equal(r.provider.effects.length, 1);
});

test("a start that waits for its provider gives its place to the next slot", async () => {
  await using r = await rig({ jobs: [{ ...HOURLY, graceMs: 5 * HOUR }] });
  r.provider.down("unsent");
  await r.clock.advance(2 * HOUR + MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.status, run.reason, run.retryEnd]), [
    ["failed", "unreachable", "next_slot"],
    ["intent", "retry", null],
  ]);
  r.provider.up();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["failed(unreachable)", "available"]);
  assert.equal(r.provider.effects.length, 1);
  assert.equal(r.provider.effects[0]!.slot, SLOT + HOUR);
});

test("that a start waits is told once, and again when the cause is another", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.down("unsent");
  await r.clock.advance(HOUR + 10 * MINUTE);
  const warnings = () => r.told("run.retry").filter(({ level }) => level === "warning");
  assert.equal(warnings().length, 1);
  assert.ok(r.provider.calls("create").length > 100);
  r.provider.down({ does: "unsent", message: "another cause" });
  await r.clock.advance(5 * MINUTE);
  assert.equal(warnings().length, 2);
});
