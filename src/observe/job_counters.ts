// What each job did, counted from its events under the names of the original where it had one.

import { inSlices } from "../domain/slices.ts";
import type { EngineEvent } from "../ports/events.ts";
import { positive } from "./event_data.ts";
import { counter } from "./exposition.ts";

/** Everything that is counted for each job. */
interface JobCounters {
  count(event: EngineEvent): void;
  /** Drops the series of jobs that are not in `kept`, and begins those in `added` at zero; yields now and then. */
  setJobs(kept: ReadonlySet<string>, added: readonly string[]): Generator<void>;
  /** Its families in pieces of text; where only some jobs are `shown`, with the sums of all. */
  pieces(shown?: ReadonlySet<string>): Generator<string>;
}

type Families = ReturnType<typeof createFamilies>;

/** Makes counters that are all empty. */
export function createJobCounters(): JobCounters {
  const families = createFamilies();
  return {
    count: (event) => countIn(families, event),
    *setJobs(kept, added) {
      yield* inSlices(added.length, (at) => beginAtZero(families, added[at]!), 128);
      for (const family of Object.values(families)) {
        yield* family.prune((job) => job === "" || kept.has(job));
      }
    },
    *pieces(shown) {
      for (const family of Object.values(families)) {
        yield* shown === undefined ? family.pieces() : family.bounded(shown);
      }
    },
  };
}

function createFamilies() {
  const job = ["job"];
  const jobAndStatus = ["job", "status"];
  return {
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
    tag: counter("schelly_backup_tag_total", "Backups tagged, by result.", jobAndStatus),
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
}

function countIn(families: Families, event: EngineEvent): void {
  const { type, job = "", data = {} } = event;
  if ((event.level === "warning" || event.level === "error") && !type.startsWith("http.")) {
    families.warn.add([job, event.level], 1);
  }
  switch (type) {
    case "run.due":
      return families.tasks.add([job, "run"], 1);
    case "run.skipped": {
      const slots = positive(data.slots, 1);
      if (data.reason === "missed") families.missed.add([job], slots);
      return families.tasks.add([job, "skipped"], slots);
    }
    case "run.started":
      return families.trigger.add([job, "success"], 1);
    case "run.retry":
      return families.trigger.add([job, "retry"], 1);
    case "run.available":
      return families.materialized.add([job, "success"], 1);
    case "run.found":
      // One that was only missing had been counted when it was made.
      if (data.was !== "missing") families.materialized.add([job, "success"], 1);
      return;
    case "run.failed":
      // Without an id the provider never took it: then the start failed, not the backup.
      return typeof data.id === "string"
        ? families.materialized.add([job, "error"], 1)
        : families.trigger.add([job, "error"], 1);
    case "run.lost":
      return families.materialized.add([job, "error"], 1);
    case "run.cancelled":
      return families.materialized.add([job, "cancelled"], 1);
    case "retention.pass":
      families.passes.add([job], 1);
      return families.tag.add([job, "success"], 1);
    case "retention.error":
      families.passes.add([job], 1);
      return families.tag.add([job, "error"], 1);
    case "delete.done":
      return families.deleted.add([job, "success"], 1);
    case "delete.error":
      return families.deleted.add([job, "error"], 1);
    case "delete.retry":
      return families.deleteRetries.add([job], 1);
  }
}

/** What rises from nothing is only seen to rise when the nothing was there before. */
function beginAtZero(families: Families, job: string): void {
  families.tasks.add([job, "run"], 0);
  families.trigger.add([job, "error"], 0);
  families.materialized.add([job, "success"], 0);
  families.materialized.add([job, "error"], 0);
  families.missed.add([job], 0);
  families.warn.add([job, "warning"], 0);
  families.warn.add([job, "error"], 0);
  families.deleted.add([job, "success"], 0);
  families.deleted.add([job, "error"], 0);
  families.deleteRetries.add([job], 0);
}
