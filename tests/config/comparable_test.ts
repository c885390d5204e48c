// Effective values are compared by what they say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { comparable } from "../../src/config/comparable.ts";

test("comparable() tells no difference in spelling, nor in the order of keys", () => {
  assert.equal(comparable("a.headers", "{ b: 1, a: 'x' }"), comparable("a.headers", '{a: "x", b: 1}'));
  assert.notEqual(comparable("a.headers", "{ a: 1 }"), comparable("a.headers", "{ a: 2 }"));
});

test("comparable() takes the order of lists for what it is: nothing for tokens, much for paths", () => {
  assert.equal(
    comparable("server.auth.tokens", "[{ n: a }, { n: b }]"),
    comparable("server.auth.tokens", "[{ n: b }, { n: a }]"),
  );
  assert.notEqual(comparable("jobs.x.paths", "[/a, /b]"), comparable("jobs.x.paths", "[/b, /a]"));
});

test("comparable() leaves plain values, and what it cannot read, as they are", () => {
  assert.equal(comparable("schedule", "0 0 3 * * *"), "0 0 3 * * *");
  assert.equal(comparable("new", "[unclosed"), "[unclosed");
});
