// An instance renews its lease, acts for as long as it may, and ends when it is another's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import { leaseTimes } from "../../../src/engine/lease/lease_rules.ts";
import { clocksOf, LeaseKeeper } from "../../../src/engine/lease/lease_keeper.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function rig() {
  const clock = new FakeClock(1_000);
  const events: EngineEvent[] = [];
  const lost: unknown[] = [];
  const lease = { epoch: 7, renewals: 0, fate: "renewed" as "renewed" | "lost" | "failed" };
  const keeper = new LeaseKeeper({
    times: leaseTimes(30_000),
    lease: {
      whyLost: () => Promise.resolve(new StoreError("fenced", "another one took it")),
      renew() {
        if (lease.fate === "failed") return Promise.reject(new StoreError("unknown", "the server is away"));
        lease.renewals++;
        return Promise.resolve(lease.fate);
      },
    },
    clock,
    takenAt: clocksOf(clock),
    sink: { emit: (event) => void events.push(event) },
    lost: (error) => void lost.push(error),
  });
  keeper.start();
  return { clock, keeper, lease, events, lost };
}

test("a lease is renewed every 10 s, and its holder acts all the time", async () => {
  const { clock, keeper, lease, events } = rig();
  await clock.advance(60_000);
  assert.equal(lease.renewals, 7);
  assert.equal(keeper.mayAct(), true);
  assert.deepEqual(events, []);
  await keeper[Symbol.asyncDispose]();
  await clock.advance(60_000);
  assert.equal(lease.renewals, 7);
});

test("one that cannot be renewed is tried again, nothing is done after 20 s, and all goes on once it can be", async () => {
  const { clock, keeper, lease, events, lost } = rig();
  await clock.advance(1_000);
  lease.fate = "failed";
  await clock.advance(18_900);
  assert.equal(keeper.mayAct(), true);
  await clock.advance(100);
  assert.equal(keeper.mayAct(), false);
  assert.match(keeper.trouble()!, /not renewed for 20 s: another instance may be the active one/);
  await clock.advance(20_000);
  assert.equal(events.length, 1);
  assert.match(
    events[0]!.message,
    /not renewed for 20 s, so nothing is started nor deleted .*the server is away/,
  );
  lease.fate = "renewed";
  await clock.advance(2_000);
  assert.equal(keeper.mayAct(), true);
  assert.equal(keeper.trouble(), null);
  assert.equal(events[1]!.level, "info");
  assert.deepEqual(lost, []);
  await keeper[Symbol.asyncDispose]();
});

test("a machine that slept acts only once its lease is renewed", async () => {
  const { clock, keeper } = rig();
  await clock.advance(9_000);
  clock.suspend(60_000);
  assert.equal(keeper.mayAct(), false);
  await clock.advance(1_000);
  assert.equal(keeper.mayAct(), true);
  await keeper[Symbol.asyncDispose]();
});

test("a lease that is another's ends the instance, which acts no more", async () => {
  const { clock, keeper, lease, lost } = rig();
  lease.fate = "lost";
  await clock.advance(10_000);
  assert.equal(keeper.mayAct(), false);
  assert.equal(lost.length, 1);
  assert.equal((lost[0] as StoreError).kind, "fenced");
  await keeper[Symbol.asyncDispose]();
});
