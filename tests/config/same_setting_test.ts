// Whether two effective values say the same, however they are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameSetting } from "../../src/config/same_setting.ts";

test("isSameSetting() reads lists and records, and takes a plain value for its text", () => {
  assert.ok(isSameSetting("jobs.db.body", "{a: 1, b: [x, y]}", '{"b": ["x", "y"], "a": 1}'));
  assert.ok(!isSameSetting("jobs.db.body", "{a: [x, y]}", "{a: [y, x]}"));
  assert.ok(!isSameSetting("jobs.db.retention", "1", "1.0"));
  assert.ok(isSameSetting("jobs.db.body", "{a: [", "{a: ["), "also what it cannot read");
  assert.ok(!isSameSetting("jobs.db.body", "{a: [", "{a: {"));
});

test("isSameSetting() minds no order where a list has none, but how often an item is in it", () => {
  const tokens = "[{name: a, role: admin}, {name: b, role: viewer}]";
  const turned = "[{role: viewer, name: b}, {name: a, role: admin}]";
  assert.ok(isSameSetting("server.auth.tokens", tokens, turned));
  assert.ok(!isSameSetting("jobs.db.hooks", tokens, turned));
  assert.ok(isSameSetting("providers.nas.formerly", "[a, b, a]", "[a, a, b]"));
  assert.ok(!isSameSetting("providers.nas.formerly", "[a, b, a]", "[a, b, b]"));
  assert.ok(!isSameSetting("providers.nas.formerly", "[a]", "[a, a]"));
});
