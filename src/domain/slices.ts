// Work in slices: long pure work yields now and then, so that whoever runs it can let others go first, or run it at once.

/** How many items are handled between two yields: a millisecond or so of work. */
export const SLICE = 1024;

/** Calls `handle` with 0 to `count - 1`; yields every thousand calls, or every `slice`. */
export function* inSlices(
  count: number,
  handle: (at: number) => void,
  slice: number = SLICE,
): Generator<void, void> {
  for (let from = 0; from < count; from += slice) {
    const until = Math.min(from + slice, count);
    for (let at = from; at < until; at++) handle(at);
    yield;
  }
}

/** Runs such work to its end at once. */
export function drain<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
