// What failed runs left has its turn also where each pass has as many victims as it may delete.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LeftoverShare } from "../../../src/engine/leftovers/share.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;

test("a job whose every pass deletes all it may still cleans up what a failed run left, and keeps pace", async () => {
  await using r = await rig({
    jobs: [{
      schedule: "0 * * * * *",
      retention: policy("minutely=2"),
      retentionSchedule: "30 * * * * *",
      maxDeletesPerPass: 1,
      guard: { maxPercent: 100, policyChangeHoldMs: 0 },
      keepFailed: { ms: 5 * MINUTE, isSet: true },
    }],
    providers: (clock) => [
      new FakeProvider({ clock, key: "p" }).plan(
        { ends: "failed", message: "disk full" },
        { ends: "failed", message: "disk full" },
      ),
    ],
  });
  await r.clock.advance(6 * MINUTE);
  assert.deepEqual(r.provider.leftovers().map(({ id }) => id), ["p-1", "p-2"], "they are too young");
  const before = r.provider.calls("delete").length;
  await r.clock.advance(6 * MINUTE);
  assert.deepEqual(r.provider.leftovers(), []);
  assert.equal(r.provider.calls("delete").length - before, 6, "each pass deleted one, and no pass more");
  await r.clock.advance(10 * MINUTE);
  assert.ok(r.provider.living().length <= 2 + 1 + 2, "what waited for leftovers does not grow");
});

test("LeftoverShare gives leftovers half of the pace of every other pass, and only where they had no room", () => {
  const share = new LeftoverShare();
  assert.equal(share.begin(10), 10);
  share.end({ sent: 4, hadNoRoom: false });
  assert.equal(share.begin(10), 10);
  share.end({ sent: 0, hadNoRoom: true });
  assert.equal(share.begin(10), 5);
  share.end({ sent: 5, hadNoRoom: false });
  assert.equal(share.begin(10), 10);
  share.end({ sent: 0, hadNoRoom: true });
  assert.equal(share.begin(1), 0, "of a pace of one it is all");
});

test("LeftoverShare lets turns of no use become rare, so that they hold up nothing for long", () => {
  const share = new LeftoverShare();
  const turns: number[] = [];
  for (let pass = 1; pass <= 200; pass++) {
    const isTurn = share.begin(1) === 0;
    if (isTurn) turns.push(pass);
    share.end({ sent: 0, hadNoRoom: !isTurn });
  }
  assert.ok(turns.length < 10, turns.join(", "));
});
