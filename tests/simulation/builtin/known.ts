// Seeds of built-in worlds that show what is known and not mended yet: whoever mends it takes them off this list.

const FORGET_OF_NOTHING =
  "`restic forget` ends with 0 where the repository was changed for another beneath it";

/** By seed: what it shows, and the beginning of the violation. */
const KNOWN: ReadonlyMap<number, { what: string; shows: string }> = new Map([
  [51, { what: FORGET_OF_NOTHING, shows: "I37 of another repository: " }],
]);

/** What of the violations of a seed is not known. */
export function newOf(seed: number, violations: readonly string[]): string[] {
  const shows = KNOWN.get(seed)?.shows;
  return violations.filter((one) => shows === undefined || !one.startsWith(shows));
}
