// Why a period has no backup, from what became of its slots.

import { SKIP_REASONS, type SkipReason, type Status } from "../backup.ts";

/** Decisions about slots of one period that ended alike. */
export interface PeriodRecord {
  status: Status;
  /** Of the newest of them, as all below. */
  reason: string | null;
  deleteReason: string | null;
  deleteAskedBy: string | null;
  message: string | null;
  suspect: boolean;
  runId: string;
  /** How many rows ended so; a range of skipped slots is one row. */
  rows: number;
}

/** Why a period has no backup that counts. */
export const HOLE_CAUSES = [
  ...SKIP_REASONS,
  "failed",
  "lost",
  "cancelled",
  "expired",
  "missing",
  "suspect",
  "running",
  "deleted",
  "deleted_by_hand",
  "not_counted",
] as const;
type HoleCause = (typeof HOLE_CAUSES)[number];

/** The cause that one group of decisions tells of. */
export function causeOf(record: PeriodRecord): HoleCause {
  switch (record.status) {
    case "skipped":
      return (record.reason ?? "missed") as SkipReason;
    case "failed":
    case "lost":
    case "cancelled":
    case "expired":
    case "missing":
      return record.status;
    case "deleting":
    case "delete-error":
    case "deleted":
      return record.deleteAskedBy !== null ? "deleted_by_hand" : "deleted";
    case "available":
      // Neither suspect nor counted: it lies at another provider than the job's, or in the future.
      return record.suspect ? "suspect" : "not_counted";
    default:
      return "running";
  }
}
