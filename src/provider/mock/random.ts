// Chance that is the same for the same seed, so that what a mock provider did can be done again.

import type { Random } from "../../ports/host.ts";
import type { Range } from "./settings.ts";

/** Mulberry32: enough to play with, never for secrets. `seed`: 0 to 2^32 - 1. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** Whether something happens that is to happen in this share of the cases; draws nothing for one that never does. */
export function happens(random: Random, share: number): boolean {
  return share > 0 && random.next() < share;
}

/** One of the range. */
export function draw(random: Random, { least, most }: Range): number {
  return least + random.next() * (most - least);
}
