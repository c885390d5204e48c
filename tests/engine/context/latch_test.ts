// A guard that latches: what is kept of it, what is told, and that both come in one change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { latch, latchChange, stopChange } from "../../../src/engine/context/latch.ts";
import { rig } from "../../support/engine_rig.ts";

test("latch() keeps the guard and tells of it in one change", async () => {
  await using r = await rig();
  const at = r.clock.now();
  await latch(
    { store: r.store, clock: r.clock, job: { name: "db" } },
    "failed_check",
    "it is another backup",
  );
  assert.deepEqual(await r.store.latched(), [
    { job: "db", guard: "failed_check", latchedAt: at, message: "it is another backup" },
  ]);
  assert.deepEqual(
    r.told("retention.guarded").map(({ job, level, at, message, data }) => [job, level, at, message, data]),
    [
      ["db", "error", at, "it is another backup", { guard: "failed_check" }],
    ],
  );
});

test("stopChange() keeps the same, and tells what it means", () => {
  const plain = latchChange("db", "too_many", "8 of 10 would go", 7);
  const told = stopChange("db", "too_many", "8 of 10 would go", 7);
  assert.deepEqual(told.writes, plain.writes);
  assert.equal(told.events[0]!.message, "Retention of job 'db' is stopped: 8 of 10 would go");
});
