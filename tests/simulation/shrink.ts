// Finds out which troubles of a failing seed matter: leaves out one kind after the other while it still fails.

import type { SeededWorld } from "./seeded_worlds.ts";

/** The troubles that remain, in words; `--muted` plays them again. */
export async function shrink(seed: number, world: SeededWorld, template: string): Promise<string> {
  const muted = new Set<string>();
  const there = world.troubles(seed);
  for (const kind of there) {
    muted.add(kind);
    const { violations } = await world.play(seed, muted, template);
    if (violations.length === 0) muted.delete(kind);
  }
  const left = there.filter((kind) => !muted.has(kind));
  return `fails with ${left.join(", ") || "no trouble at all"} (muted: ${[...muted].join(",")})`;
}
