// Deletions that find no way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isStuck, openDeletionsText } from "../../src/domain/stuck.ts";

const AT = Date.UTC(2026, 10, 20);
const HOUR = 3_600_000;

test("isStuck() after a day", () => {
  assert.equal(isStuck(AT, AT + 23 * HOUR), false);
  assert.equal(isStuck(AT, AT + 24 * HOUR), true);
});

test("openDeletionsText() says how many, since when and why", () => {
  assert.equal(
    openDeletionsText({ count: 1, since: AT, cause: "locked by root" }),
    "1 deletion finds no way since 2026-11-20T00:00:00.000Z: locked by root",
  );
  assert.match(
    openDeletionsText({ count: 3, since: AT, cause: null }),
    /^3 deletions find .*: the provider does not/,
  );
});
