// What whoever restores a backup must know of it first.

import { iso } from "../instant.ts";
import { foundByProof } from "./verification.ts";

/** What is on record of a backup; see `Run`. */
interface OnRecord {
  verification: string | null;
  /** UTC ms. */
  verifiedAt: number | null;
  isSuspect: boolean;
  isRejected: boolean;
  suspectReason: string | null;
}

/** A sentence of why it may not be what was lost; undefined where nothing is known against it. */
export function restoreWarning(known: OnRecord): string | undefined {
  const { verification, verifiedAt, isSuspect, isRejected } = known;
  const reason = known.suspectReason === null ? "" : `: ${foundByProof(known.suspectReason)}`;
  if (verification === "failed") {
    const when = verifiedAt === null ? "" : ` of ${iso(verifiedAt)}`;
    return `it is damaged: its verification${when} failed${reason}`;
  }
  if (isRejected) return `somebody rejected it${reason}`;
  return isSuspect ? `it is suspect${reason}` : undefined;
}
