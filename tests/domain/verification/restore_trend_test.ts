// What is usual of restores, and how many of them are kept.

import assert from "node:assert/strict";
import { test } from "node:test";
import { usualRestore, withRestoreTime } from "../../../src/domain/verification/restore_trend.ts";

test("the last restore is compared with the median of the ten before it, and with none where they are too few", () => {
  let times: number[] = [];
  const usual = [5, 1, 9, 3, 7].map((ms) => {
    times = withRestoreTime(times, ms);
    return usualRestore(times);
  });
  assert.deepEqual(usual, [null, null, null, { ms: 5, of: 3 }, { ms: 4, of: 4 }]);
  for (let ms = 100; ms < 120; ms++) times = withRestoreTime(times, ms);
  assert.equal(times.length, 11);
  assert.deepEqual(usualRestore(times), { ms: 113.5, of: 10 });
});
