// Finds out which troubles of a failing seed matter: leaves out one kind after the other while it still fails.

import { ACTIONS, scenarioOf } from "./scenario.ts";
import { FAULT_CLASSES } from "./faults.ts";
import { type PlayOptions, playSeed } from "./simulator.ts";

/** The troubles that remain, in words; `without` of `scenarioOf` plays them again. */
export async function shrink(seed: number, options: PlayOptions): Promise<string> {
  const without = new Set<string>();
  const whole = scenarioOf(seed);
  const there = new Set<string>([...whole.faults, ...whole.actions.map(({ action }) => action)]);
  for (const kind of [...FAULT_CLASSES, ...ACTIONS]) {
    if (!there.has(kind)) continue;
    without.add(kind);
    const { violations } = await playSeed(scenarioOf(seed, without), options);
    if (violations.length === 0) without.delete(kind);
  }
  const left = scenarioOf(seed, without);
  const kinds = new Set<string>([...left.faults, ...left.actions.map(({ action }) => action)]);
  return `fails with ${[...kinds].join(", ") || "no trouble at all"}` +
    (without.size === 0 ? "" : ` (without ${[...without].join(", ")})`);
}
