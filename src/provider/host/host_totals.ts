// Counts what became of a host's backups, for its metrics.

import type { JournalEntry } from "./journal.ts";

/** Since the host was made; `running` is now. */
export interface HostTotals {
  running: number;
  started: number;
  available: number;
  failed: number;
  cancelled: number;
  deleted: number;
}

/** What is counted as backups end. */
export type EndTotals = Omit<HostTotals, "running" | "started">;

/** Counts a backup whose end is on disk. */
export function countEnd(totals: EndTotals, { state }: JournalEntry, cancelled: boolean): void {
  if (cancelled) totals.cancelled++;
  else if (state === "available") totals.available++;
  else totals.failed++;
}
