// How much room a deletion makes, as far as sizes are known.

import { counted } from "./count_text.ts";
import { sizeText } from "./size_text.ts";

/**
 * `12 GB`; where some sizes are not known at least that: `at least 12 GB (the size of 2 is not known)`. `of`: how many go in
 * all, those without a size here included.
 */
export function freedText(sizesMb: readonly (number | null)[], of = sizesMb.length): string {
  const known = sizesMb.filter((size) => size !== null);
  const unknown = of - known.length;
  const size = sizeText(known.reduce((sum, one) => sum + one, 0));
  if (unknown === 0) return size;
  if (known.length === 0) {
    return `an unknown size: no provider said how large ${of === 1 ? "it is" : "they are"}`;
  }
  return `at least ${size} (the size of ${counted(unknown, "backup")} is not known)`;
}
