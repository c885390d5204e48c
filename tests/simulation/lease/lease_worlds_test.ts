// Simulated worlds of several instances on one state server: no seed breaks what holds of their lease, and each comes out
// the same twice.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { playLease } from "./play_lease.ts";

const SEEDS = Number(process.env.SCHELLY_SIM_LEASE_SEEDS ?? 16);
const FROM = Number(process.env.SCHELLY_SIM_LEASE_FROM ?? 1);
const TWICE_EVERY = 8;
/** Lines of the trace that a failure shows. */
const SHOWN = 30;

test("no seeded world of several instances breaks an invariant, and each seed comes out the same twice", async () => {
  const began = performance.now();
  let [faults, takeovers, requests] = [0, 0, 0];
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const outcome = await playLease(seed);
    const story = `${outcome.violations.join("\n")}\n${outcome.trace.slice(-SHOWN).join("\n")}`;
    assert.equal(outcome.violations.length, 0, `seed ${seed}: ${story}`);
    if (seed % TWICE_EVERY === 0) {
      assert.equal((await playLease(seed)).hash, outcome.hash, `seed ${seed} differs`);
    }
    faults += outcome.faults;
    takeovers += outcome.crashes;
    requests += outcome.boundaries;
  }
  process.stdout.write(
    `${SEEDS} worlds of several instances: ${faults} troubles, ${takeovers} times the lease was taken, ` +
      `${requests} requests (${((performance.now() - began) / 1000).toFixed(1)} s)\n`,
  );
});
