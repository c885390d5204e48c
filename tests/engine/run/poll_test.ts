// A running backup is followed to its end, and nothing is concluded from silence.
// Also tests probe.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider } from "../../support/fake_provider.ts";
import { rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const hourly = { schedule: "0 0 * * * *", graceMs: 90 * MINUTE };
const slow = (durationMs: number, extra: object = {}) => ({
  providers: (clock: ConstructorParameters<typeof FakeProvider>[0]["clock"]) => [
    new FakeProvider({ clock, key: "p", durationMs, sizeMb: 7, ...extra }),
  ],
});

test("poll() calls a backup available only after the provider said so, with its size and data id", async () => {
  await using r = await rig({ jobs: [hourly], ...slow(10 * MINUTE) });
  await r.clock.advance(HOUR + 9 * MINUTE);
  assert.deepEqual(await r.story(), ["running"]);
  await r.clock.advance(2 * MINUTE);
  const [run] = await r.runs();
  assert.equal(run!.status, "available");
  assert.equal(run!.sizeMb, 7);
  assert.equal(run!.dataId, r.provider.effects[0]!.dataId);
  assert.ok(run!.endTime! >= run!.startTime! + 10 * MINUTE);
});

test("poll() ends a failed backup with the provider's message", async () => {
  await using r = await rig({ jobs: [hourly], ...slow(MINUTE) });
  r.provider.plan({ ends: "failed", durationMs: MINUTE, message: "disk full" });
  await r.clock.advance(HOUR + 2 * MINUTE);
  const [run] = await r.runs();
  assert.equal(run!.status, "failed");
  assert.match(run!.message!, /disk full/);
});

test("poll() takes one 404 for nothing and three over 30 s for lost", async () => {
  await using r = await rig({ jobs: [hourly], ...slow(10 * MINUTE) });
  await r.clock.advance(HOUR);
  r.provider.script("get", { does: "answer", answer: { found: "no" } });
  await r.clock.advance(20_000);
  assert.deepEqual(await r.story(), ["running"]);
  r.provider.forget("p-1");
  await r.clock.advance(25_000);
  assert.deepEqual(await r.story(), ["running"]);
  await r.clock.advance(15_000);
  assert.deepEqual(await r.story(), ["lost(not_found)"]);
});

test("poll() goes on counting 404s when slots past grace time try to cancel in between", async () => {
  await using r = await rig({ jobs: [{ schedule: "*/10 * * * * *", graceMs: 5_000 }], ...slow(HOUR) });
  await r.clock.advance(10_000);
  r.provider.forget("p-1");
  await r.clock.advance(MINUTE);
  assert.equal((await r.story())[0], "lost(not_found)");
  assert.ok(r.provider.calls("delete").every(({ id }) => id !== "p-1"));
});

test("a lost backup that turns up again is available", async () => {
  await using r = await rig({ jobs: [{ ...hourly, schedule: "0 0 11 * * *" }], ...slow(10 * MINUTE) });
  await r.clock.advance(HOUR);
  r.provider.forget("p-1");
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["lost(not_found)"]);
  r.provider.remember("p-1");
  await r.clock.advance(70 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
});

test("poll() concludes nothing from a provider that is down, for hours", async () => {
  await using r = await rig({ jobs: [{ ...hourly, schedule: "0 0 11 * * *" }], ...slow(10 * MINUTE) });
  await r.clock.advance(HOUR + MINUTE);
  r.provider.down("unsent");
  await r.clock.advance(20 * HOUR);
  assert.deepEqual(await r.story(), ["running"]);
  r.provider.up();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
});

test("poll() frees a job whose provider is silent for a day past grace time", async () => {
  await using r = await rig({ jobs: [{ ...hourly, schedule: "0 0 11 * * *" }], ...slow(10 * MINUTE) });
  await r.clock.advance(HOUR + MINUTE);
  r.provider.down("unsent");
  await r.clock.advance(26 * HOUR);
  const story = await r.story();
  assert.equal(story[0], "lost(silent)");
});

test("poll() takes an unknown word for running and a malformed answer for nothing", async () => {
  await using r = await rig({ jobs: [hourly], ...slow(2 * MINUTE) });
  r.provider.plan({ durationMs: 2 * MINUTE, runningWord: "thinking" });
  r.provider.script("get", "malformed", "malformed", "malformed", "malformed");
  await r.clock.advance(HOUR + MINUTE);
  assert.deepEqual(await r.story(), ["running"]);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
});

test("a slot that comes due while a run goes on is skipped and recorded", async () => {
  await using r = await rig({ ...slow(150_000), jobs: [{}] });
  await r.clock.advance(4 * MINUTE + 30_000);
  assert.deepEqual(await r.story(), [
    "available",
    "skipped(still_running)",
    "skipped(still_running)",
    "running",
  ]);
});
