// When another try of a verification comes, and when a job is unproved.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY } from "../../../src/domain/duration.ts";
import {
  failedProofReason,
  isOpen,
  isSuspectByProof,
  newVerifyState,
  retryWait,
  unprovedOf,
  VERIFICATION_STATES,
} from "../../../src/domain/verification/verification.ts";

test("what was cut off is always tried again, what found out nothing at growing waits, and no verdict ever", () => {
  assert.deepEqual([1, 2, 3, 4].map((attempt) => retryWait("inconclusive", attempt)), [
    ...[600_000, 1_200_000, 2_400_000],
    null,
  ]);
  assert.equal(retryWait("cut_off", 99), 60_000);
  assert.deepEqual([retryWait("passed", 1), retryWait("failed", 1)], [null, null]);
  assert.deepEqual(VERIFICATION_STATES.filter(isOpen), ["intent", "sending", "running"]);
});

test("a verdict of a verification is told from one by size", () => {
  assert.ok(isSuspectByProof(failedProofReason("a.txt is damaged")));
  assert.ok(isSuspectByProof(failedProofReason(null)));
  assert.ok(!isSuspectByProof("1 MB is under min_size 2 MB"));
  assert.ok(!isSuspectByProof(null));
});

test("a job is unproved when nothing was proved for `every`, and while the last look found out nothing", () => {
  const fresh = newVerifyState("a", 0);
  assert.equal(unprovedOf(fresh, 30 * DAY, 30 * DAY), undefined);
  assert.deepEqual(unprovedOf(fresh, 30 * DAY, 30 * DAY + 1), {
    since: 30 * DAY,
    message: "no backup was ever proved",
  });
  const proved = { ...fresh, provedAt: 20 * DAY, lastState: "passed" as const, lastAt: 20 * DAY };
  assert.equal(unprovedOf(proved, 30 * DAY, 50 * DAY), undefined);
  assert.equal(unprovedOf(proved, 30 * DAY, 50 * DAY + 1)?.since, 50 * DAY);
  const dark = { ...proved, lastState: "inconclusive" as const, lastAt: 21 * DAY, lastMessage: "no space" };
  assert.deepEqual(unprovedOf(dark, 30 * DAY, 22 * DAY), {
    since: 21 * DAY,
    message: "no space (the last verification found nothing out)",
  });
  assert.equal(unprovedOf({ ...dark, provedAt: 22 * DAY }, 30 * DAY, 23 * DAY), undefined);
  // Dated by a clock that was a year ahead.
  assert.equal(unprovedOf({ ...fresh, provedAt: 400 * DAY }, 30 * DAY, 40 * DAY)?.since, 30 * DAY);
});
