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

/** Items whose handling takes a few microseconds each: so many are one slice. */
const SLICE_ITEMS = 500;

/** The items slice by slice, with other work let in between. */
export async function* inSlices<T>(
  items: readonly T[],
  clock: Pick<Clock, "yield">,
): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < items.length; at += SLICE_ITEMS) {
    if (at > 0) await clock.yield();
    yield items.slice(at, at + SLICE_ITEMS);
  }
}
