// Points in time as the product writes them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { iso } from "../../src/domain/instant.ts";

test("iso() writes milliseconds in UTC, and leaves out what has no time", () => {
  assert.equal(iso(0), "1970-01-01T00:00:00.000Z");
  assert.equal(iso(Date.UTC(2026, 10, 23, 4, 0, 0, 7)), "2026-11-23T04:00:00.007Z");
  assert.equal(iso(null), null);
});
