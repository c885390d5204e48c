// How a run that is over stands: who waits for its backup is told neither too early nor wrongly that it is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeOf } from "../../src/domain/outcome.ts";

const RUN = { suspectAt: null, acceptedAt: null, retryAt: null, retryEnd: null };

test("a backup that is there is available; a suspect one only once somebody accepted it", () => {
  assert.equal(outcomeOf("available", RUN), "available");
  assert.equal(outcomeOf("available", { ...RUN, suspectAt: 1 }), "suspect");
  assert.equal(outcomeOf("available", { ...RUN, suspectAt: 1, acceptedAt: 2 }), "available");
});

test("a failure counts once no try follows", () => {
  assert.equal(outcomeOf("failed", { ...RUN, retryAt: 1 }), "retried");
  assert.equal(outcomeOf("failed", { ...RUN, retryEnd: "tried_again" }), "retried");
  assert.equal(outcomeOf("failed", RUN), "failed");
  assert.equal(outcomeOf("failed", { ...RUN, retryEnd: "used_up" }), "failed");
  for (const end of ["lost", "cancelled", "expired"] as const) assert.equal(outcomeOf(end, RUN), end);
});
