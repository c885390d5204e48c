// Times as providers write them.

import { z } from "zod";

/** Times outside 1990 to 2100 are no times of a backup. */
const MIN_TIME = Date.UTC(1990, 0, 1);
const MAX_TIME = Date.UTC(2100, 0, 1);

const timeSchema = z.iso.datetime({ offset: true });

/** UTC ms of an ISO 8601 time with its offset; a time without one could mean any zone and is dropped, which a note tells. */
export function readTime(value: unknown, field: string, notes: string[]): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const parsed = timeSchema.safeParse(value);
  const time = parsed.success ? Date.parse(parsed.data) : NaN;
  if (time >= MIN_TIME && time < MAX_TIME) return time;
  notes.push(`'${field}' is no believable time with an offset and was dropped`);
  return undefined;
}
