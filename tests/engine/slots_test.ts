// Each slot gets exactly one decision, over downtime, pauses and edits.
// Also tests decision_writer.ts, engine.ts, fresh_state.ts, job_scheduler.ts, job_parts.ts and
// pause_end.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import { FakeProvider } from "../support/fake_provider.ts";
import { policy, type Rig, rig, START } from "../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("engine runs each slot of each job once", async () => {
  await using r = await rig();
  await r.clock.advance(10 * MINUTE);
  const runs = await r.runs();
  assert.deepEqual(
    runs.map((run) => run.slot),
    Array.from({ length: 10 }, (_, at) => START + (at + 1) * MINUTE),
  );
  assert.equal(r.provider.effects.length, 10);
});

test("after downtime the latest missed slot runs once, the earlier ones are one recorded range", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE);
  await r.crash();
  r.clock.suspend(10 * MINUTE);
  await r.boot();
  const runs = await r.runs();
  assert.deepEqual(runs.map((run) => [run.status, run.reason, run.slots]), [
    ["available", null, 1],
    ["skipped", "missed", 9],
    ["available", null, 1],
  ]);
  assert.equal(runs[1]!.slot, START + 2 * MINUTE);
  assert.equal(runs[1]!.slotUntil, START + 10 * MINUTE);
  assert.equal(r.provider.effects.length, 2);
});

test("slots that passed while the state could not be saved are missed: nobody decided them, whatever ran", async () => {
  let isFull = false;
  await using r = await rig({
    wrap: (store) => ({
      ...store,
      commit: (change) =>
        isFull ? Promise.reject(new StoreError("not_writable", "the disk is full")) : store.commit(change),
    }),
  });
  r.provider.plan({ durationMs: 10_000 });
  await r.clock.advance(MINUTE + 1_000);
  isFull = true;
  await r.clock.advance(5 * MINUTE);
  isFull = false;
  await r.clock.advance(MINUTE);
  const [first, ...later] = await r.runs();
  assert.equal(first!.status, "available");
  const missed = later.filter(({ reason }) => reason === "missed");
  assert.deepEqual(missed.map(({ slot, slots }) => [slot, slots]), [[START + 2 * MINUTE, 4]]);
  // At the newest slot the run is not over as far as anybody knows who reads what is saved.
  assert.deepEqual(later.filter(({ reason }) => reason === "still_running").map(({ slots }) => slots), [1]);
});

test("a new job starts now: nothing before it was known is due", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 9 * * *" }] });
  await r.clock.advance(HOUR);
  assert.deepEqual(await r.story(), []);
});

test("an edited schedule is decided up to now by the old one, then starts now", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE);
  await r.crash();
  r.clock.suspend(5 * MINUTE);
  await r.boot([{ schedule: "30 * * * * *" }]);
  assert.deepEqual(await r.story(), ["available", "skipped(missed)", "available"]);
  await r.clock.advance(29_000);
  assert.equal((await r.runs()).length, 3);
  await r.clock.advance(1_000);
  assert.equal((await r.runs())[3]!.slot, START + 6 * MINUTE + 30_000);
});

test("a disabled job leaves one growing range row, closed when it is enabled again", async () => {
  await using r = await rig({ jobs: [{ enabled: false }] });
  await r.clock.advance(3 * HOUR);
  await r.engine.reload(r.declare([{}]));
  await r.clock.advance(2 * MINUTE);
  const runs = await r.runs();
  assert.equal(runs[0]!.reason, "disabled");
  assert.equal(runs[0]!.slotUntil, START + 3 * HOUR);
  assert.equal(runs[0]!.slots, 180);
  assert.deepEqual(runs.map((run) => run.status), ["skipped", "available", "available"]);
});

test("a paused job records each slot as paused, and goes on when the pause ends", async () => {
  await using r = await rig();
  const engine = r.engine.job("db")!;
  await engine.change({ pausedAt: r.clock.now(), pausedUntil: START + 150_000 }, {
    type: "job.paused",
    level: "info",
    at: r.clock.now(),
    job: "db",
    message: "paused",
  });
  await r.clock.advance(3 * MINUTE);
  assert.deepEqual(await r.story(), ["skipped(paused)", "skipped(paused)", "available"]);
  assert.equal((await r.store.job("db"))!.pausedAt, null);
});

test("a machine that sleeps while the end of a pause is saved begins no slot of before", async () => {
  let sleeps = 0;
  const r: Rig = await rig({
    wrap: (store) => ({
      ...store,
      commit: (change) => {
        if (change.events?.some(({ type }) => type === "job.resumed") && sleeps++ === 0) {
          r.clock.suspend(90 * MINUTE);
        }
        return store.commit(change);
      },
    }),
  });
  await using _ = r;
  await r.engine.job("db")!.change({ pausedAt: r.clock.now(), pausedUntil: START + 150_000 }, {
    type: "job.paused",
    level: "info",
    at: r.clock.now(),
    job: "db",
    message: "paused",
  });
  await r.clock.advance(5 * MINUTE);
  assert.equal(sleeps, 1);
  for (const { slot, startTime } of await r.runs("available")) {
    assert.ok(startTime! - slot! <= MINUTE, `${startTime! - slot!} ms late`);
  }
});

test("a slow provider never delays another's job", async () => {
  await using r = await rig({
    jobs: [{ name: "slow", providerKey: "s" }, { name: "db", providerKey: "p" }],
    providers: (clock) => [new FakeProvider({ clock, key: "s" }), new FakeProvider({ clock, key: "p" })],
  });
  r.providers.get("s")!.down({ does: "hang", forMs: 50_000 });
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual((await r.runs()).map((run) => run.startTime! - run.slot!), [0, 0, 0, 0, 0]);
  assert.ok((await r.story("slow"))[0]!.startsWith("unknown"));
});

test("calls to one provider queue up: never more than max_concurrent at once", async () => {
  await using r = await rig({
    jobs: ["a", "b", "c", "d"].map((name) => ({ name })),
    providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: 700, durationMs: 5_000 })],
  });
  await r.clock.advance(5 * MINUTE);
  assert.equal(r.provider.peakInFlight, 1);
  for (const name of ["a", "b", "c", "d"]) assert.ok((await r.runs("available", name)).length >= 1, name);
});

test("max_concurrent limits calls, not backups: those of a provider that takes more run beside each other", async () => {
  const names = ["a", "b", "c", "d"];
  await using r = await rig({
    jobs: names.map((name) => ({ name, schedule: "0 1 * * * *" })),
    providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: 700, durationMs: 30 * MINUTE })],
  });
  await r.clock.advance(3 * MINUTE);
  for (const name of names) assert.deepEqual(await r.story(name), ["running"]);
  assert.equal(r.provider.peakInFlight, 1);
});

test("the clock set back by an hour repeats no slot, and slots go on from the present", async () => {
  await using r = await rig();
  await r.clock.advance(5 * MINUTE);
  r.clock.jump(-HOUR);
  await r.clock.advance(10 * MINUTE);
  assert.ok(r.provider.effects.length > 10, "backups are made in the meantime");
  await r.engine.trustClock("ops");
  assert.equal(r.told("clock.back").length, 1);
  await r.clock.advance(10 * MINUTE);
  const slots = (await r.runs()).map((run) => run.slot!);
  assert.equal(new Set(slots).size, slots.length);
  // Real time passes the hour again: slots with a row do not run again.
  await r.clock.advance(60 * MINUTE);
  const again = (await r.runs()).map((run) => run.slot!);
  assert.equal(new Set(again).size, again.length);
});

test("a clock that goes forward by a year runs one slot and deletes nothing", async () => {
  await using r = await rig({
    jobs: [{ retention: policy("minutely=3"), guard: { maxPercent: 100, policyChangeHoldMs: 0 } }],
  });
  await r.clock.advance(5 * MINUTE);
  const deleted = (await r.runs("deleted")).length;
  r.clock.jump(365 * 24 * HOUR);
  await r.clock.advance(50 * MINUTE);
  assert.equal((await r.runs("deleted")).length, deleted);
  assert.equal(r.told("clock.jump").length, 1);
  const missed = async () => (await r.runs("skipped")).filter((run) => run.reason === "missed");
  assert.deepEqual(await missed(), [], "nothing is decided that may not have come");
  await r.engine.trustClock("ops");
  await r.clock.advance(3 * MINUTE);
  assert.equal((await missed()).length, 1, "everything jumped over is one range");
  assert.ok((await r.runs("deleted")).length > deleted);
});

test("a boot with a clock behind the newest record distrusts it", async () => {
  await using r = await rig();
  await r.clock.advance(5 * MINUTE);
  await r.crash();
  r.clock.jump(-24 * HOUR);
  await r.boot();
  assert.notEqual((await r.store.job("db"))!.clockUntrustedUntil, null);
});
