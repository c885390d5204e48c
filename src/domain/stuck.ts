// Deletions that find no way: a lock that nobody takes away, a storage that refuses.

import { DAY } from "./duration.ts";
import { iso } from "./instant.ts";

/** A deletion that takes a little longer is none that finds no way. */
export const PATIENCE_MS = 20_000;

/** A job whose deletions find no way for so long is stuck. */
const STUCK_AFTER_MS = DAY;

/** True when deletions that found no way since `since` make their job stuck. UTC ms. */
export function isStuck(since: number, now: number): boolean {
  return now - since >= STUCK_AFTER_MS;
}

/** Since when how many deletions find no way, and what they were answered; a sentence without a full stop. */
export function openDeletionsText(open: { count: number; since: number; cause: string | null }): string {
  const many = open.count === 1 ? "1 deletion finds" : `${open.count} deletions find`;
  return `${many} no way since ${iso(open.since)}: ${open.cause ?? "the provider does not answer"}`;
}
