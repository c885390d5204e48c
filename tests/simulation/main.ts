// Plays the simulation from the command line: `--all`, or `--seeds n --seed k`, `--builtin n --seed k` (worlds of
// built-ins), `--singles`, `--pairs n`, `--regressions`. `--seed k --trace` shows one seed whole, with `--builtin 1` that
// of a world of built-ins; `--seed k --keep "what it shows"` makes a regression of it; `--seeds n --until-red`, or
// `--builtin n --until-red`, ends at the first violation and answers it as JSON.

import process from "node:process";
import { parseArgs } from "node:util";
import { keep } from "./regressions.ts";
import { storyOf, tableOf } from "./report.ts";
import { scenarioOf } from "./scenario.ts";
import { BUILTIN_WORLDS, PLAIN_WORLDS } from "./seeded_worlds.ts";
import { spread } from "./spread.ts";
import { makeTemplate } from "./template.ts";
import { untilRed } from "./until_red.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "0" },
    builtin: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    pairs: { type: "string", default: "0" },
    all: { type: "boolean", default: false },
    singles: { type: "boolean", default: false },
    regressions: { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
    "until-red": { type: "boolean", default: false },
    keep: { type: "string" },
    muted: { type: "string", default: "" },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);
const from = Number(values.seed);
const builtin = Number(values.builtin);
const worlds = builtin > 0 ? BUILTIN_WORLDS : PLAIN_WORLDS;

if (values.keep !== undefined) {
  say(`Kept as ${keep(scenarioOf(from), values.keep)}`);
} else if (values["until-red"]) {
  const red = await untilRed(worlds, from, builtin || Number(values.seeds));
  say(JSON.stringify(red ?? null));
  process.exitCode = red === undefined ? 0 : 1;
} else if (values.trace) {
  using template = await makeTemplate();
  const muted = new Set(values.muted.split(",").filter((word) => word !== ""));
  const outcome = await worlds.play(from, muted, template.path, say);
  for (const violation of outcome.violations) say(`VIOLATED ${violation}`);
  if (outcome.violations.length === 0) say(`Seed ${from}: nothing is violated.`);
  process.exitCode = outcome.violations.length === 0 ? 0 : 1;
} else {
  const began = performance.now();
  const tally = await spread({
    singles: values.singles || values.all,
    pairs: values.all ? 60 : Number(values.pairs),
    regressions: values.regressions || values.all,
    from,
    seeds: values.all ? 2_000 : Number(values.seeds),
    builtin: values.all ? 200 : builtin,
    twiceEvery: 50,
  });
  for (const failure of tally.failures.slice(0, 10)) say(storyOf(failure));
  say(tableOf(tally, performance.now() - began));
  process.exitCode = tally.failures.length === 0 ? 0 : 1;
}
