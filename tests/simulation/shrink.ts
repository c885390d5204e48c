// Finds out which troubles of a failing seed matter: leaves out one kind after the other while it still fails.

import { ACTIONS, scenarioOf } from "./scenario.ts";
import { FAULT_CLASSES } from "./faults.ts";
import { type PlayOptions, playSeed } from "./simulator.ts";

/** The troubles that remain, in words; `--muted` plays them again. */
export async function shrink(seed: number, options: PlayOptions): Promise<string> {
  const muted = new Set<string>();
  const whole = scenarioOf(seed);
  const there = new Set<string>([...whole.faults, ...whole.actions.map(({ action }) => action)]);
  for (const kind of [...FAULT_CLASSES, ...ACTIONS]) {
    if (!there.has(kind)) continue;
    muted.add(kind);
    const { violations } = await playSeed(scenarioOf(seed, muted), options);
    if (violations.length === 0) muted.delete(kind);
  }
  const left = [...there].filter((kind) => !muted.has(kind));
  return `fails with ${left.join(", ") || "no trouble at all"} (muted: ${[...muted].join(",")})`;
}
