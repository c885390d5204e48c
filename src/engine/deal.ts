// Deals a crowd of what is due out by providers, in turns, so that the few jobs of one do not wait for the many of another.

import type { DueSource } from "./agenda.ts";

/** Fewer are fired within milliseconds, and stay as they are. */
const CROWD = 100;

/** The same, one of each provider by turns; those of one provider keep their order, and what has none comes last. */
export function dealt(sources: readonly DueSource[]): readonly DueSource[] {
  if (sources.length <= CROWD) return sources;
  const hands = new Map<string, DueSource[]>();
  const rest: DueSource[] = [];
  for (const source of sources) {
    if (source.provider === undefined) rest.push(source);
    else if (hands.has(source.provider)) hands.get(source.provider)!.push(source);
    else hands.set(source.provider, [source]);
  }
  const order: DueSource[] = [];
  for (let turn = 0, left = [...hands.values()]; left.length > 0; turn++) {
    left = left.filter((hand) => turn < hand.length);
    for (const hand of left) order.push(hand[turn]!);
  }
  return order.concat(rest);
}
