// A clock that was ahead and is set right: what it made the engine decide is decided anew.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider } from "../support/fake_provider.ts";
import { policy, type Rig, rig, START } from "../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const loose = { maxPercent: 100, policyChangeHoldMs: 0 };

/** The clock runs a day ahead for `forMs`, is set right again, and that is noticed. */
async function aheadForAWhile(r: Rig, forMs = MINUTE): Promise<void> {
  r.clock.jump(DAY);
  await r.clock.advance(forMs);
  r.clock.jump(-DAY);
  await r.clock.advance(2 * MINUTE);
}

async function slotsRun(r: Rig): Promise<number[]> {
  return (await r.runs("available")).map((run) => run.slot!).sort();
}

test("slots that a wrong clock called missed run when they really come", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE);
  await aheadForAWhile(r);
  const before = (await slotsRun(r)).filter((slot) => slot < START + DAY).length;
  await r.clock.advance(5 * MINUTE);
  const after = (await slotsRun(r)).filter((slot) => slot < START + DAY).length;
  assert.equal(after - before, 5);
});

test("a single slot that only a wrong clock has come to is not called missed, and runs when it really comes", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 11 * * *", startDeadlineMs: MINUTE }] });
  r.clock.jump(90 * MINUTE);
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), []);
  r.clock.jump(-90 * MINUTE);
  await r.clock.advance(HOUR);
  assert.deepEqual(await slotsRun(r), [START + HOUR]);
});

test("a slot that ran while the clock was ahead does not run twice", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 11 * * *" }] });
  r.clock.jump(HOUR);
  await r.clock.advance(MINUTE);
  r.clock.jump(-HOUR);
  await r.clock.advance(2 * HOUR);
  assert.equal(r.provider.effects.length, 1);
});

test("a disabled job records every slot also after its clock was set back", async () => {
  await using r = await rig({ jobs: [{ enabled: false }] });
  await r.clock.advance(2 * MINUTE);
  await aheadForAWhile(r, HOUR + MINUTE);
  await r.clock.advance(2 * HOUR);
  const state = (await r.store.job("db"))!;
  assert.ok(state.cursor <= r.clock.now() && state.cursor > r.clock.now() - HOUR - 2 * MINUTE);
  assert.equal(r.told("store.error").filter((event) => event.level === "error").length, 0);
});

test("a start that is retried by a clock ahead does not hold its job up once the clock is right", async () => {
  await using r = await rig();
  r.clock.jump(DAY);
  r.provider.down();
  await r.clock.advance(MINUTE + 10_000);
  r.clock.jump(-DAY);
  r.provider.up();
  await r.clock.advance(4 * MINUTE);
  const unfinished = await r.store.unfinished();
  assert.deepEqual(unfinished, []);
  assert.ok((await slotsRun(r)).some((slot) => slot < START + HOUR));
});

test("a start of unknown fate does not hold its job up once a clock ahead is right again", async () => {
  await using r = await rig();
  r.clock.jump(DAY);
  r.provider.script("create", "lost_request");
  await r.clock.advance(MINUTE + 10_000);
  r.clock.jump(-DAY);
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(await r.store.unfinished(), []);
  assert.ok((await slotsRun(r)).some((slot) => slot < START + HOUR));
});

test("a hanging backup begun by a clock ahead is cancelled after max_duration all the same", async () => {
  await using r = await rig({ jobs: [{ maxDurationMs: 10 * MINUTE }] });
  r.clock.jump(DAY);
  r.provider.plan({ ends: "never" });
  await r.clock.advance(MINUTE + 10_000);
  r.clock.jump(-DAY);
  await r.clock.advance(12 * MINUTE);
  assert.equal((await r.runs("cancelled")).length, 1);
});

test("a clock that leaps a year makes no running backup lost", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 * * * *" }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 10 * MINUTE })],
  });
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(365 * DAY);
  r.provider.script("get", "unsent", "unsent");
  await r.clock.advance(10 * MINUTE);
  assert.equal((await r.runs("lost")).length, 0);
  assert.ok((await r.runs("available")).length >= 1);
});

test("passes of retention.schedule go on after a clock ahead was set right", async () => {
  await using r = await rig({
    jobs: [{ retention: policy("minutely=2"), retentionSchedule: "30 * * * * *", guard: loose }],
  });
  await aheadForAWhile(r);
  await r.engine.trustClock("somebody");
  const jobs = r.told("retention.pass").length;
  await r.clock.advance(5 * MINUTE);
  assert.ok(r.told("retention.pass").length > jobs);
});

test("a deletion that was put off while the clock was years ahead is not put off for years", async () => {
  await using r = await rig({ jobs: [{ retention: policy("minutely=1"), guard: loose }] });
  r.clock.jump(3 * 365 * DAY);
  await r.clock.advance(MINUTE);
  await r.engine.trustClock("somebody");
  await r.clock.advance(MINUTE);
  r.provider.script("delete", ...Array.from({ length: 9 }, () => "lost_request" as const));
  await r.clock.advance(3 * MINUTE);
  const stuck = (await r.runs("deleting")).map((run) => run.runId);
  assert.ok(stuck.length > 0);
  r.provider.unscript();
  r.clock.jump(-3 * 365 * DAY);
  await r.clock.advance(MINUTE);
  await r.engine.trustClock("somebody");
  // What is dated years ahead now wants to be looked at.
  await r.engine.retention("db")!.approve((await r.engine.retention("db")!.look()).digest, "somebody");
  await r.clock.advance(5 * MINUTE);
  const gone = (await r.runs("deleted")).map((run) => run.runId);
  assert.deepEqual(stuck.filter((runId) => !gone.includes(runId)), []);
});

test("no DELETE is sent, nor sent again, while the clock is not trusted", async () => {
  await using r = await rig({ jobs: [{ retention: policy("minutely=1"), guard: loose }] });
  r.provider.script("delete", "lost_request");
  await r.clock.advance(2 * MINUTE + 1_000);
  assert.equal(r.provider.calls("delete").length, 1);
  r.clock.jump(10 * MINUTE);
  await r.clock.advance(30 * MINUTE);
  assert.equal(r.provider.calls("delete").length, 1);
  await r.clock.advance(HOUR);
  assert.ok(r.provider.calls("delete").length > 1);
});
