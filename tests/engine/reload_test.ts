// Reloads at awkward moments: what is due stays due.
// Also tests engine.ts and job_entry.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { policy, rig } from "../support/engine_rig.ts";

const MINUTE = 60_000;

test("a pass of retention.schedule that is due stays due over a reload that does not edit it", async () => {
  const job = {
    retention: policy("minutely=2"),
    guard: { maxPercent: 100, policyChangeHoldMs: 0 },
    retentionSchedule: "30 0/10 * * * *",
  };
  await using r = await rig({ jobs: [job] });
  await r.clock.advance(10 * MINUTE + 29_000);
  const before = r.provider.living().length;
  assert.ok(before >= 9);
  // The slot comes, and the edit before anything else has looked at it.
  r.clock.jump(2_000);
  await r.engine.reload(r.declare([job]));
  await r.clock.advance(MINUTE);
  assert.ok(r.provider.living().length <= 4, `${r.provider.living().length} of ${before} live`);
});
