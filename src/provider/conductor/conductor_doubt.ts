// Whether the server that answers by this name is the one that was asked before: two behind one name, or a history that
// was removed, make "none" no proof.

import type { Clock } from "../../ports/host.ts";

/** How many workflows are remembered as seen. */
const MOST_SEEN = 2_000;
/** How long nothing is concluded after one that was seen is not known any more. */
const DOUBT_MS = 3_600_000;

export interface ConductorDoubt {
  /** The server has shown it. */
  saw(id: string): void;
  /** The server does not know it: true where it has shown it before, which begins the doubt. */
  missed(id: string): boolean;
  isInDoubt(): boolean;
}

/** Nothing was seen yet. */
export function createConductorDoubt(clock: Pick<Clock, "monotonic">): ConductorDoubt {
  const seen = new Set<string>();
  let since = -Infinity;
  return {
    saw(id) {
      seen.delete(id);
      seen.add(id);
      if (seen.size > MOST_SEEN) seen.delete(seen.values().next().value!);
    },
    missed(id) {
      if (!seen.has(id)) return false;
      since = clock.monotonic();
      return true;
    },
    isInDoubt: () => clock.monotonic() - since < DOUBT_MS,
  };
}
