// What happened, as data. Logs, metrics, the audit trail and notifications all hang on these.

import type { Json } from "../domain/job.ts";

/** Every kind of event. Those the store commits are the audit trail; the others are for metrics and logs only. */
export const EVENT_TYPES = [
  // runs (committed with the change they tell of)
  "run.due",
  "run.skipped",
  "run.expired",
  "run.sending",
  "run.retry",
  "run.tries_ended",
  "run.unknown",
  "run.started",
  "run.available",
  "run.failed",
  "run.lost",
  "run.missing",
  "run.cancelling",
  "run.cancelled",
  "run.resumed",
  "run.found",
  "run.suspect",
  "run.held",
  "run.released",
  "run.imported",
  "run.accepted",
  "run.rejected",
  // retention
  "retention.pass",
  "retention.guarded",
  "retention.guard_cleared",
  "retention.approved",
  "retention.error",
  "delete.intended",
  "delete.withdrawn",
  "delete.sent",
  "delete.accepted",
  "delete.done",
  "delete.retry",
  "delete.error",
  "freeze.begun",
  "freeze.ended",
  // jobs, clock, engine
  "job.added",
  "job.renamed",
  "job.unmanaged",
  "job.managed_again",
  "job.forgotten",
  "job.storage_gone",
  "job.schedule_changed",
  "job.policy_changed",
  "job.paused",
  "job.resumed",
  "job.error",
  "clock.back",
  "clock.jump",
  "clock.trusted",
  "engine.started",
  "engine.stopping",
  "engine.recovered",
  "config.reloaded",
  "config.invalid",
  "api.refused",
  // committed where the provider has a job, and as news only
  "provider.upkeep",
  "provider.unlock",
  // not committed
  "run.polled",
  "provider.call",
  "provider.odd",
  "store.commit",
  "store.error",
  "http.request",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export type EventLevel = "debug" | "info" | "warning" | "error";

export interface EngineEvent {
  type: EventType;
  level: EventLevel;
  /** UTC ms. */
  at: number;
  job?: string;
  runId?: string;
  /** One sentence for people. */
  message: string;
  /** What programs read: ids, durations in ms, counts, reasons. */
  data?: Record<string, Json>;
}

/** Takes events; never throws, never waits. */
export interface EventSink {
  emit(event: EngineEvent): void;
}
