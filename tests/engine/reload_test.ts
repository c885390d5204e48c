// Reloads at awkward moments: what is due stays due.
// Also tests engine.ts and job_entry.ts.
// Also tests job_edit.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import type { Change } from "../../src/ports/store.ts";
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

test("an edit that was saved without an answer, nor could be read again, is what slots are decided by", async () => {
  let lost = false;
  let unread = 0;
  await using r = await rig({
    jobs: [{ schedule: "*/10 * * * * *" }],
    wrap: (store) => ({
      ...store,
      commit: async (change: Change) => {
        const result = await store.commit(change);
        const isEdit = change.events?.some(({ type }) => type === "job.schedule_changed");
        if (!isEdit || lost) return result;
        lost = true;
        unread = 1;
        throw new StoreError("unknown", "no answer (simulated)");
      },
      job: async (name: string) => {
        if (unread-- > 0) throw new StoreError("failed", "not read (simulated)");
        return await store.job(name);
      },
    }),
  });
  await r.clock.advance(MINUTE + 5_000);
  const edited = [{ schedule: "0 0 0 1 1 *" }];
  await assert.rejects(r.engine.reload(r.declare(edited)), /no answer/);
  const before = (await r.runs()).length;
  await r.clock.advance(2 * MINUTE);
  assert.equal((await r.runs()).length, before);
  assert.equal(r.engine.job("db")!.nextSlot(), Date.parse("2027-01-01T00:00:00Z"));
  await r.engine.reload(r.declare([{ schedule: "0 * * * * *" }]));
  await r.clock.advance(MINUTE);
  assert.equal((await r.runs()).length, before + 1);
});
