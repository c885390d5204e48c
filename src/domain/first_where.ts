// Finds where something begins among places in order.

/** The first of `count` places from which on something is so; `count` where it is nowhere. */
export function firstWhere(count: number, isSo: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
