// The one timer, through the real engine, on a machine where even a look at the clock takes time. Also tests
// housekeeping.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rig } from "../support/engine_rig.ts";

const yearly = { schedule: "0 0 0 1 1 *" };

test("housekeeping is done, and the ticker rests, also where a round takes time", async () => {
  let kept = 0;
  await using r = await rig({
    jobs: [yearly],
    readMs: 1,
    wrap: (store) => ({
      ...store,
      tidy(now) {
        kept++;
        return store.tidy(now);
      },
    }),
  });
  const before = r.beats;
  await r.clock.advance(65_000);
  assert.equal(kept, 1, "the first housekeeping tidies");
  assert.ok(r.beats - before < 20, `${r.beats - before} rounds in 65 s`);
});

test("a slot is met although each round takes time", async () => {
  await using r = await rig({
    jobs: [{ schedule: "*/2 * * * * *" }, { ...yearly, name: "rare" }],
    readMs: 5,
  });
  await r.clock.advance(20_000);
  const runs = await r.runs();
  assert.ok(runs.length >= 9, `${runs.length} runs`);
  assert.deepEqual(new Set(runs.map((run) => run.status)), new Set(["available"]));
});
