// How many jobs are at work and paused, through the real engine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider } from "../support/fake_provider.ts";
import { rig, START } from "../support/engine_rig.ts";

test("the engine counts its jobs as they come, work, pause and go", async () => {
  const jobs = [{ name: "a" }, { name: "b", schedule: "0 0 0 1 1 *" }];
  await using r = await rig({
    jobs,
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 20_000 })],
  });
  assert.deepEqual(r.engine.counts, { all: 2, running: 0, paused: 0 });
  await r.clock.advance(62_000);
  assert.deepEqual(r.engine.counts, { all: 2, running: 1, paused: 0 });
  const event = { type: "job.paused", level: "info", at: START, job: "b", message: "" } as const;
  await r.engine.pause(r.engine.job("b")!, null, "moving", event);
  await r.clock.advance(30_000);
  assert.deepEqual(r.engine.counts, { all: 2, running: 0, paused: 1 });
  await r.engine.reload(r.declare([{ name: "a" }]));
  assert.deepEqual(r.engine.counts, { all: 1, running: 0, paused: 0 });
  await r.crash();
  await r.boot([{ name: "a" }, { name: "b", schedule: "0 0 0 1 1 *" }]);
  assert.deepEqual(r.engine.counts, { all: 2, running: 0, paused: 1 }, "a restart knows what is paused");
});
