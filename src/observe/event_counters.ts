// What each event counts, under the names of the original where it had one.

import type { Json } from "../domain/job.ts";
import type { EngineEvent } from "../ports/events.ts";
import { callStatus, requestStatus } from "./answer_status.ts";
import { counter, histogram } from "./exposition.ts";
import { fixedCounter, type FixedFamily, fixedHistogram } from "./fixed_families.ts";

/** Everything that is counted from events. */
export interface EventCounters {
  count(event: EngineEvent): void;
  /** Drops the series of jobs that are not in `kept`, and begins those in `added` at zero. */
  setJobs(kept: ReadonlySet<string>, added: readonly string[]): void;
  /** Appends the families that have series for each job or provider. */
  write(out: string[]): void;
  /** The other ones, as they are at any time. */
  fixed: readonly FixedFamily[];
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Makes counters that are all empty. */
export function createEventCounters(): EventCounters {
  const job = ["job"];
  const jobAndStatus = ["job", "status"];
  const byJob = {
    tasks: counter(
      "schelly_backup_tasks_total",
      "Slots and starts by hand, by what was decided.",
      jobAndStatus,
    ),
    trigger: counter(
      "schelly_backup_trigger_total",
      "Starts asked of the provider, by result.",
      jobAndStatus,
    ),
    materialized: counter(
      "schelly_backup_materialized_total",
      "Backups that ended, by result.",
      jobAndStatus,
    ),
    tag: counter("schelly_backup_tag_total", "Taggings of backups, by result.", jobAndStatus),
    warn: counter("schelly_backup_warn_total", "Events somebody should look at, by level.", jobAndStatus),
    missed: counter("schelly_slots_missed_total", "Slots that passed while Schelly did not run.", job),
    passes: counter("schelly_retention_tasks_total", "Retention passes.", job),
    deleted: counter(
      "schelly_retention_backup_delete_total",
      "Deletions that ended, by result.",
      jobAndStatus,
    ),
    deleteRetries: counter(
      "schelly_retention_backup_delete_retries_total",
      "Deletions put off once more.",
      job,
    ),
  };
  const webhook = histogram(
    "schelly_webhook_invocation",
    "Calls to providers in seconds, by operation and answer.",
    ["operation", "status", "provider", "code"],
    [0.1, 1, 10],
  );
  const sql = fixedCounter("schelly_sql_total", "Commits to the state store, by result.", ["status"]);
  sql.add(["error"], 0);
  const changes = fixedCounter("schelly_store_changes_total", "Changes that commits carried.", []);
  const commits = fixedHistogram(
    "schelly_store_commit_duration_seconds",
    "How long a commit took.",
    [],
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  );
  const invocations = fixedCounter("schelly_api_invocations_total", "Requests to the API, by answer.", [
    "status",
    "code",
  ]);
  const requests = fixedHistogram(
    "schelly_http_request_duration_seconds",
    "How long a request took.",
    ["method", "route"],
    [0.005, 0.01, 0.05, 0.1, 0.5, 1, 10],
  );
  const odd = fixedCounter(
    "schelly_provider_odd_total",
    "Answers of providers that were not of the protocol.",
    [],
  );

  function count(event: EngineEvent): void {
    const { type, job = "", data = {} } = event;
    if ((event.level === "warning" || event.level === "error") && type !== "http.request") {
      byJob.warn.add([job, event.level], 1);
    }
    switch (type) {
      case "run.due":
        return byJob.tasks.add([job, "run"], 1);
      case "run.skipped": {
        const slots = positive(data.slots, 1);
        if (data.reason === "missed") byJob.missed.add([job], slots);
        return byJob.tasks.add([job, "skipped"], slots);
      }
      case "run.started":
        return byJob.trigger.add([job, "success"], 1);
      case "run.retry":
        return byJob.trigger.add([job, "retry"], 1);
      case "run.available":
        return byJob.materialized.add([job, "success"], 1);
      case "run.found":
        // One that was only missing had been counted when it was made.
        if (data.was !== "missing") byJob.materialized.add([job, "success"], 1);
        return;
      case "run.failed":
        // Without an id the provider never took it: then the start failed, not the backup.
        return typeof data.id === "string"
          ? byJob.materialized.add([job, "error"], 1)
          : byJob.trigger.add([job, "error"], 1);
      case "run.lost":
        return byJob.materialized.add([job, "error"], 1);
      case "run.cancelled":
        return byJob.materialized.add([job, "cancelled"], 1);
      case "retention.pass":
        byJob.passes.add([job], 1);
        return byJob.tag.add([job, "success"], 1);
      case "retention.error":
        byJob.passes.add([job], 1);
        return byJob.tag.add([job, "error"], 1);
      case "delete.done":
        return byJob.deleted.add([job, "success"], 1);
      case "delete.error":
        return byJob.deleted.add([job, "error"], 1);
      case "delete.retry":
        return byJob.deleteRetries.add([job], 1);
      case "provider.call": {
        const [operation, code] = [word(data.operation), numberOf(data.status)];
        const status = callStatus(operation, code, data.unreadable !== true);
        return webhook.observe([operation, status, word(data.provider), word(data.status)], seconds(data));
      }
      case "provider.odd":
        return odd.add([], 1);
      case "store.commit":
        sql.add(["success"], 1);
        changes.add([], positive(data.changes, 1));
        return commits.observe([], seconds(data));
      case "store.error":
        return sql.add(["error"], 1);
      case "http.request": {
        const method = word(data.method);
        invocations.add([requestStatus(numberOf(data.status) ?? 500), word(data.status)], 1);
        return requests.observe([METHODS.has(method) ? method : "other", word(data.route)], seconds(data));
      }
    }
  }

  function setJobs(kept: ReadonlySet<string>, added: readonly string[]): void {
    // What rises from nothing is only seen to rise when the nothing was there before.
    for (const job of added) {
      byJob.tasks.add([job, "run"], 0);
      byJob.trigger.add([job, "error"], 0);
      byJob.materialized.add([job, "success"], 0);
      byJob.materialized.add([job, "error"], 0);
      byJob.missed.add([job], 0);
      byJob.warn.add([job, "warning"], 0);
      byJob.warn.add([job, "error"], 0);
      byJob.deleted.add([job, "success"], 0);
      byJob.deleted.add([job, "error"], 0);
      byJob.deleteRetries.add([job], 0);
    }
    for (const family of Object.values(byJob)) family.prune((job) => job === "" || kept.has(job));
  }

  function write(out: string[]): void {
    for (const family of Object.values(byJob)) family.write(out);
    webhook.write(out);
  }

  return { count, setJobs, write, fixed: [sql, changes, commits, invocations, requests, odd] };
}

function word(value: Json | undefined): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "unknown";
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function atLeastZero(value: Json | undefined): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

function positive(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" && value > 0 ? value : otherwise;
}

function seconds(data: Record<string, Json>): number {
  return atLeastZero(data.duration_ms) / 1000;
}
