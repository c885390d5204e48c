// A hold on a backup that is still being made, where the election is kept up to date between passes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;

test("a backup that was held while it was made is never elected, also by an election that is followed", async () => {
  await using r = await rig({
    jobs: [{ retention: policy("minutely=2"), guard: { maxPercent: 100, policyChangeHoldMs: 0 } }],
    followFrom: 1,
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 30_000 })],
  });
  await r.clock.advance(3 * MINUTE + 10_000);
  const [made] = await r.runs("running");
  const answer = await r.engine.safekeeping.hold(
    made!,
    { reason: "audit", owner: "finance", until: null },
    "ops",
  );
  assert.equal(answer.outcome, "done");
  await r.clock.advance(5 * MINUTE);
  assert.ok(r.provider.living().some(({ id }) => id === made!.id));
  const elected = r.told("delete.intended").flatMap(({ data }) => data?.run_ids as string[]);
  assert.ok(elected.length >= 3, "the others go");
  assert.ok(!elected.includes(made!.runId), "it is not even elected");
});
