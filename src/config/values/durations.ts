// Durations as settings hold them.

import { parseDuration } from "../../domain/duration.ts";

/** Milliseconds of a text that its schema has let pass; 0 for any other. */
export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
