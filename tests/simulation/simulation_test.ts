// Simulated worlds: what once failed, every single fault, and seeds.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { storyOf, tableOf } from "./report.ts";
import { spread } from "./spread.ts";

const NOTHING = {
  singles: false,
  pairs: 0,
  regressions: false,
  from: 1,
  seeds: 0,
  builtin: 0,
  twiceEvery: 50,
};
const SEEDS = Number(process.env.SCHELLY_SIM_SEEDS ?? 500);

test("scenarios that once lost, doubled or forgot a backup do so no more", async () => {
  await playAll({ ...NOTHING, regressions: true });
});

test("no single fault at any boundary breaks an invariant", async () => {
  await playAll({ ...NOTHING, singles: true, pairs: 20 });
});

test("no seeded swarm of faults breaks an invariant, and each seed comes out the same twice", async () => {
  await playAll({ ...NOTHING, seeds: SEEDS });
});

async function playAll(work: typeof NOTHING): Promise<void> {
  const began = performance.now();
  const tally = await spread(work);
  process.stdout.write(`${tableOf(tally, performance.now() - began)}\n`);
  assert.equal(tally.failures.length, 0, tally.failures.slice(0, 3).map(storyOf).join("\n"));
}
