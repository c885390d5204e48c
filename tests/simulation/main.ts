// Plays the simulation from the command line: `--seeds n --seed k` (or SEEDS and SEED), `--trace` to see one seed whole.

import process from "node:process";
import { parseArgs } from "node:util";
import { storyOf, tableOf } from "./report.ts";
import { scenarioOf } from "./scenario.ts";
import { playSeed } from "./simulator.ts";
import { spread } from "./spread.ts";
import { makeTemplate } from "./template.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: process.env.SEEDS ?? "2000" },
    seed: { type: "string", default: process.env.SEED ?? "1" },
    pairs: { type: "string", default: "0" },
    singles: { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
    muted: { type: "string", default: "" },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);
const from = Number(values.seed);

if (values.trace) {
  using template = await makeTemplate();
  const muted = new Set(values.muted.split(",").filter((word) => word !== ""));
  const outcome = await playSeed(scenarioOf(from, muted), { template: template.path, tell: say });
  for (const violation of outcome.violations) say(`VIOLATED ${violation}`);
  process.exitCode = outcome.violations.length === 0 ? 0 : 1;
} else {
  const began = performance.now();
  const tally = await spread({
    singles: values.singles,
    pairs: Number(values.pairs),
    from,
    seeds: Number(values.seeds),
    list: [],
    twiceEvery: 50,
  });
  for (const failure of tally.failures.slice(0, 10)) say(storyOf(failure));
  say(tableOf(tally, performance.now() - began));
  process.exitCode = tally.failures.length === 0 ? 0 : 1;
}
