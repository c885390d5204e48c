// When a backup is held, which backups may be, and when an edit of a hold is a release.

import type { Run, Status } from "./backup.ts";
import { iso } from "./instant.ts";

/** Why a backup is never deleted, who said so, and until when (UTC ms; null: until it is released). */
export interface Hold {
  reason: string;
  owner: string;
  until: number | null;
}

/** True while nothing may delete the backup, nor cancel it while it is made. An ended hold counts no more. */
export function isHeld(run: Pick<Run, "holdAt" | "holdUntil">, now: number): boolean {
  return run.holdAt !== null && (run.holdUntil === null || run.holdUntil > now);
}

/** Who holds a backup, until when and why, as the end of a sentence. */
export function holdText({ holdOwner, holdUntil, holdReason }: Run): string {
  const end = holdUntil === null ? "" : ` until ${iso(holdUntil)}`;
  return `held by ${holdOwner ?? "somebody"}${end} (${holdReason ?? "no reason given"})`;
}

/**
 * Statuses in which a hold can be kept. In `deleting` it takes the deletion back, which only works while no DELETE was
 * sent; in `cancelling` a DELETE may be under way any moment.
 */
export const HOLDABLE: readonly Status[] = [
  "intent",
  "sending",
  "unknown",
  "running",
  "available",
  "missing",
  "deleting",
  "failed",
  "lost",
  "cancelled",
];

/** Why a hold of this row could not be kept, in a sentence; undefined when it can. */
export function holdRefusal(run: Pick<Run, "runId" | "id" | "status" | "deleteSentAt">): string | undefined {
  const name = run.id === null ? `run ${run.runId}` : `backup '${run.id}'`;
  if (run.status === "cancelling") {
    return `Cannot hold ${name}: it is being cancelled, and its DELETE may be under way: if it goes on running, it can ` +
      "be held then";
  }
  if (run.deleteSentAt !== null && (run.status === "deleting" || run.status === "delete-error")) {
    return `Cannot hold ${name}: a DELETE was sent for it at ${
      iso(run.deleteSentAt)
    }, so it may be gone already`;
  }
  if (!HOLDABLE.includes(run.status)) {
    return `Cannot hold ${name}: it is ${run.status}, there is nothing to keep`;
  }
  return undefined;
}

/** True when going from one end to another lets go earlier. Null stands for no end. */
export function endsEarlier(from: number | null, to: number | null): boolean {
  return to !== null && (from === null || to < from);
}
