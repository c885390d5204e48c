// Which failed slots are tried again, when, and what ends that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { afterFailure, type TryFacts, tryText, whyNoTry } from "../../../src/domain/schedule/retry.ts";

const retry = { attempts: 2, afterMs: 600_000 };
const first = { trigger: "schedule", attempt: 1, slot: 0 } as const;

test("afterFailure() waits twice as long before each further try, until all are used up", () => {
  assert.deepEqual(afterFailure(first, "provider", retry, 1_000), { retryAt: 601_000, retryEnd: null });
  assert.deepEqual(afterFailure({ ...first, attempt: 2 }, "incomplete", retry, 1_000), {
    retryAt: 1_201_000,
    retryEnd: null,
  });
  assert.deepEqual(afterFailure({ ...first, attempt: 3 }, "provider", retry, 1_000), {
    retryAt: null,
    retryEnd: "used_up",
  });
});

test("afterFailure() tries what a restart cut off at once", () => {
  assert.deepEqual(afterFailure(first, "cut_off", retry, 1_000), { retryAt: 1_000, retryEnd: null });
  // What was due in a doubt of the clock has no slot.
  assert.deepEqual(afterFailure({ ...first, slot: null }, "cut_off", retry, 1_000).retryAt, 1_000);
});

test("afterFailure() never tries a slot again before it has come by a clock that went back a little", () => {
  assert.equal(afterFailure({ ...first, slot: 3_000 }, "cut_off", retry, 1_000).retryAt, 3_000);
});

test("afterFailure() leaves alone what was refused, may exist, was ended on purpose, or was begun by hand", () => {
  const none = { retryAt: null, retryEnd: null };
  for (const reason of ["refused", "unsettled", "cancelled"]) {
    assert.deepEqual(afterFailure(first, reason, retry, 0), none, reason);
  }
  assert.deepEqual(afterFailure({ ...first, trigger: "manual" }, "provider", retry, 0), none);
  assert.deepEqual(afterFailure(first, "provider", { attempts: 0, afterMs: 1 }, 0), none);
});

test("whyNoTry() lets a try be made that begins before the next slot, and no other", () => {
  const failed = { slot: 0, createdAt: 0, attempt: 1, retryAt: 600_000 };
  const facts: TryFacts = {
    now: 500_000,
    retry,
    nextSlot: 3_600_000,
    startDeadlineMs: null,
    inactive: undefined,
    blackout: null,
    isAhead: false,
  };
  assert.equal(whyNoTry(failed, facts), undefined);
  assert.equal(whyNoTry(failed, { ...facts, nextSlot: 600_000 }), "next_slot");
  assert.equal(whyNoTry(failed, { ...facts, now: 3_600_000 }), "next_slot");
  assert.equal(whyNoTry(failed, { ...facts, startDeadlineMs: 599_999 }), "too_late");
  assert.equal(whyNoTry({ ...failed, slot: null }, { ...facts, startDeadlineMs: 599_999 }), "too_late");
  assert.equal(whyNoTry(failed, { ...facts, inactive: "paused" }), "paused");
  assert.equal(whyNoTry(failed, { ...facts, retry: { attempts: 0, afterMs: 1 } }), "off");
  assert.equal(whyNoTry(failed, { ...facts, isAhead: true }), "clock_back");
});

test("tryText() counts the first try too", () => {
  assert.equal(tryText(2, retry), "try 2 of 3");
  assert.equal(tryText(3, { attempts: 1, afterMs: 1 }), "try 3 of 3");
});
