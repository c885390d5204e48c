// Simulated worlds of built-ins: no seed breaks an invariant that the program keeps, and each comes out the same twice.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { I32_sameTwice } from "../checkers/whole.ts";
import { makeTemplate } from "../template.ts";
import { builtinScenarioOf } from "./builtin_scenario.ts";
import { playBuiltin } from "./play_builtin.ts";

const SEEDS = Number(process.env.SCHELLY_SIM_BUILTIN_SEEDS ?? 20);
const FROM = Number(process.env.SCHELLY_SIM_BUILTIN_FROM ?? 1);

test("no seeded world of built-ins breaks an invariant, and each seed comes out the same twice", async () => {
  using template = await makeTemplate();
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const play = () => playBuiltin(builtinScenarioOf(seed), { template: template.path });
    const outcome = await play();
    const story = outcome.trace.slice(-60).join("\n");
    assert.deepEqual(outcome.violations, [], `seed ${seed}\n${story}`);
    if (seed % 20 === 0) assert.equal(I32_sameTwice(outcome, await play()), undefined, `seed ${seed}`);
  }
});
