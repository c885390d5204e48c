// Gives what is left of a list new places without gaps, in the same order, and room for more.

import { capacityFor } from "./candidate_columns.ts";
import { PlaceSet } from "./place_set.ts";
import type { RunIdList } from "./run_id_list.ts";

/** A list without gaps, and where everything went. */
interface Gapless {
  length: number;
  times: Float64Array;
  ids: RunIdList;
  /** The new place of an old one that is left. */
  to(place: number): number;
  /** The same members at their new places. */
  moved(places: PlaceSet): PlaceSet;
}

/** Closes the gaps in the first `length` places of a list. */
export function closeGaps(
  times: Float64Array,
  ids: RunIdList,
  length: number,
  isLeft: (place: number) => boolean,
): Gapless {
  const to = new Int32Array(length);
  const from = new Int32Array(length);
  let count = 0;
  for (let place = 0; place < length; place++) {
    if (!isLeft(place)) continue;
    to[place] = count;
    from[count++] = place;
  }
  const capacity = capacityFor(count);
  const closed = new Float64Array(capacity);
  for (let place = 0; place < count; place++) closed[place] = times[from[place]!]!;
  return {
    length: count,
    times: closed,
    ids: ids.pick(from, count, capacity),
    to: (place) => to[place]!,
    moved(places) {
      const set = new PlaceSet(capacity);
      for (let place = places.after(-1); place >= 0; place = places.after(place)) set.add(to[place]!);
      return set;
    },
  };
}
