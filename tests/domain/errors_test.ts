// Failures in words: issues of a configuration, and what carries more than a sentence.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assert as rule,
  ConfigError,
  type ConfigIssue,
  formatIssue,
  InvalidCursor,
  ProviderError,
  StoreError,
} from "../../src/domain/errors.ts";

const issue: ConfigIssue = {
  file: "a.yaml",
  path: "",
  message: "is empty: expected jobs",
  severity: "error",
};

test("formatIssue() tells as much of the place as is known, the key, and what to do", () => {
  assert.equal(formatIssue(issue), "a.yaml: is empty: expected jobs");
  assert.equal(
    formatIssue({ ...issue, line: 3, column: 7, path: "jobs[0].name", message: "is wrong", hint: "fix it" }),
    "a.yaml:3:7: jobs[0].name: is wrong (fix it)",
  );
});

test("ConfigError tells every issue, one a line", () => {
  const error = new ConfigError([issue, { ...issue, line: 2 }]);
  assert.equal(error.message, "a.yaml: is empty: expected jobs\na.yaml:2: is empty: expected jobs");
  assert.equal(error.issues.length, 2);
});

test("errors of providers and of the store keep what may be concluded, and their cause", () => {
  const cause = new Error("reset");
  const failed = new ProviderError("unknown", "no answer", { status: 502, retryAfterMs: 5, cause });
  assert.deepEqual(
    [failed.kind, failed.status, failed.retryAfterMs, failed.cause, failed.message],
    ["unknown", 502, 5, cause, "no answer"],
  );
  const stopped = new StoreError("in_use", "held", cause);
  assert.deepEqual([stopped.kind, stopped.cause], ["in_use", cause]);
});

test("InvalidCursor shows a cursor shortened", () => {
  assert.match(new InvalidCursor("x".repeat(50)).message, /: 'x{40}…' is not one that was handed out/);
});

test("assert() speaks of a broken rule, and is silent otherwise", () => {
  rule(true, "all is well");
  assert.throws(() => rule(0, "one is not none"), /internal rule broken: one is not none/);
});
