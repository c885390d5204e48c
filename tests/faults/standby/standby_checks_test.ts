// That each check of several instances sees what breaks it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LedgerCall } from "../../support/ledger_provider.ts";
import type { LeaseLook } from "./lease_watch.ts";
import {
  activeOnesHold,
  epochsRise,
  nothingIsStartedTwice,
  postsRise,
  staleCalls,
  staleCallsAreTheResidual,
  takeoversAreNotEarly,
  takeoversOf,
} from "./standby_checks.ts";

const look = (at: number, epoch: number, holder: string | null, renewals: number): LeaseLook => ({
  askedAt: at,
  answeredAt: at + 10,
  epoch,
  holder,
  renewals,
});
const post = (at: number, fence: number, slot = "12:00"): LedgerCall => ({
  ...{ at, kind: "call", method: "POST", id: null, runId: `r${at}`, job: "db", slot, fence, status: 202 },
});

/** a holds the lease, is last seen to renew it at 1,000, and b has it at 7,000. */
const LOOKS = [look(0, 1, "a", 1), look(1_000, 1, "a", 2), look(6_900, 1, "a", 2), look(7_000, 2, "b", 0)];

test("a takeover is found, with how long the lease had stood still, and one that is too early", () => {
  const [takeover, ...others] = takeoversOf(LOOKS);
  assert.deepEqual(others, []);
  const { from, to, stoodMost, stoodLeast, wasReleased } = takeover!;
  assert.deepEqual([from, to, stoodMost, stoodLeast, wasReleased], ["a", "b", 7_010, 5_890, false]);
  takeoversAreNotEarly([takeover!], 5_000);
  assert.throws(
    () => takeoversAreNotEarly([takeover!], 8_000),
    /b took epoch 2 from a, renewed 7010 ms before/,
  );
  takeoversAreNotEarly([{ ...takeover!, wasReleased: true }, { ...takeover!, from: "b" }], 8_000);
});

test("epochs, holders and renewals that go back are found", () => {
  epochsRise(LOOKS);
  assert.throws(() => epochsRise([...LOOKS, look(8_000, 1, "a", 3)]), /epoch 1 after 2/);
  assert.throws(() => epochsRise([...LOOKS, look(8_000, 2, "a", 1)]), /a holds epoch 2, which was b's/);
  assert.throws(() => epochsRise([look(0, 1, "a", 2), look(1, 1, "a", 1)]), /renewal 1 after 2/);
});

test("who calls itself active without the lease is found; who lost it meanwhile is not blamed", () => {
  const probe = (name: string, askedAt: number) => ({
    name,
    askedAt,
    answeredAt: askedAt + 20,
    isActive: true,
  });
  const looks = [...LOOKS, look(9_000, 2, "b", 1)];
  activeOnesHold([probe("a", 2_000), probe("a", 6_990), probe("b", 7_500)], looks);
  assert.throws(
    () => activeOnesHold([probe("a", 7_500)], looks),
    /a calls itself active while b holds the lease/,
  );
});

test("a call of an epoch that is over is found, and is the residual only right after a stop", () => {
  const calls = [post(6_000, 1), post(7_500, 2, "12:01"), post(30_000, 1, "12:02")];
  const stale = staleCalls(calls, LOOKS);
  assert.deepEqual(stale.map(({ sender, lateMs, call }) => [sender, lateMs, call.slot]), [[
    "a",
    22_990,
    "12:02",
  ]]);
  assert.throws(
    () => staleCallsAreTheResidual(stale, new Map(), 2_000),
    /a sent POST of db under epoch 1 22990 ms/,
  );
  staleCallsAreTheResidual(stale, new Map([["a", [{ from: 5_000, until: 29_000 }]]]), 2_000);
});

test("POSTs of one slot in the wrong order, and two for one slot, are found", () => {
  postsRise([post(1, 1), post(2, 2), post(3, 1, "12:01")], []);
  assert.throws(() => postsRise([post(1, 2), post(2, 1)], []), /under epoch 1 after 2/);
  nothingIsStartedTwice([post(1, 1), post(2, 1, "12:01")]);
  assert.throws(
    () => nothingIsStartedTwice([post(1, 1), post(2, 2)]),
    /slot db 12:00 was sent under epoch 1/,
  );
});
