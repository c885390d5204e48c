// A run that was cancelled says why first: how far it had come is no cause.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cancelledText,
  endlessText,
  GRACE_OVER,
  MAX_DURATION,
  notCancelledReason,
  whyNotCancelled,
} from "../../src/domain/cancelled.ts";
import { adviceOn, knownCause } from "../../src/domain/known_cause.ts";

const RUN = { ranMs: 30_400, graceMs: 10_000, said: "started" };

test("a run that was cancelled says for what, how long it took, and only then how far it had come", () => {
  const texts = [
    "it had not ended after 30s, past its grace time of 10s, when the next backup was due: cancelled; it said last: started",
    "it had not ended after 30s, longer than 'max_duration' allows: cancelled; it said last: started",
    "cancelled: by hand: ops; it said last: started",
  ];
  [GRACE_OVER, MAX_DURATION, "by hand: ops"].forEach((reason, at) =>
    assert.equal(cancelledText({ ...RUN, reason }), texts[at])
  );
  assert.doesNotMatch(cancelledText({ ...RUN, reason: GRACE_OVER, said: null }), /said/);
});

test("whatever it said last, its cause is that it did not end", () => {
  for (const [reason, advice] of [[GRACE_OVER, "grace_time"], [MAX_DURATION, "max_duration"]] as const) {
    const words = cancelledText({ ...RUN, reason, said: "connection refused, waiting for the database" });
    assert.equal(knownCause(words)?.short, "did not end");
    assert.equal(adviceOn(words), `See what it waits for, or raise '${advice}'`);
  }
  assert.equal(knownCause("cancelled: by hand: ops; it said last: locked")?.short, "cancelled");
  assert.equal(knownCause(endlessText("connection refused"))?.short, "does not end");
});

test("why a run could not be cancelled is read back from its reason, and from no other", () => {
  assert.equal(whyNotCancelled(notCancelledReason("it was still running")), "it was still running");
  assert.equal(whyNotCancelled(GRACE_OVER), undefined);
  assert.equal(whyNotCancelled(null), undefined);
});
