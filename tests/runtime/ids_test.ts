// UUIDv7 ids: their form, their time, and that they only grow whatever the clock does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createIds } from "../../src/runtime/ids.ts";

const NOW = Date.UTC(2026, 10, 20, 3);

function timeOf(id: string): number {
  return parseInt(id.slice(0, 13).replace("-", ""), 16);
}

test("createIds() makes UUIDv7 with the clock's time", () => {
  const id = createIds({ now: () => NOW }).uuidv7();
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(timeOf(id), NOW);
});

test("createIds() makes ids that strictly increase while the clock stands, goes on and goes back", () => {
  let now = NOW;
  const ids = createIds({ now: () => now });
  let before = "";
  for (let i = 0; i < 30_000; i++) {
    if (i === 10_000) now += 5;
    if (i === 20_000) now -= 3_600_000;
    const id = ids.uuidv7();
    assert.ok(id > before, `${id} after ${before}`);
    before = id;
  }
  assert.ok(timeOf(before) - NOW < 100, "the time runs ahead of the clock");
});
