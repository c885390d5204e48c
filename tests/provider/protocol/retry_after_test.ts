// Retry-After in its three forms, and what is no wait.

import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfterMs } from "../../../src/provider/protocol/retry_after.ts";

const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const DAY = 24 * 3600 * 1000;

test("retryAfterMs() reads seconds and the three forms of an HTTP date", () => {
  assert.equal(retryAfterMs("0", NOW), 0);
  assert.equal(retryAfterMs(" 120 ", NOW), 120_000);
  assert.equal(retryAfterMs("Fri, 20 Nov 2026 03:00:30 GMT", NOW), 30_000);
  assert.equal(retryAfterMs("Friday, 20-Nov-26 03:00:30 GMT", NOW), 30_000);
  assert.equal(retryAfterMs("Fri Nov 20 03:00:30 2026", NOW), 30_000);
});

test("retryAfterMs() believes no wait over a day", () => {
  assert.equal(retryAfterMs("99999999999999999999", NOW), DAY);
  assert.equal(retryAfterMs("Fri, 20 Nov 2099 03:00:30 GMT", NOW), DAY);
});

test("retryAfterMs() passes over what is absent, past, negative or neither form", () => {
  for (
    const header of [
      null,
      "",
      "-5",
      "1.5",
      "soon",
      "2026-11-20T03:00:30Z",
      "Fri, 20 Nov 2026 02:59:59 GMT",
      "5 s",
    ]
  ) {
    assert.equal(retryAfterMs(header, NOW), undefined, String(header));
  }
});
