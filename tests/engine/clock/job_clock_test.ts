// What a wrong reading of the clock must not do to slots, through the real engine and store: nothing is decided that has
// not come, nothing that came is missed, and what was written meanwhile has its right time afterwards.
// Also tests steady_clock.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newRun } from "../../../src/domain/backup.ts";
import { StoreError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import { policy, type Rig, rig, START } from "../../support/engine_rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Longer than the ticker ever naps. */
const LOOKS = 45 * SECOND;
const hourly: Partial<Job> = { schedule: "0 0 * * * *" };

const told = async (r: Rig) =>
  (await r.runs()).map(({ status, reason, slot, periodTime, clockOff }) => [
    reason === null ? status : `${status}(${reason})`,
    slot === null ? null : (slot - START) / HOUR,
    periodTime === null ? null : (periodTime - START) / HOUR,
    clockOff !== null,
  ]);
/** The clock is set back again and again, so that no time goes evenly enough to be believed; answers by how much. */
async function restless(r: Rig, halfHours: number): Promise<number> {
  for (let jumps = 0; jumps < halfHours; jumps++) {
    await r.clock.advance(30 * MINUTE);
    r.clock.jump(-DAY);
  }
  return halfHours * DAY;
}
const nextIn = (r: Rig) => (r.engine.job("db")!.nextSlot()! - r.clock.now()) / HOUR;
const lastSuccess = async (r: Rig) => (await r.store.stats())[0]!.lastSuccessAt;

test("400 days ahead for a minute: nothing is missed, nothing is decided, and the next slot is the next", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(400 * DAY);
  await r.clock.advance(75 * SECOND);
  assert.deepEqual(await told(r), [["available", 1, 1, false]]);
  assert.ok((await r.store.job("db"))!.cursor <= START + HOUR);
  r.clock.jump(-400 * DAY);
  await r.clock.advance(LOOKS);
  assert.ok(nextIn(r) > 0 && nextIn(r) <= 1);
  assert.equal((await r.store.job("db"))!.clockUntrustedUntil, null);
  await r.crash();
  await r.boot();
  assert.ok(nextIn(r) > 0 && nextIn(r) <= 1);
  await r.clock.advance(2 * HOUR);
  assert.deepEqual((await told(r)).map(([what, slot]) => [what, slot]), [
    ["available", 1],
    ["available", 2],
    ["available", 3],
  ]);
  assert.deepEqual(r.told("clock.back"), []);
});

test("a program that had nothing to do yet begins nothing because the clock jumps", async () => {
  await using r = await rig({ jobs: [hourly] });
  r.clock.jump(400 * DAY);
  await r.clock.advance(50 * MINUTE);
  assert.deepEqual(await told(r), []);
});

test("while the clock is ahead the slots come as the time goes by, and are dated by it", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(400 * DAY);
  await r.clock.advance(30 * MINUTE);
  r.clock.jump(DAY);
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual((await told(r)).at(-1), ["available", 2, 2, true]);
  r.clock.jump(-401 * DAY);
  await r.clock.advance(LOOKS);
  assert.deepEqual((await told(r)).at(-1), ["available", 2, 2, false]);
  const [, run] = await r.runs();
  assert.equal(run!.startTime, START + 2 * HOUR);
  assert.equal(await lastSuccess(r), START + 2 * HOUR);
});

test("a year behind: a run an interval, without slot and period until it is known which", async () => {
  await using r = await rig({ jobs: [{ ...hourly, retention: policy("hourly=9") }] });
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(-365 * DAY);
  await r.clock.advance(30 * MINUTE);
  assert.equal((await told(r)).length, 1);
  const back = await restless(r, 5);
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual((await told(r)).slice(1), [
    ["available", null, null, true],
    ["available", null, null, true],
    ["available", null, null, true],
  ]);
  const look = await r.engine.retention("db")!.look();
  assert.deepEqual(look.snapshot.rows.map(({ id }) => id), ["p-1"], "they count for nothing");
  assert.equal(r.provider.calls("delete").length, 0);
  r.clock.jump(365 * DAY + back);
  await r.clock.advance(LOOKS);
  assert.deepEqual((await told(r)).map((one) => one.slice(0, 3)), [
    ["available", 1, 1],
    ["available", 2, 2],
    ["available", 3, 3],
    ["available", 4, 4],
  ]);
  assert.equal(await lastSuccess(r), START + 4 * HOUR);
  assert.ok(nextIn(r) > 0 && nextIn(r) <= 1);
  await r.clock.advance(HOUR);
  assert.equal((await r.runs("available")).at(-1)!.slot, START + 5 * HOUR);
});

test("a slot that no run stands for is missed, and the last one runs once", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(HOUR + MINUTE);
  r.provider.plan({ ends: "never" });
  r.clock.jump(-365 * DAY);
  const back = await restless(r, 6);
  assert.deepEqual((await r.store.unfinished()).map(({ slot, clockOff }) => [slot, clockOff !== null]), [[
    null,
    true,
  ]]);
  r.provider.finish(r.provider.running()[0]!.id);
  await r.clock.advance(MINUTE);
  r.clock.jump(365 * DAY + back);
  await r.clock.advance(MINUTE);
  assert.deepEqual((await told(r)).map((one) => one.slice(0, 2)), [
    ["available", 1],
    ["available", 2],
    ["available", 4],
    ["skipped(missed)", 3],
  ]);
});

test("ahead, and right: what was made meanwhile is as young as it is, the rest is one range", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(10 * DAY + 20 * MINUTE);
  await r.clock.advance(HOUR - MINUTE);
  const begun = r.clock.now();
  await r.engine.trustClock("ops");
  await r.clock.advance(SECOND);
  const runs = await r.runs();
  assert.deepEqual(runs.map(({ status, reason }) => reason ?? status), [
    "available",
    "available",
    "missed",
    "available",
  ]);
  const meanwhile = runs[1]!;
  assert.equal(meanwhile.slot, START + 2 * HOUR, "its slot stays decided");
  assert.ok(begun - meanwhile.startTime! <= MINUTE && begun - meanwhile.endTime! <= MINUTE);
  assert.equal(meanwhile.periodTime, meanwhile.startTime);
  assert.deepEqual([runs[2]!.slot, runs[2]!.slotUntil], [START + 3 * HOUR, START + 10 * DAY + HOUR]);
  assert.equal(runs[3]!.slot, START + 10 * DAY + 2 * HOUR);
  assert.ok((await lastSuccess(r))! >= begun - MINUTE);
});

test("back, and right: slots with a row do not run again, the others do", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(3 * HOUR + MINUTE);
  r.clock.jump(-2 * HOUR);
  await r.clock.advance(90 * MINUTE);
  const extra = (await r.runs()).find(({ slot }) => slot === null)!;
  assert.equal(r.told("clock.back").length, 1);
  await r.clock.advance(3 * HOUR);
  const slots = (await r.runs()).map(({ slot }) => slot).filter((slot) => slot !== null);
  assert.deepEqual(slots.sort(), [1, 2, 3, 4, 5].map((hour) => START + hour * HOUR).slice(0, slots.length));
  const dated = (await r.store.run(extra.runId))!;
  assert.deepEqual([dated.clockOff, dated.periodTime], [null, dated.startTime]);
  assert.ok(dated.startTime! <= r.clock.now());
});

test("what an earlier version decided by a clock in 2028 is open again at the first start", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(HOUR + MINUTE);
  const wrong = START + 600 * DAY;
  const made = { createdAt: wrong, startTime: wrong, endTime: wrong };
  await r.crash();
  await r.boot([{ ...hourly, enabled: true }]);
  const base = { job: "db", trigger: "schedule", providerKey: "p" } as const;
  const range = newRun({
    ...base,
    runId: "r-range",
    slot: START + 2 * HOUR,
    slotUntil: wrong - HOUR,
    slots: 9_599,
    status: "skipped",
    reason: "missed",
    createdAt: wrong,
    endTime: wrong,
  });
  const ahead = newRun({ ...base, ...made, runId: "r-ahead", slot: wrong, status: "available", id: "x-1" });
  await r.store.commit({
    job: "db",
    writes: [
      { write: "insert", run: range },
      { write: "insert", run: ahead },
      { write: "job", job: "db", set: { cursor: wrong, openRangeRunId: null } },
    ],
  });
  await r.crash();
  await r.boot();
  await r.clock.advance(SECOND);
  assert.ok(nextIn(r) > 0 && nextIn(r) <= 1);
  assert.equal(await lastSuccess(r), START + HOUR);
  assert.equal((await r.store.run("r-range"))!.slotUntil ?? null, null);
  await r.clock.advance(2 * HOUR);
  assert.deepEqual((await r.runs("available")).filter(({ slot }) => slot! < wrong).length, 3);
});

test("a job that is paused, disabled or outside its dates has no run of its own in doubt either", async () => {
  for (const off of [{ enabled: false }, { to: START + HOUR }, {}]) {
    await using r = await rig({ jobs: [{ ...hourly, ...off }] });
    await r.clock.advance(MINUTE);
    if (Object.keys(off).length === 0) {
      const event = { type: "job.paused", level: "warning", at: r.clock.now(), message: "paused" } as const;
      await r.engine.job("db")!.change({ pausedAt: r.clock.now() }, event);
    }
    r.clock.jump(-30 * DAY);
    await restless(r, 6);
    assert.equal(r.provider.effects.length, 0);
  }
});

test("a machine that was off for weeks runs what is due at once, and only once a start", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 3 * * *" }] });
  await r.clock.advance(DAY);
  assert.equal(r.provider.effects.length, 1);
  await r.crash();
  r.clock.reboot(20 * DAY);
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.deepEqual((await told(r)).at(-1)!.slice(0, 3), ["available", null, null]);
  for (let starts = 0; starts < 3; starts++) {
    await r.crash();
    await r.boot();
    await r.clock.advance(MINUTE);
  }
  assert.equal(r.provider.effects.length, 2);
  await r.clock.advance(6 * HOUR);
  const runs = await r.runs();
  assert.equal(runs.filter(({ clockOff, periodTime }) => clockOff !== null || periodTime === null).length, 0);
  assert.equal(runs.filter(({ reason }) => reason === "missed").length, 1);
  assert.ok((await r.store.stats())[0]!.lastSuccessAt! > r.clock.now() - 7 * HOUR);
});

test("a restart in doubt forgets neither the time that went by nor what is to be dated", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(-365 * DAY);
  await r.clock.advance(40 * MINUTE);
  await r.crash();
  await r.boot();
  await r.clock.advance(20 * MINUTE);
  assert.deepEqual((await told(r)).at(-1), ["available", null, null, true]);
  await r.crash();
  r.clock.jump(365 * DAY);
  await r.boot();
  await r.clock.advance(SECOND);
  assert.deepEqual((await told(r)).at(-1), ["available", 2, 2, false]);
});

test("a start by hand in doubt counts for nothing until it is dated", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 0 1 1 *", retention: policy("hourly=9") }] });
  await r.clock.advance(MINUTE);
  r.clock.jump(-HOUR);
  const begun = r.engine.job("db")!.trigger("ops", null);
  await r.clock.advance(SECOND);
  await begun;
  await r.clock.advance(MINUTE);
  assert.deepEqual(await told(r), [["available", null, null, true]]);
  r.clock.jump(HOUR);
  await r.clock.advance(LOOKS);
  const [run] = await r.runs();
  assert.deepEqual([run!.clockOff, run!.slot, run!.periodTime], [null, null, run!.startTime]);
  assert.equal(run!.startTime, START + MINUTE);
});

test("a machine that sleeps every day is never in doubt: its slots run, and it thins out", async () => {
  const thin = { retention: policy("hourly=2"), guard: { maxPercent: 100, policyChangeHoldMs: 0 } };
  await using r = await rig({ jobs: [{ ...hourly, ...thin }] });
  for (let day = 0; day < 3; day++) {
    for (const sleep of [14 * HOUR, 6 * HOUR]) {
      await r.clock.advance(2 * HOUR);
      r.clock.suspend(sleep);
      await r.clock.advance(MINUTE);
    }
  }
  assert.deepEqual(r.told("clock.jump"), []);
  assert.equal(r.provider.living().length, 2);
  assert.equal((await r.runs()).filter(({ clockOff }) => clockOff !== null).length, 0);
});

test("a restart shortly before the clock jumps puts off no run that is due by one of the clocks", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(HOUR + 40 * MINUTE);
  await r.crash();
  await r.boot();
  r.clock.jump(-DAY);
  await r.clock.advance(20 * MINUTE);
  assert.deepEqual((await told(r)).map(([what, slot]) => [what, slot]), [["available", 1], [
    "available",
    null,
  ]]);
});

for (const [what, plan] of [["runs", {}], ["is tried again", { ends: "failed" }]] as const) {
  test(`a slot that ${what} in doubt is not decided where it has not come by the right clock`, async () => {
    const retry = { attempts: 1, afterMs: 5 * MINUTE };
    await using r = await rig({ jobs: [{ ...hourly, retry }] });
    await r.clock.advance(40 * MINUTE);
    r.clock.jump(10 * DAY);
    r.provider.plan(plan);
    await r.clock.advance(40 * MINUTE);
    const slots = async () =>
      (await r.runs()).map(({ slot }) => slot === null ? null : (slot - START) / HOUR);
    const before = await slots();
    assert.deepEqual(new Set(before), new Set([1]), "by both clocks it has come");
    r.clock.jump(-10 * DAY - 2 * HOUR);
    await r.clock.advance(MINUTE);
    await r.engine.trustClock("ops");
    await r.clock.advance(SECOND);
    // By the clock that is right these were begun at 9, and the job is known since later: they stand for no slot of it.
    assert.deepEqual(await slots(), before.map(() => null));
    await r.clock.advance(2 * HOUR);
    assert.equal(
      (await r.runs()).some(({ slot, status }) => slot === START + HOUR && status === "available"),
      true,
    );
  });
}

test("in doubt a run that was saved although its answer was lost is followed, and blocks no later one", async () => {
  let losing = 0;
  const r: Rig = await rig({
    jobs: [hourly],
    wrap: (store) => ({
      ...store,
      async commit(change) {
        const result = await store.commit(change);
        const isExtra = change.writes.some((one) => one.write === "insert" && one.run.slot === null);
        if (!isExtra || losing === 0) return result;
        losing--;
        throw new StoreError("unknown", "the answer was lost");
      },
    }),
  });
  await using _ = r;
  await r.clock.advance(10 * MINUTE);
  r.clock.jump(-400 * DAY);
  losing = 1;
  await restless(r, 3);
  assert.equal(losing, 0, "it ran without a slot");
  const [saved] = await r.runs();
  await restless(r, 6);
  const after = await r.runs();
  assert.equal(after.find(({ runId }) => runId === saved!.runId)!.status, "available");
  assert.ok(after.length >= 3, `and later ones: ${after.length}`);
});
