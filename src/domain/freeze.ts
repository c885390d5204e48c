// The stop of every deletion of every job, cancels included.

import { iso } from "./instant.ts";

/** Why nothing at all is deleted, who said so, since when and until when (UTC ms; null: until it is released). */
export interface Freeze {
  reason: string;
  owner: string;
  at: number;
  until: number | null;
}

/** True while nothing may be deleted. An ended freeze counts no more. */
export function isFrozen(freeze: Freeze | null, now: number): boolean {
  return freeze !== null && (freeze.until === null || freeze.until > now);
}

/** `deletions are frozen until … by ops (moving the storage)`. */
export function freezeText({ reason, owner, until }: Freeze): string {
  const end = until === null ? "until it is released" : `until ${iso(until)}`;
  return `deletions are frozen ${end} by ${owner} (${reason})`;
}
