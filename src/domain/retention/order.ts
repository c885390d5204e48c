// Puts backups in order of time, oldest first, in slices; cheap when they come in that order already.

import { assert } from "../errors.ts";
import { SLICE } from "../slices.ts";

/** So many are sorted at once, before sorted runs are merged: a few milliseconds of work. */
const RUN = 8192;

/** What order is decided by. */
export interface Dated {
  runId: string;
  /** UTC ms. */
  periodTime: number;
}

/** Backups in order of time: `indices[0]` is the oldest one's place in the input, `times[0]` its period time. */
interface TimeOrder {
  indices: Int32Array;
  times: Float64Array;
}

/** Orders by period time, equal times by run id; yields every few thousand items. */
export function* inOrder(items: readonly Dated[]): Generator<void, TimeOrder> {
  const times = new Float64Array(items.length);
  // Plain numbers suffice for nearly all comparisons; run ids are looked at for equal times only.
  const compare = (a: number, b: number): number => {
    const difference = times[a]! - times[b]!;
    if (difference !== 0) return difference;
    const left = items[a]!.runId;
    const right = items[b]!.runId;
    return left < right ? -1 : left > right ? 1 : 0;
  };
  let rising = true;
  const fill = (from: number, until: number) => {
    for (let at = from; at < until; at++) {
      const time = items[at]!.periodTime;
      if (!Number.isFinite(time)) {
        assert(false, `the period time of run ${items[at]!.runId} is a number: ${time}`);
      }
      times[at] = time;
      if (rising && at > 0 && !(time > times[at - 1]!) && compare(at - 1, at) > 0) rising = false;
    }
  };
  for (let from = 0; from < items.length; from += SLICE) {
    fill(from, Math.min(from + SLICE, items.length));
    yield;
  }
  const indices = new Int32Array(items.length);
  for (let at = 0; at < indices.length; at++) indices[at] = at;
  if (rising) return { indices, times };
  const sorted = yield* mergeSort(indices, compare);
  const sortedTimes = new Float64Array(times.length);
  for (let at = 0; at < sorted.length; at++) sortedTimes[at] = times[sorted[at]!]!;
  return { indices: sorted, times: sortedTimes };
}

/** Sorts in slices: runs first, then neighbours are merged until one is left. Uses `indices` up. */
export function* mergeSort(
  indices: Int32Array,
  compare: (a: number, b: number) => number,
): Generator<void, Int32Array> {
  for (let from = 0; from < indices.length; from += RUN) {
    indices.subarray(from, from + RUN).sort(compare);
    yield;
  }
  let source: Int32Array = indices;
  let target: Int32Array = new Int32Array(indices.length);
  for (let width = RUN; width < source.length; width *= 2) {
    for (let from = 0; from < source.length; from += 2 * width) {
      const middle = Math.min(from + width, source.length);
      const until = Math.min(from + 2 * width, source.length);
      yield* merge(source, target, from, middle, until, compare);
    }
    [source, target] = [target, source];
  }
  return source;
}

function* merge(
  source: Int32Array,
  target: Int32Array,
  from: number,
  middle: number,
  until: number,
  compare: (a: number, b: number) => number,
): Generator<void, void> {
  let left = from;
  let right = middle;
  const fill = (start: number, end: number) => {
    for (let at = start; at < end; at++) {
      const takeLeft = left < middle && (right >= until || compare(source[left]!, source[right]!) <= 0);
      target[at] = source[takeLeft ? left++ : right++]!;
    }
  };
  for (let at = from; at < until; at += SLICE) {
    fill(at, Math.min(at + SLICE, until));
    yield;
  }
}
