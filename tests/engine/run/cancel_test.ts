// A running backup is cancelled only while its provider says that it runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider } from "../../support/fake_provider.ts";
import { rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const job = { graceMs: 90_000 };
const slow = (durationMs: number, extra: object = {}) => ({
  providers: (clock: ConstructorParameters<typeof FakeProvider>[0]["clock"]) => [
    new FakeProvider({ clock, key: "p", durationMs, ...extra }),
  ],
});

test("cancel() makes room at the slot after grace time, and the new run starts", async () => {
  await using r = await rig({ jobs: [job], ...slow(10 * MINUTE) });
  await r.clock.advance(3 * MINUTE + 10_000);
  assert.deepEqual(await r.story(), [
    "cancelled(grace time is over and the next backup is due)",
    "skipped(still_running)",
    "running",
  ]);
  assert.equal(r.provider.effects[0]!.cancelled, true);
  const { message } = (await r.runs())[0]!;
  assert.match(
    message!,
    /^it had not ended after 2m.*, past its grace time of 1m30s, .*: cancelled; it said last: backup running$/,
  );
});

test("cancel() sends no DELETE when the last look shows the backup finished: it is available", async () => {
  await using r = await rig({ jobs: [{ ...job, pollIntervalMs: 10 * MINUTE }], ...slow(100_000) });
  await r.clock.advance(3 * MINUTE + 10_000);
  assert.deepEqual(await r.story(), ["available", "skipped(still_running)", "running"]);
  assert.equal(r.provider.calls("delete").length, 0);
});

test("cancel() sends no DELETE when the look fails, and the slot is skipped", async () => {
  await using r = await rig({ jobs: [{ ...job, pollIntervalMs: 10 * MINUTE }], ...slow(10 * MINUTE) });
  await r.clock.advance(3 * MINUTE - 1);
  r.provider.script("get", "unsent");
  await r.clock.advance(10_000);
  const goesOn = "running(not cancelled: the provider did not say that it is still running)";
  assert.deepEqual(await r.story(), [goesOn, "skipped(still_running)", "skipped(still_running)"]);
  assert.equal(r.provider.calls("delete").length, 0);
});

test("grace time doubles after a cancel until a backup succeeds, and no two slots in a row cancel", async () => {
  await using r = await rig({ jobs: [job], ...slow(5 * MINUTE) });
  await r.clock.advance(3 * MINUTE + 5_000);
  assert.equal((await r.store.job("db"))!.graceFactor, 2);
  await r.clock.advance(4 * MINUTE);
  const cancelled = await r.runs("cancelled");
  assert.equal(cancelled.length, 2, "the second run was cancelled only after 180 s");
  assert.equal(cancelled[1]!.endTime! - cancelled[1]!.startTime! > 180_000, true);
  assert.equal((await r.store.job("db"))!.graceFactor, 4);
  await r.clock.advance(5 * MINUTE + 5_000);
  assert.equal((await r.runs("available")).length, 1, "with four times the grace a backup gets through");
  assert.equal((await r.store.job("db"))!.graceFactor, 1);
});

test("max_duration cancels without waiting for a slot", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 * * * *", maxDurationMs: 5 * MINUTE }],
    ...slow(60 * MINUTE),
  });
  await r.clock.advance(66 * MINUTE);
  assert.deepEqual(await r.story(), ["cancelled(max_duration)"]);
});

test("an operator cancels a running backup, and a start that is waiting to be retried", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *" }], ...slow(60 * MINUTE) });
  await r.clock.advance(61 * MINUTE);
  assert.equal(r.engine.job("db")!.requestCancel((await r.runs())[0]!.runId, "by hand: ops"), true);
  await r.clock.advance(1_000);
  assert.deepEqual(await r.story(), ["cancelled(by hand: ops)"]);
  r.provider.down("unsent");
  await r.clock.advance(60 * MINUTE);
  assert.equal(r.engine.job("db")!.requestCancel((await r.runs())[1]!.runId, "by hand: ops"), true);
  await r.clock.advance(1_000);
  assert.deepEqual((await r.story())[1], "cancelled(by hand: ops)");
});

test("cancel() looks until the provider has let go, however the DELETE was answered", async () => {
  await using r = await rig({ jobs: [job], ...slow(10 * MINUTE, { deleteMs: 20_000 }) });
  await r.clock.advance(3 * MINUTE - 1);
  r.provider.script("delete", "lost_reply");
  await r.clock.advance(15_000);
  assert.equal((await r.runs())[0]!.status, "cancelling");
  await r.clock.advance(15_000);
  assert.equal((await r.runs())[0]!.status, "cancelled");
  assert.equal((await r.runs())[2]!.status, "running");
});
