// Drains long pure work in slices, so that the event loop is never blocked for long.

import type { Clock } from "../../ports/host.ts";

/** Longest stretch without letting other work run. */
const SLICE_MS = 15;

/** Runs a generator to its end, yielding to other work whenever a slice is used up. */
export async function drainInSlices<T>(work: Generator<unknown, T>, clock: Clock): Promise<T> {
  let sliceStart = clock.monotonic();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (clock.monotonic() - sliceStart >= SLICE_MS) {
      await clock.yield();
      sliceStart = clock.monotonic();
    }
  }
}
