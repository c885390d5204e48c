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

/** `deletions are frozen by ops since …, until … (moving the storage)`. */
export function freezeText({ reason, owner, at, until }: Freeze): string {
  const end = until === null ? "somebody releases it" : iso(until);
  return `deletions are frozen by ${ownerText(owner)} since ${iso(at)}, until ${end} (${reason})`;
}

/** Whoever asks at the socket has no name of their own. */
export function ownerText(owner: string): string {
  return owner === "socket" ? "someone on this machine (socket)" : owner;
}
