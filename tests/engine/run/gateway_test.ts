// A 503, 429 or 425 without a word of the provider's own may come after the start was delivered: the tries are few,
// far between, marked, and never told as "not started".

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import { gatewayDelay } from "../../../src/engine/context/retry.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { rig, type RigOptions, START } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOURLY: Partial<Job> = { schedule: "0 0 * * * *", graceMs: 30 * MINUTE };
const SLOT = START + HOUR;

test("a gateway that answers 503 to starts it delivered gets ten at doubling waits, not one each five seconds", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.script(
    "create",
    ...Array.from({ length: 40 }, () => ({ does: "gateway", effect: true }) as const),
  );
  await r.clock.advance(HOUR + 30 * MINUTE);
  const sent = r.provider.calls("create").map((call) => (call.at - SLOT) / 1000);
  assert.deepEqual(sent.map((at, n) => n === 0 ? 0 : at - sent[n - 1]!), [
    0,
    5,
    10,
    20,
    40,
    60,
    60,
    60,
    60,
    60,
  ]);
  const [run] = await r.runs();
  assert.equal(run!.status, "failed");
  assert.equal(run!.reason, "unsettled");
  assert.equal(run!.maybeDuplicateAt, SLOT + 5_000);
  assert.equal(r.told("run.retry").length, 0, "nothing is told as not started");
  assert.match(
    r.told("run.unknown")[0]!.message,
    /It is not known whether .* a gateway may have answered 503/,
  );
});

test("a gateway's 503 for one start leads to a second, which says that it may be one too many", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.script("create", { does: "gateway" });
  await r.clock.advance(HOUR + MINUTE);
  const [run] = await r.runs();
  assert.equal(run!.status, "available");
  assert.notEqual(run!.maybeDuplicateAt, null);
  assert.equal(r.provider.effects.length, 1);
});

test("on_unknown: skip stops after a gateway's first 503", async () => {
  await using r = await rig({ jobs: [{ ...HOURLY, onUnknown: "skip" }] });
  r.provider.script("create", { does: "gateway", effect: true }, { does: "gateway", effect: true });
  await r.clock.advance(HOUR + 40 * MINUTE);
  assert.deepEqual(await r.story(), ["failed(unsettled)"]);
  assert.equal(r.provider.effects.length, 1);
});

test("behind a gateway, a provider that honours our key has one backup, and one with a lookup is asked first", async () => {
  for (const capabilities of [{ idempotency: true }, { lookup: true }]) {
    await using r = await rig(
      {
        jobs: [HOURLY],
        providers: (clock) => [new FakeProvider({ clock, key: "p", capabilities })],
      } satisfies RigOptions,
    );
    r.provider.script("create", { does: "gateway", effect: true });
    await r.clock.advance(HOUR + 5 * MINUTE);
    const [run] = await r.runs();
    assert.equal(run!.status, "available");
    assert.equal(r.provider.effects.length, 1);
    assert.equal(run!.maybeDuplicateAt, null);
  }
});

test("a start by hand that a gateway answered is accepted with its fate unknown, and not repeated", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.script("create", { does: "gateway", effect: true });
  const triggered = r.engine.job("db")!.trigger("ann", null);
  await r.clock.advance(1_000);
  const answer = await triggered;
  assert.ok("run" in answer && answer.run.status === "unknown");
  await r.clock.advance(30 * MINUTE);
  assert.equal(r.provider.effects.length, 1);
});

test("a lost answer among a gateway's brings back the long wait and the bound of three", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.script(
    "create",
    { does: "gateway", effect: true },
    "lost_reply",
    "lost_reply",
    "lost_reply",
    "lost_reply",
  );
  await r.clock.advance(HOUR + 30 * MINUTE);
  const sent = r.provider.calls("create").map((call) => (call.at - SLOT) / 1000);
  assert.deepEqual(sent, [0, 5, 125, 245]);
  assert.deepEqual(await r.story(), ["failed(unsettled)"]);
});

test("gatewayDelay() doubles from retry_interval to a minute, and never falls below retry_interval", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 9].map((n) => gatewayDelay(n, 5_000)), [
    5_000,
    10_000,
    20_000,
    40_000,
    60_000,
    60_000,
  ]);
  assert.equal(gatewayDelay(3, 120_000), 120_000);
});
