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
    {
      level: "hourly",
      period: "2026-11-18 03h",
      reference: "L",
      limit: 2,
      rank: 5,
      instead: null,
      proof: null,
    },
    { level: "daily", period: "2026-11-18", reference: 3, limit: 7, rank: 3, instead: null, proof: null },
    {
      level: "weekly",
      period: "week of 2026-11-15",
      reference: "L",
      limit: 4,
      rank: null,
      instead: "2026-11-20T03:00:00Z",
      proof: null,
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

test("levelRanks() says where a proof decides who is kept for a period, of both", () => {
  const week = [15, 16, 17, 18, 22].map((day) => backup(`2026-11-${day}T02:00:00Z`, { proved: day === 16 }));
  const weekly = (policy: string, day: number) => {
    const now = Date.parse("2026-11-22T03:00:00Z");
    const found = drain(levelRanks(week, policyOf(policy), zoneOf("UTC"), now, `2026-11-${day}T02:00:00Z`));
    const { rank, instead, proof } = found!.find(({ level }) => level === "weekly")!;
    return { rank, instead, proof };
  };
  const [proved, other] = ["2026-11-16T02:00:00Z", "2026-11-18T02:00:00Z"];
  assert.deepEqual(weekly("weekly=2,verified=prefer", 16), {
    rank: null,
    instead: other,
    proof: { decides: "for", other },
  });
  assert.deepEqual(weekly("weekly=2,verified=prefer", 18), {
    rank: 2,
    instead: null,
    proof: { decides: "against", other: proved },
  });
  assert.deepEqual(weekly("weekly=2,verified=require", 16), {
    rank: 2,
    instead: null,
    proof: { decides: "for", other },
  });
  assert.deepEqual(weekly("weekly=2,verified=require", 18), {
    rank: null,
    instead: proved,
    proof: { decides: "against", other: proved },
  });
  for (const rule of ["prefer", "require"]) {
    assert.equal(weekly(`weekly=2,verified=${rule}`, 17).proof, null);
    assert.equal(weekly(`weekly=1,verified=${rule}`, 16).proof, null, "its week is not kept");
  }
});
