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
  "run.locked",
  "run.unlocked",
  "run.lock_forgotten",
  // verifications
  "verification.begun",
  "verification.passed",
  "verification.failed",
  "verification.inconclusive",
  "verification.cut_off",
  // restores by the server; of dry runs none
  "restore.begun",
  "restore.done",
  "restore.failed",
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
  "delete.locked",
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
  "job.file_written",
  "job.file_removed",
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
  "api.changed",
  "api.login",
  "state.snapshot",
  "state.compact",
  "state.adopted",
  "state.taken_over",
  "audit.pruned",
  // committed as news only: once when it fails, once when it works again
  "ping.failed",
  "ping.sent",
  "hook.done",
  "hook.failed",
  // committed where the provider has a job, and as news only
  "provider.upkeep",
  "provider.unlock",
  // notifications
  "notify.sent",
  "notify.failed",
  "notify.dropped",
  // not committed
  "audit.head",
  "run.polled",
  "provider.call",
  "provider.odd",
  "provider.figures",
  "sheet.failed",
  "snapshot.failed",
  "store.commit",
  "store.error",
  "lease.renewal",
  "http.request",
  "http.flood",
  "http.ignored",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * Those that are chained by digest where they are committed: callers, the configuration, deletions, guards and their
 * answers. A type that joins them later was not chained before, which whoever verifies a trail must then be told.
 */
export const AUDIT_TYPES: readonly EventType[] = [
  "run.missing",
  "run.suspect",
  "run.held",
  "run.released",
  "run.imported",
  "run.accepted",
  "run.rejected",
  "run.lock_forgotten",
  "retention.guarded",
  "retention.guard_cleared",
  "retention.approved",
  "delete.intended",
  "delete.withdrawn",
  "delete.sent",
  "delete.accepted",
  "delete.done",
  "delete.error",
  "freeze.begun",
  "freeze.ended",
  "job.added",
  "job.renamed",
  "job.unmanaged",
  "job.managed_again",
  "job.forgotten",
  "job.file_written",
  "job.file_removed",
  "job.storage_gone",
  "job.schedule_changed",
  "job.policy_changed",
  "job.paused",
  "job.resumed",
  "clock.back",
  "clock.jump",
  "clock.trusted",
  "engine.started",
  "config.reloaded",
  "config.invalid",
  "api.refused",
  "api.changed",
  "api.login",
  "state.snapshot",
  "state.compact",
  "state.adopted",
  "audit.pruned",
  "provider.unlock",
  "restore.begun",
  "restore.done",
  "restore.failed",
];

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
