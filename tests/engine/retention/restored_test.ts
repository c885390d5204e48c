// A state that may not know what is its own: no job's retention deletes before an operator has looked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { guardRestored } from "../../../src/engine/retention/restored.ts";
import { policy, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const free = { guard: { maxPercent: 100, policyChangeHoldMs: 0 } };

test("guardRestored() latches on every job, and says why and what to do", async () => {
  await using r = await rig({ jobs: [{}, { name: "www" }] });
  const jobs = r.declare([{}, { name: "www" }]).map((one) => one.job);
  await guardRestored({ store: r.store, clock: r.clock }, "it was at boot 7", jobs);
  const message = "the state store looks restored or emptied, it was at boot 7: look with " +
    "'schelly retention show', then 'schelly retention approve'";
  const guard = "restored_store";
  assert.deepEqual(
    await r.store.latched(),
    ["db", "www"].map((job) => ({ job, guard, latchedAt: r.clock.now(), message })),
  );
  const told = r.told("retention.guarded").map(({ job, level, message, data }) => ({
    job,
    level,
    message,
    data,
  }));
  assert.deepEqual(
    told,
    ["db", "www"].map((job) => ({
      job,
      level: "error",
      message: `Retention of job '${job}' is stopped: ${message}`,
      data: { guard },
    })),
  );
});

test("a job that is guarded so is backed up, and nothing of it is deleted", async () => {
  await using r = await rig({ jobs: [{ retention: policy("minutely=2"), ...free }] });
  await guardRestored({ store: r.store, clock: r.clock }, "it is a copy", [r.declare()[0]!.job]);
  await r.clock.advance(5 * MINUTE + 1_000);
  assert.equal(r.provider.living().length, 5);
});

test("a provider that refuses our fence has seen a later state: nothing of its jobs is deleted", async () => {
  await using r = await rig({ jobs: [{ retention: policy("minutely=2"), ...free }] });
  await r.clock.advance(2 * MINUTE + 1_000);
  r.provider.script("create", { does: "refused", status: 412, message: "a higher fence was seen: 9" });
  await r.clock.advance(3 * MINUTE);
  assert.deepEqual((await r.store.latched()).map(({ guard }) => guard), ["restored_store"]);
  assert.match(
    (await r.store.latched())[0]!.message,
    /provider 'p' has seen a later start .*higher fence was seen/,
  );
  assert.deepEqual(r.provider.calls("delete"), []);
});

test("so does one that refuses a DELETE for its fence, and no other refusal", async () => {
  for (const status of [412, 403]) {
    await using r = await rig({ jobs: [{ retention: policy("minutely=2"), ...free }] });
    await r.clock.advance(2 * MINUTE + 1_000);
    r.provider.script("delete", { does: "refused", status });
    await r.clock.advance(MINUTE);
    assert.equal(r.provider.calls("delete").length, 1);
    assert.deepEqual(
      (await r.store.latched()).map(({ guard }) => guard),
      status === 412 ? ["restored_store"] : [],
    );
  }
});
