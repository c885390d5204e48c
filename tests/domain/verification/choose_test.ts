// Which backup a verification takes: a table of each `select`, and that by levels in turn every yearly is proved within a
// year, however many new ones come.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DAY } from "../../../src/domain/duration.ts";
import type { Level } from "../../../src/domain/policy.ts";
import { chooseBackup, type ProofCandidate } from "../../../src/domain/verification/choose.ts";

const NOW = Date.UTC(2026, 10, 28);

function backup(name: string, daysAgo: number, looked: number | null, ...tags: Level[]): ProofCandidate {
  const lookedAt = looked === null ? null : NOW - looked * DAY;
  return { runId: name, id: name, at: NOW - daysAgo * DAY, tags, lookedAt };
}

const STORE = [
  backup("new", 0, null, "daily"),
  backup("day", 1, 0.5, "daily"),
  backup("week", 6, null, "daily", "weekly"),
  backup("month", 40, 10, "monthly"),
  backup("year", 300, 200, "monthly", "yearly"),
  backup("old", 660, null, "yearly"),
];

function chosen(select: Parameters<typeof chooseBackup>[1]["select"], turns = {}, random = 0, store = STORE) {
  const choice = chooseBackup(store, { select, everyMs: 30 * DAY }, turns, NOW, () => random);
  return choice === null ? null : [choice.candidate.runId, choice.level];
}

test("each select takes what it says", () => {
  assert.deepEqual(chosen("newest"), ["new", null]);
  assert.deepEqual(chosen("oldest_due"), ["old", null]);
  assert.deepEqual(chosen("oldest_due", {}, 0, STORE.slice(0, 4)), null);
  assert.deepEqual(chosen("random", {}, 0), ["old", null]);
  assert.deepEqual(chosen("random", {}, 0.999), ["new", null]);
  for (const select of ["newest", "oldest_due", "random", "each_level"] as const) {
    assert.equal(chosen(select, {}, 0, []), null);
  }
});

test("levels have turns: the finest first, and its newest; of the others what nobody looked at for longest", () => {
  const turns: Partial<Record<Level, number>> = {};
  const seen: string[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const choice = chooseBackup(STORE, { select: "each_level", everyMs: DAY }, turns, NOW, () => 0)!;
    seen.push(`${choice.level} ${choice.candidate.runId}`);
    turns[choice.level!] = turn;
  }
  assert.deepEqual(seen, ["daily new", "weekly week", "monthly year", "yearly old", "daily new"]);
  assert.deepEqual(chosen("each_level", {}, 0, [backup("untagged", 2, null), backup("later", 1, null)]), [
    "later",
    null,
  ]);
});

test("the order of the candidates changes nothing", () => {
  const candidates = fc.array(fc.record({
    at: fc.integer({ min: 0, max: 5 }),
    lookedAt: fc.option(fc.integer({ min: 0, max: 5 })),
    tags: fc.subarray<Level>(["daily", "weekly", "yearly"]),
  })).map((list) => list.map((one, index) => ({ ...one, runId: `r${index}`, id: `r${index}` })));
  const select = fc.constantFrom("newest", "oldest_due", "random", "each_level" as const);
  fc.assert(
    fc.property(candidates, select, fc.double({ min: 0, max: 0.99, noNaN: true }), (list, kind, chance) => {
      const settings = { select: kind as "newest", everyMs: 1 };
      const choice = chooseBackup(list, settings, { daily: 3 }, 6, () => chance);
      assert.deepEqual(chooseBackup([...list].reverse(), settings, { daily: 3 }, 6, () => chance), choice);
      if (kind !== "oldest_due") assert.equal(choice === null, list.length === 0);
    }),
  );
});

test("verified weekly, each of up to ten yearly backups is proved within a year, and each monthly within two months", () => {
  const made: ProofCandidate[] = [];
  const turns: Partial<Record<Level, number>> = {};
  const proofs = new Map<string, number[]>();
  const yearly = (runId: string, at: number): ProofCandidate => ({
    ...{ runId, id: runId, at, lookedAt: null },
    tags: ["yearly"],
  });
  for (let year = 0; year < 10; year++) made.push(yearly(`y${year}`, -365 * DAY * (year + 1)));
  for (let day = 0; day < 5 * 365; day++) {
    const now = day * DAY;
    // The newest stands for all its periods; what it took that from keeps the days of its week, and no more.
    const last = made.at(-1)!;
    if (last.at >= 0) last.tags = day % 365 === 0 ? ["yearly"] : day % 30 === 0 ? ["monthly"] : ["daily"];
    made.push({
      ...{ runId: `d${day}`, id: `d${day}`, at: now, lookedAt: null },
      tags: ["daily", "weekly", "monthly", "yearly"],
    });
    const kept = made.filter(({ tags, at }) =>
      tags.includes("yearly")
        ? now - at < 365 * DAY * 10
        : now - at < (tags.includes("monthly") ? 100 : 7) * DAY
    );
    made.length = 0;
    made.push(...kept);
    if (day % 7 !== 0) continue;
    const choice = chooseBackup(made, { select: "each_level", everyMs: 30 * DAY }, turns, now, () => 0)!;
    turns[choice.level!] = now;
    choice.candidate.lookedAt = now;
    proofs.set(choice.candidate.runId, [...proofs.get(choice.candidate.runId) ?? [], now]);
    for (const { runId, at, tags } of made) {
      if (!tags.includes("yearly") || now - Math.max(at, 0) <= 365 * DAY) continue;
      const lastProof = proofs.get(runId)?.at(-1) ?? -Infinity;
      assert.ok(now - lastProof <= 365 * DAY, `${runId} was not proved for a year on day ${day}`);
    }
  }
  assert.ok(proofs.size > 30);
});
