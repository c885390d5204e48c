// When a lease may be taken, and how long its holder may act.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LeaseSeen } from "../../../src/ports/lease.ts";
import {
  afterSilence as afterSilenceBy,
  type Candidate,
  judge as judgeBy,
  LEASE_TTL_MS,
  leaseTimes,
  mayAct as mayActBy,
  nextLookMs as nextLookBy,
  type Renewed,
  type Watched,
  watched,
} from "../../../src/engine/lease/lease_rules.ts";

const TIMES = leaseTimes(LEASE_TTL_MS);
const { actMs: ACT_MS, lookEveryMs: LOOK_EVERY_MS, renewEveryMs: RENEW_EVERY_MS, stillMs: STILL_MS } = TIMES;
const judge = (lease: Watched | null, at: number, self: Candidate) => judgeBy(lease, at, self, TIMES);
const afterSilence = (lease: Watched, at: number) => afterSilenceBy(lease, at, TIMES);
const mayAct = (renewed: Renewed, now: Renewed) => mayActBy(renewed, now, TIMES);
const nextLookMs = (verdict: Parameters<typeof nextLookBy>[0]) => nextLookBy(verdict, TIMES);

const SEEN: LeaseSeen = {
  epoch: 7,
  holder: "boot-1",
  renewals: 3,
  isReleased: false,
  node: "node-a",
  address: null,
  place: "machine-a",
  fingerprint: "f",
  takenAt: 1,
  ttlMs: 30_000,
  expiresAt: 2,
  seenAt: 3,
};
const STRANGER: Candidate = { place: "machine-b", holders: new Set<string>() };

function lookedAt(seen: LeaseSeen, ...times: number[]): Watched {
  return times.reduce<Watched | null>((before, at) => watched(before, seen, at), null)!;
}

test("judge() takes what nobody has, and what its holder gave back or cannot have any more", () => {
  const free = (fields: Partial<LeaseSeen>, self = STRANGER) =>
    judge(lookedAt({ ...SEEN, ...fields }, 0), 0, self);
  assert.deepEqual(judge(null, 0, STRANGER), { free: "new" });
  assert.deepEqual(free({ isReleased: true }), { free: "released" });
  assert.deepEqual(free({ renewals: null }), { free: "older" });
  assert.deepEqual(free({}, { place: "machine-a", holders: new Set() }), { free: "own" });
  assert.deepEqual(free({}, { place: null, holders: new Set(["boot-1"]) }), { free: "own" });
  assert.deepEqual(free({}), { free: null, leftMs: STILL_MS });
  assert.deepEqual(free({ place: null }, { place: null, holders: new Set() }), {
    free: null,
    leftMs: STILL_MS,
  }, "two without a place are not at the same one");
});

test("judge() takes a lease whose counter stood still for 40 s, to the millisecond, whatever date it bears", () => {
  for (const expiresAt of [null, 0, Number.MAX_SAFE_INTEGER]) {
    const lease = lookedAt({ ...SEEN, expiresAt }, 1_000, 20_000);
    assert.deepEqual(judge(lease, 1_000 + STILL_MS - 1, STRANGER), { free: null, leftMs: 1 });
    assert.deepEqual(judge(lease, 1_000 + STILL_MS, STRANGER), { free: "still" });
  }
});

test("watched() begins again with each renewal, and with each other holder", () => {
  const first = watched(null, SEEN, 10);
  assert.deepEqual([first.since, first.hasMoved], [10, false]);
  assert.equal(watched(first, { ...SEEN, seenAt: 99, expiresAt: 98 }, 20).since, 10, "dates are no renewal");
  for (const other of [{ renewals: 4 }, { renewals: 2 }, { epoch: 8 }, { holder: "boot-2" }]) {
    const next = watched(first, { ...SEEN, ...other }, 20);
    assert.deepEqual([next.since, next.hasMoved], [20, true], JSON.stringify(other));
  }
  assert.equal(watched(lookedAt(SEEN, 10, 20), SEEN, 5).since, 5, "a clock that fell is another one");
});

test("afterSilence() leaves the holder the time for one renewal, and takes nothing from who has had less", () => {
  const long = afterSilence(lookedAt(SEEN, 0), 300_000);
  assert.deepEqual(judge(long, 300_000, STRANGER), { free: null, leftMs: RENEW_EVERY_MS });
  assert.deepEqual(judge(long, 300_000 + RENEW_EVERY_MS, STRANGER), { free: "still" });
  assert.equal(afterSilence(lookedAt(SEEN, 0), 5_000).since, 0);
});

test("judge() does not take the lease of the own place from one that was seen to renew it", () => {
  const lease = watched(watched(null, SEEN, 0), { ...SEEN, renewals: 4 }, 5);
  assert.equal(judge(lease, 6, { place: "machine-a", holders: new Set() }).free, null);
});

test("mayAct() ends after two thirds of the lease, counted from when the renewal was sent, sleep included", () => {
  const renewed = { monotonic: 5_000, uptime: 90_000 };
  const after = (monotonic: number, uptime = monotonic) =>
    mayAct(renewed, { monotonic: 5_000 + monotonic, uptime: 90_000 + uptime });
  assert.equal(ACT_MS, 20_000);
  assert.equal(after(ACT_MS - 1), true);
  assert.equal(after(ACT_MS), false);
  assert.equal(after(10, 600_000), false, "the machine slept");
  assert.equal(after(600_000, 0), false, "the uptime stood still");
});

test("nextLookMs() never looks later than the lease may be taken", () => {
  assert.equal(nextLookMs({ free: null, leftMs: 60_000 }), LOOK_EVERY_MS);
  assert.equal(nextLookMs({ free: null, leftMs: 70 }), 70);
  assert.equal(nextLookMs({ free: null, leftMs: 0 }), 1);
});

test("whatever the delays, nobody takes a lease while its holder may act", () => {
  // Each renewal and each look takes as long as it likes; the two clocks have nothing in common but their speed.
  const delays = fc.array(fc.integer({ min: 0, max: 25_000 }), { minLength: 3, maxLength: 40 });
  fc.assert(fc.property(delays, delays, fc.integer({ min: 0, max: 1e9 }), (renewing, looking, skew) => {
    const renewals: { sent: number; done: number }[] = [];
    for (let at = 0, i = 0; i < renewing.length; i++) {
      const done = at + renewing[i]!;
      renewals.push({ sent: at, done });
      at = done + RENEW_EVERY_MS;
    }
    // The holder acts until two thirds after it sent the last renewal that it heard of.
    const actsUntil = Math.max(...renewals.map(({ sent }) => sent)) + ACT_MS;
    // The counter moves somewhere between: as early as it can.
    const counterAt = (at: number) => renewals.filter(({ sent }) => sent <= at).length;
    let lease: Watched | null = null;
    for (let at = 0, i = 0;; i++) {
      const read = at;
      const verdict = lease === null
        ? undefined
        : judge(watched(lease, { ...SEEN, renewals: counterAt(read) }, at + skew), at + skew, STRANGER);
      if (verdict?.free === "still") {
        assert.ok(at >= actsUntil, `taken at ${at}, and its holder acts until ${actsUntil}`);
        return;
      }
      const took = looking[i % looking.length]!;
      lease = watched(lease, { ...SEEN, renewals: counterAt(read) }, at + took + skew);
      at += took + 1_000;
      if (at > actsUntil + 4 * (STILL_MS + LEASE_TTL_MS)) {
        assert.fail("nobody takes a lease that nobody renews");
      }
    }
  }));
});

test("judge() leaves a lease to its holder for as long as the holder counts on, whoever has the shorter one", () => {
  const short = leaseTimes(6_000);
  const lease = (ttlMs: number | null) => lookedAt({ ...SEEN, ttlMs }, 0);
  assert.deepEqual(judgeBy(lease(30_000), 39_999, STRANGER, short), { free: null, leftMs: 1 });
  assert.deepEqual(judgeBy(lease(30_000), 40_000, STRANGER, short), { free: "still" });
  assert.deepEqual(judgeBy(lease(6_000), 39_999, STRANGER, TIMES), { free: null, leftMs: 1 });
  assert.deepEqual(judgeBy(lease(null), 8_000, STRANGER, short), { free: "still" });
  assert.equal(afterSilenceBy(lease(30_000), 100_000, short).since, 100_000 - 40_000 + 10_000);
});

test("leaseTimes() lets nobody take a lease on which its holder may still act, with room for a renewal under way", () => {
  for (const ttlMs of [5_000, LEASE_TTL_MS, 600_000]) {
    const { actMs, stillMs, renewEveryMs } = leaseTimes(ttlMs);
    assert.ok(2 * renewEveryMs <= actMs + 1 && 2 * actMs <= stillMs + 1);
  }
});
