// What is read of backups that their storage refuses to delete.

import type { Run } from "../domain/backup.ts";
import type { LockedRow } from "../domain/lock.ts";

/** A part of the store's reads. */
export interface LockReads {
  /** The available backups of a job that are locked now, of all or of those named; in no order. */
  lockedRows(job: string, runIds: readonly string[] | null): Promise<LockedRow[]>;
  /** Available backups whose dated lock was heard of last before `heardBefore` (UTC ms), those longest ago first. */
  locksToHear(job: string, heardBefore: number, most: number): Promise<Run[]>;
}
