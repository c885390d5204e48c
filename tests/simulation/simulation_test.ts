import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import regressions from "./regressions.json" with { type: "json" };
import { storyOf, tableOf } from "./report.ts";
import { spread } from "./spread.ts";

const NOTHING = { singles: false, pairs: 0, from: 1, seeds: 0, list: [] as number[], twiceEvery: 50 };
const SEEDS = Number(process.env.SCHELLY_SIM_SEEDS ?? 200);

test("seeds that once lost, doubled or forgot a backup do so no more", async () => {
  await playAll({ ...NOTHING, list: regressions.map(({ seed }) => seed) });
});

test("no single fault at any boundary breaks an invariant", async () => {
  await playAll({ ...NOTHING, singles: true, pairs: SEEDS >= 2_000 ? 60 : 6 });
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
