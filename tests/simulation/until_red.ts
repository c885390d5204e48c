// Plays seeds until one shows a violation: how soon the simulation notices a bug.

import type { SeededWorld } from "./seeded_worlds.ts";
import { makeTemplate } from "./template.ts";

/** How many of the seeds it took, and what the last one showed; undefined when all of them are well. */
export async function untilRed(
  world: SeededWorld,
  from: number,
  seeds: number,
): Promise<{ seeds: number; violation: string } | undefined> {
  using template = await makeTemplate();
  for (let seed = from; seed < from + seeds; seed++) {
    const { violations } = await world.play(seed, new Set(), template.path);
    if (violations.length > 0) return { seeds: seed - from + 1, violation: violations[0]! };
  }
  return undefined;
}
