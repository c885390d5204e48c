// Finds one of many backups in order of time.

/** The place of the one that `isIt` names among those of a period time; -1 when it is not there. */
export function findPlace(
  times: Float64Array,
  length: number,
  periodTime: number,
  isIt: (place: number) => boolean,
): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < periodTime) low = middle + 1;
    else high = middle;
  }
  for (; low < length && times[low] === periodTime; low++) if (isIt(low)) return low;
  return -1;
}
