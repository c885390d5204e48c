// Equality with `restic forget --keep-*`: what restic 0.14.0 kept of these snapshots, in Europe/Berlin.

import { test } from "node:test";
import assert from "node:assert/strict";
import { backup, electNow, keptIds, policyOf } from "../../support/histories.ts";

const SNAPSHOTS = [
  "2023-12-31T22:00:00+01:00",
  "2024-02-28T23:59:59+01:00",
  "2024-02-29T12:00:00+01:00",
  "2024-12-29T10:00:00+01:00",
  "2024-12-30T10:00:00+01:00",
  "2025-12-28T23:00:00+01:00",
  "2025-12-31T08:00:00+01:00",
  "2025-12-31T20:00:00+01:00",
  "2026-01-01T03:00:00+01:00",
  "2026-01-04T23:59:59+01:00",
  "2026-01-05T00:00:00+01:00",
  "2026-01-31T12:00:00+01:00",
  "2026-02-01T12:00:00+01:00",
  "2026-02-28T23:59:59+01:00",
  "2026-03-01T00:00:00+01:00",
  "2026-03-29T01:59:59+01:00",
  "2026-03-29T03:00:00+02:00",
  "2026-10-25T01:30:00+02:00",
  "2026-10-25T04:30:00+01:00",
  "2026-10-26T04:30:00+01:00",
  "2026-10-26T04:59:59+01:00",
  "2026-10-26T05:00:00+01:00",
  "2026-10-31T12:00:00+01:00",
  "2026-11-01T12:00:00+01:00",
  "2026-11-02T12:00:00+01:00",
  "2026-11-02T12:30:00+01:00",
];

const CASES: [flags: string, policy: string, kept: string][] = [
  ["--keep-hourly 4", "hourly=4", "2026-10-26T05:00 2026-10-31T12:00 2026-11-01T12:00 2026-11-02T12:30"],
  [
    "--keep-daily 5",
    "daily=5",
    "2026-10-25T04:30 2026-10-26T05:00 2026-10-31T12:00 2026-11-01T12:00 2026-11-02T12:30",
  ],
  ["--keep-weekly 4", "weekly=4", "2026-03-29T03:00 2026-10-25T04:30 2026-11-01T12:00 2026-11-02T12:30"],
  [
    "--keep-weekly 9",
    "weekly=9",
    "2025-12-28T23:00 2026-01-04T23:59 2026-01-05T00:00 2026-02-01T12:00 2026-03-01T00:00 " +
    "2026-03-29T03:00 2026-10-25T04:30 2026-11-01T12:00 2026-11-02T12:30",
  ],
  [
    "--keep-monthly 5",
    "monthly=5",
    "2026-01-31T12:00 2026-02-28T23:59 2026-03-29T03:00 2026-10-31T12:00 2026-11-02T12:30",
  ],
  ["--keep-yearly 3", "yearly=3", "2024-12-30T10:00 2025-12-31T20:00 2026-11-02T12:30"],
  ["--keep-yearly 9", "yearly=9", "2023-12-31T22:00 2024-12-30T10:00 2025-12-31T20:00 2026-11-02T12:30"],
  [
    "--keep-hourly 2 --keep-daily 3 --keep-weekly 3 --keep-monthly 4 --keep-yearly 3",
    "hourly=2,daily=3,weekly=3,monthly=4,yearly=3",
    "2024-12-30T10:00 2025-12-31T20:00 2026-02-28T23:59 2026-03-29T03:00 2026-10-25T04:30 " +
    "2026-10-31T12:00 2026-11-01T12:00 2026-11-02T12:30",
  ],
  [
    "--keep-last 3 --keep-monthly 2",
    "monthly=2,min_keep=3",
    "2026-10-31T12:00 2026-11-01T12:00 2026-11-02T12:00 2026-11-02T12:30",
  ],
];

for (const [flags, policy, kept] of CASES) {
  test(`elect() keeps what restic forget ${flags} keeps`, () => {
    const election = electNow(
      SNAPSHOTS.map((time) => backup(time)),
      policyOf(`${policy},week_starts=monday`),
      "Europe/Berlin",
    );
    assert.equal(keptIds(election).map((runId) => runId.slice(0, 16)).join(" "), kept);
  });
}

test("elect() with keep_oldest keeps what restic 0.16 and later keep", () => {
  // restic keeps the oldest for every level that has not used up its count: yearly has 4 of 9, daily 2 of 2.
  const election = electNow(
    SNAPSHOTS.slice(1).map((time) => backup(time)),
    policyOf("daily=2,yearly=9,week_starts=monday,keep_oldest=true"),
    "Europe/Berlin",
  );
  assert.equal(
    keptIds(election).map((runId) => runId.slice(0, 16)).join(" "),
    "2024-02-28T23:59 2024-12-30T10:00 2025-12-31T20:00 2026-11-01T12:00 2026-11-02T12:30",
  );
});
