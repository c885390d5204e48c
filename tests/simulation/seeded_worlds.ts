// The kinds of worlds that a seed makes: plain ones over fake providers, and those of built-ins.

import { BUILTIN_ACTIONS, builtinScenarioOf } from "./builtin/builtin_scenario.ts";
import { playBuiltin } from "./builtin/play_builtin.ts";
import { FAULT_CLASSES } from "./faults.ts";
import { ACTIONS, scenarioOf } from "./scenario.ts";
import { type Outcome, playSeed } from "./simulator.ts";

/** Makes and plays a world of any seed. */
export interface SeededWorld {
  /** Plays it without the `muted` kinds of trouble, on a copy of the state at `template`. */
  play(
    seed: number,
    muted: ReadonlySet<string>,
    template: string,
    tell?: (line: string) => void,
  ): Promise<Outcome>;
  /** The kinds of trouble that happen in it, in the order in which they are left out to find those that matter. */
  troubles(seed: number): string[];
}

export const PLAIN_WORLDS: SeededWorld = {
  play: (seed, muted, template, tell) => playSeed(scenarioOf(seed, muted), { template, tell }),
  troubles(seed) {
    const { faults, actions } = scenarioOf(seed);
    const there = new Set<string>([...faults, ...actions.map(({ action }) => action)]);
    return [...FAULT_CLASSES, ...ACTIONS].filter((kind) => there.has(kind));
  },
};

export const BUILTIN_WORLDS: SeededWorld = {
  play: (seed, muted, template, tell) => playBuiltin(builtinScenarioOf(seed, muted), { template, tell }),
  troubles(seed) {
    const { crashes, refusals, actions } = builtinScenarioOf(seed);
    const there = new Set<string>(actions.map(({ action }) => action));
    if (crashes > 0) there.add("crash");
    if (refusals > 0) there.add("refusals");
    return ["crash", "refusals", ...BUILTIN_ACTIONS].filter((kind) => there.has(kind));
  },
};
