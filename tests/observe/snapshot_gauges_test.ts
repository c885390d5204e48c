// The gauges of the copies of the state: none where none are wanted, and no time of a copy that there is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { snapshotGauges, type SnapshotsRow } from "../../src/observe/snapshot_gauges.ts";

test("a copy that fails shows, and the time of the last good one stays", () => {
  let row: SnapshotsRow | undefined;
  const shown = () =>
    Object.fromEntries(
      snapshotGauges(() => row).map(({ name, series }) => [
        name.replace("schelly_state_snapshot_", ""),
        [...series() as Iterable<{ value: number }>].map(({ value }) => value).join(),
      ]),
    );
  assert.deepEqual(shown(), { last_timestamp_seconds: "", bytes: "", failing: "" });
  row = { takenAt: null, bytes: null, isFailing: true };
  assert.deepEqual(shown(), { last_timestamp_seconds: "", bytes: "", failing: "1" });
  row = { takenAt: 5_000, bytes: 7, isFailing: false };
  assert.deepEqual(shown(), { last_timestamp_seconds: "5", bytes: "7", failing: "0" });
});
