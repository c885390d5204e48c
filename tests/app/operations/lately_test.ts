// What happened of late is what the state remembers of the last 24 hours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { latelyOperations } from "../../../src/app/operations/lately.ts";
import { FakeClock } from "../../support/fake_clock.ts";

test("lately() asks for the 24 hours up to now", async () => {
  const asked: number[] = [];
  const happened = { made: 3, failed: 1, deleted: 2 };
  const { lately } = latelyOperations({
    clock: new FakeClock(Date.UTC(2026, 2, 2, 12)),
    happened: (since) => (asked.push(since), Promise.resolve(happened)),
  });
  assert.deepEqual(await lately(), happened);
  assert.deepEqual(asked, [Date.UTC(2026, 2, 1, 12)]);
});
