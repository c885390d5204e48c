// A job under a forgotten name, at the level of the engine: nothing that was said of the one before binds it. What
// `jobs forget` itself does is tested with the operations.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const OTHER = { name: "other" };

test("a job under a forgotten name has no approval of before, and what it did is its history", async () => {
  await using r = await rig({ jobs: [{ enabled: false }, OTHER] });
  await r.engine.reload(r.declare([OTHER]));
  const approval = {
    job: "db",
    digest: "d",
    runIds: [],
    approvedAt: r.clock.now(),
    approvedBy: "ann",
    expiresAt: r.clock.now() + 60 * MINUTE,
  };
  await r.store.commit({
    job: "db",
    writes: [{ write: "approval", approval }, {
      write: "job",
      job: "db",
      set: { forgottenAt: r.clock.now() },
    }],
  });
  const before = (await r.store.job("db"))!;
  await r.clock.advance(10 * MINUTE);
  await r.engine.reload(r.declare([{}, OTHER]));
  assert.equal(await r.store.approval("db"), undefined);
  const state = (await r.store.job("db"))!;
  assert.equal(state.cursor, r.clock.now());
  assert.ok(state.edition > before.edition, "what was decided of the former one is not taken for this one's");
  await r.clock.advance(2 * MINUTE);
  assert.equal((await r.runs("available", "db")).length > 0, true);
});
