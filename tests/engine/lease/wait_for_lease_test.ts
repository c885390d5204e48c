// Who wants a state waits for its turn, or is refused in one sentence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import { leaseTimes } from "../../../src/engine/lease/lease_rules.ts";
import { type Opening, waitForLease } from "../../../src/engine/lease/wait_for_lease.ts";
import type { LeaseSeen } from "../../../src/ports/lease.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function rig(isStandby: boolean, place: string | null = "machine-b") {
  const clock = new FakeClock(1_000);
  const lease = { renewals: 0, isReleased: false, lives: true, away: false };
  const seen = (): LeaseSeen => ({
    epoch: 7,
    holder: "boot-1",
    // It renews every 10 s while it lives.
    renewals: lease.lives ? lease.renewals = Math.floor(clock.monotonic() / 10_000) : lease.renewals,
    isReleased: lease.isReleased,
    node: "node-a",
    address: "http://node-a:8080",
    place: "machine-a",
    fingerprint: null,
    takenAt: 0,
    ttlMs: 30_000,
    expiresAt: Number.MAX_SAFE_INTEGER,
    seenAt: 0,
  });
  const stop = new AbortController();
  const failures: string[] = [];
  let waits = 0;
  const outcome: { opening?: Opening; error?: unknown; at?: number } = {};
  void waitForLease({
    watch: {
      look: () => lease.away ? Promise.reject(new StoreError("failed", "away")) : Promise.resolve(seen()),
    },
    clock,
    self: { place, holders: new Set() },
    times: leaseTimes(30_000),
    isStandby,
    signal: stop.signal,
    waiting: () => void waits++,
    ...(isStandby ? { failed: (error: StoreError) => void failures.push(error.message) } : {}),
  }).then((opening) => outcome.opening = opening, (error) => outcome.error = error)
    .finally(() => outcome.at = clock.monotonic());
  return { clock, lease, outcome, stop, failures, waits: () => waits };
}

test("a standby waits while the active one lives, and takes over 40 s after its last renewal", async () => {
  const { clock, lease, outcome, waits } = rig(true);
  await clock.advance(600_000);
  assert.deepEqual(outcome, {});
  assert.ok(waits() >= 300);
  lease.lives = false;
  await clock.advance(60_000);
  assert.equal(outcome.opening?.free, "still");
  assert.ok(outcome.at! - 600_000 >= 40_000 && outcome.at! - 600_000 <= 43_000, String(outcome.at));
});

test("a standby takes over at once what was given back", async () => {
  const { clock, lease, outcome } = rig(true);
  await clock.advance(60_000);
  lease.isReleased = true;
  await clock.advance(2_000);
  assert.equal(outcome.opening?.free, "released");
});

test("a store that is away tells a standby nothing: what it saw before counts on", async () => {
  const { clock, lease, outcome, failures } = rig(true);
  await clock.advance(15_000);
  lease.away = true;
  await clock.advance(90_000);
  assert.deepEqual(outcome, {});
  assert.ok(failures.length > 10);
  lease.away = false;
  await clock.advance(3_000);
  assert.deepEqual(outcome, {}, "it lived all the time");
});

test("once the store answers again, its holder gets the time for a renewal before a standby takes over", async () => {
  const { clock, lease, outcome } = rig(true);
  await clock.advance(15_000);
  [lease.away, lease.lives] = [true, false];
  await clock.advance(90_000);
  lease.away = false;
  await clock.advance(9_000);
  assert.deepEqual(outcome, {});
  await clock.advance(4_000);
  assert.equal(outcome.opening?.free, "still");
});

test("one that waits for nobody is refused once it sees that the other one lives", async () => {
  const { clock, outcome } = rig(false);
  await clock.advance(12_000);
  const error = outcome.error as StoreError;
  assert.equal(error.kind, "in_use");
  assert.match(error.message, /Schelly on 'node-a' \(http:\/\/node-a:8080\) uses it .*standby: \{\}/);
});

test("one that waits for nobody starts after 40 s where the other one died elsewhere, and at once where it was itself", async () => {
  const away = rig(false);
  away.lease.lives = false;
  await away.clock.advance(41_000);
  assert.equal(away.outcome.opening?.free, "still");
  const own = rig(false, "machine-a");
  await own.clock.settle();
  assert.deepEqual([own.outcome.opening?.free, own.outcome.at], ["own", 0]);
});

test("a stop ends the wait", async () => {
  const { clock, outcome, stop } = rig(true);
  await clock.advance(5_000);
  stop.abort(new Error("stopping"));
  await clock.settle();
  assert.equal((outcome.error as Error).message, "stopping");
});
