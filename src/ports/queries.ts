// What lists of rows and events are asked by, and how a page of them is answered. Types only.

import type { Run, Status, Trigger, WireStatus } from "../domain/backup.ts";
import type { ListedBackup } from "../domain/listed_backup.ts";
import type { Level } from "../domain/policy.ts";
import type { EngineEvent, EventType } from "./events.ts";

/** A page of rows, newest first; `cursor` is opaque and absent on the last page. */
export interface Page<T> {
  items: T[];
  cursor?: string;
}

export interface BackupQuery {
  status?: WireStatus | Status;
  tag?: Level;
  job?: string;
  /** Only those that wait to be accepted or rejected. */
  suspect?: true;
  /** Start time range, UTC ms: since inclusive, until exclusive. */
  since?: number;
  until?: number;
  limit: number;
  cursor?: string;
}

export interface RunQuery {
  status?: readonly Status[];
  job?: string;
  trigger?: Trigger;
  since?: number;
  until?: number;
  limit: number;
  cursor?: string;
}

export interface EventQuery {
  job?: string;
  runId?: string;
  type?: readonly EventType[];
  /** Only events with a greater sequence number. */
  after?: number;
  /** Only events with a smaller one. */
  before?: number;
  limit: number;
  /** Oldest first when true; newest first by default. */
  ascending?: boolean;
}

export interface StoredEvent extends EngineEvent {
  seq: number;
}

/** What one row says of slots. */
export interface SlotRecord {
  runId: string;
  status: Status;
  reason: string | null;
  slot: number;
  /** Last slot of a range row; null for a row of one slot. */
  slotUntil: number | null;
}

/** Reads of lists. Reject with `StoreError`, and with `InvalidCursor`. */
export interface ListReads {
  backups(query: BackupQuery): Promise<Page<Run>>;
  runs(query: RunQuery): Promise<Page<Run>>;
  /**
   * What `show` makes of a page of backups: as soon as it is read, so that few rows are in memory at a time, and once for
   * all who ask for the same page before anything changes. It is the same function each time, and makes what nobody changes.
   */
  showBackups<Shown>(query: BackupQuery, show: (page: Page<ListedBackup>) => Shown): Promise<Shown>;
  /** The same of runs. */
  showRuns<Shown>(query: RunQuery, show: (page: Page<Run>) => Shown): Promise<Shown>;
}
