// How far a run is, where its provider says so in its own words.

/** Percent of a message such as `42 % of 1.2 GB, 12 of 30 files`; undefined where it says none. */
export function percentOf(message: string | null): number | undefined {
  const [, figure] = /(?:^|\s)(\d{1,3}(?:\.\d+)?) ?%/.exec(message ?? "") ?? [];
  const percent = Number(figure);
  return figure !== undefined && percent <= 100 ? percent : undefined;
}
