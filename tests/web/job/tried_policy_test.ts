// An edit of a policy that is tried: written as people write it, over what is in force.

import assert from "node:assert/strict";
import { test } from "node:test";
import { triedPolicy } from "../../../src/web/job/tried_policy.ts";

const IN_FORCE = "daily=7@L,weekly=4@SAT,week_starts=monday,min_keep=1,min_age=0s,keep_oldest=false";

function policyOf(text: string, inForce = IN_FORCE): string {
  const tried = triedPolicy(text, inForce);
  return "policy" in tried ? tried.policy : tried.error;
}

test("what an edit names is changed, all else stays", () => {
  assert.match(policyOf("daily: 3"), /^daily=3@L,weekly=4@SAT,week_starts=monday/);
  assert.match(policyOf("daily=3@2, monthly = 12"), /^daily=3@2,weekly=4@SAT,monthly=12@L,/);
  assert.match(policyOf("weekly: 0; min_keep: 2"), /^daily=7@L,(weekly=0@L,)?week_starts=monday,min_keep=2/);
  assert.match(policyOf("keep_all"), /^keep_all,week_starts=monday/);
});

test("the number of newest backups has two names", () => {
  assert.match(policyOf("keep_last: 5"), /^daily=7@L,weekly=4@SAT,week_starts=monday,min_keep=5/);
  assert.match(policyOf("daily: 0, weekly: 0, keep_last: 5"), /^keep_last=5,week_starts=monday,/);
  assert.match(policyOf("keep_within: 30d"), /^daily=7@L,weekly=4@SAT,keep_within=30d,/);
  const bare = "keep_last=5,keep_within=2d,week_starts=sunday,min_age=0s,keep_oldest=false";
  assert.match(policyOf("min_keep: 3", bare), /^keep_last=3,keep_within=2d,/);
  assert.match(policyOf("daily: 7", bare), /^daily=7@L,keep_within=2d,week_starts=sunday,min_keep=5,/);
});

test("what cannot be read says why", () => {
  assert.match(policyOf("dayly: 3"), /dayly/);
  assert.match(policyOf("daily: 0, weekly: 0"), /every level is 0/);
  assert.match(policyOf("daily: many"), /many/);
});
