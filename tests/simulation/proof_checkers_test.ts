// I51 and I52 by themselves. In a world I17 often finds the same sooner, by a second election that reads the same rows: these
// two know of no election, and I51 of what verifications said, so that a mistake that both elections share does not hide it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePolicy } from "../../src/domain/policy.ts";
import { testRun } from "../support/memory_reads.ts";
import type { Pass } from "./checkers/retention.ts";
import { I51_newestProvedStays, I52_soundOneStays } from "./checkers/verified.ts";
import type { Witness } from "./checkers/witness.ts";

const NOW = Date.UTC(2026, 10, 28, 12);
const HOUR = 3_600_000;
/** What verifications of these rows came to. */
function witness(rows: ReturnType<typeof row>[]): Witness {
  const proofs = new Map(
    rows.flatMap(({ runId, verification }) => verification ? [[runId, verification]] : []),
  );
  return { model: { proofs } } as unknown as Witness;
}

function row(runId: string, hoursAgo: number, verification: "passed" | "failed" | null, more = {}) {
  const at = NOW - hoursAgo * HOUR;
  const proof = { verification, verifiedAt: verification === null ? null : NOW };
  return testRun({ runId, id: runId, status: "available", periodTime: at, startTime: at, ...proof, ...more });
}

/** A pass that deletes these. */
function pass(available: ReturnType<typeof row>[], ...going: string[]): Pass {
  const parsed = parsePolicy("daily=3@L");
  assert.ok("policy" in parsed);
  const { policy } = parsed;
  return {
    available,
    going,
    now: NOW,
    timezone: "UTC",
    policy,
  } as unknown as Pass;
}

test("I51 finds a pass that elects the newest proved backup, and none that elects another", () => {
  const rows = [row("new", 1, null), row("proved", 30, "passed"), row("older", 60, "passed")];
  assert.match(
    I51_newestProvedStays(witness(rows), pass(rows, "proved")) ?? "",
    /of those that are proved the newest/,
  );
  assert.equal(I51_newestProvedStays(witness(rows), pass(rows, "older", "new")), undefined);
  const suspect = [row("proved", 1, "passed", { suspectAt: NOW }), row("sound", 30, "passed")];
  assert.notEqual(
    I51_newestProvedStays(witness(suspect), pass(suspect, "sound")),
    undefined,
    "a suspect is no proof",
  );
  const forgotten = [row("proved", 1, "passed"), row("sound", 30, "passed")];
  const told = witness(forgotten);
  forgotten[0]!.verification = null;
  assert.match(I51_newestProvedStays(told, pass(forgotten, "proved")) ?? "", /of those that are proved/);
  const ahead = [row("ahead", -48, "passed"), row("sound", 30, "passed")];
  assert.notEqual(
    I51_newestProvedStays(witness(ahead), pass(ahead, "sound")),
    undefined,
    "nor is one that is dated ahead",
  );
});

test("I52 finds a pass that leaves a damaged backup alone in a period that had a sound one", () => {
  const rows = [row("damaged", 1, "failed", { suspectAt: NOW }), row("sound", 2, null), row("old", 30, null)];
  assert.match(
    I52_soundOneStays(witness(rows), pass(rows, "sound")) ?? "",
    /all that is left of its daily period/,
  );
  assert.equal(I52_soundOneStays(witness(rows), pass(rows, "old")), undefined);
});
