// Durations as people write them: `90s`, `5m`, `1h30m`, `7d`.

/** 24 hours in ms; days of a calendar differ where the clock changes. */
export const DAY = 86_400_000;

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ["d", DAY],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];

/** Writes whole milliseconds exactly, greatest unit first: `2d`, `1h30m`, `0s`. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = "";
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${name}`;
    rest -= count * size;
  }
  return text === "" ? "0s" : text;
}

/** Milliseconds of a duration such as `1h30m`; null when the text is not one. Units go from great to small. */
export function parseDuration(text: string): number | null {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text.trim());
  if (match === null || match[0] === "") return null;
  const ms = UNITS.reduce((sum, [, size], index) => sum + Number(match[index + 1] ?? 0) * size, 0);
  return Number.isSafeInteger(ms) ? ms : null;
}
