// Simulated worlds of built-ins: no seed breaks an invariant that the program keeps, and each comes out the same twice.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { storyOf, tableOf } from "../report.ts";
import { spread } from "../spread.ts";

const SEEDS = Number(process.env.SCHELLY_SIM_BUILTIN_SEEDS ?? 30);
const FROM = Number(process.env.SCHELLY_SIM_BUILTIN_FROM ?? 1);
/** Played at once: after each the test may end. */
const A_ROUND = 10;

test("no seeded world of built-ins breaks an invariant, and each seed comes out the same twice", async () => {
  for (let from = FROM; from < FROM + SEEDS; from += A_ROUND) {
    const began = performance.now();
    const builtin = Math.min(A_ROUND, FROM + SEEDS - from);
    const tally = await spread({
      singles: false,
      pairs: 0,
      regressions: false,
      from,
      seeds: 0,
      builtin,
      twiceEvery: 10,
    });
    process.stdout.write(`${tableOf(tally, performance.now() - began)}\n`);
    assert.equal(tally.failures.length, 0, tally.failures.slice(0, 3).map(storyOf).join("\n"));
  }
});
