// What lists of rows and events are asked by, and how a page of them is answered. Types only.

import type { Status, Trigger, WireStatus } from "../domain/backup.ts";
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
  limit: number;
  /** Oldest first when true; newest first by default. */
  ascending?: boolean;
}

export interface StoredEvent extends EngineEvent {
  seq: number;
}
