// How one backup stands at each level, by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drain } from "../../../src/domain/slices.ts";
import { levelRanks } from "../../../src/domain/retention/level_rank.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { backup, policyOf } from "../../support/histories.ts";

const HISTORY = [
  backup("2026-11-18T03:00:00Z"),
  backup("2026-11-19T02:00:00Z"),
  backup("2026-11-19T04:10:00Z"),
  backup("2026-11-19T09:00:00Z"),
  backup("2026-11-20T03:00:00Z"),
  backup("2026-11-20T05:00:00Z", { suspect: true }),
];

function places(runId: string) {
  const now = Date.parse("2026-11-20T06:00:00Z");
  const found = drain(
    levelRanks(HISTORY, policyOf("hourly=2,daily=7@3,weekly=4"), zoneOf("UTC"), now, runId),
  );
  return found?.filter(({ level }) => level === "hourly" || level === "daily" || level === "weekly");
}

test("levelPlaces() names the period, the place in the level's order and the reference", () => {
  assert.deepEqual(places("2026-11-18T03:00:00Z"), [
    { level: "hourly", period: "2026-11-18 03h", reference: "L", limit: 2, rank: 5, instead: null },
    { level: "daily", period: "2026-11-18", reference: 3, limit: 7, rank: 3, instead: null },
    {
      level: "weekly",
      period: "week of 2026-11-15",
      reference: "L",
      limit: 4,
      rank: null,
      instead: "2026-11-20T03:00:00Z",
    },
  ]);
});

test("levelPlaces() names the backup that stands for the period instead", () => {
  // 02:00 and 04:10 lie one hour from the reference, so the later one stands.
  const [hourly, daily] = places("2026-11-19T02:00:00Z")!;
  assert.deepEqual([hourly!.rank, hourly!.instead], [4, null]);
  assert.deepEqual([daily!.rank, daily!.instead], [null, "2026-11-19T04:10:00Z"]);
});

test("levelPlaces() knows no place for a suspect or for what is not there", () => {
  assert.equal(places("2026-11-20T05:00:00Z"), undefined);
  assert.equal(places("gone"), undefined);
});
