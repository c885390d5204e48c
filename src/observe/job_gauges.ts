// The state of each job as gauges, written straight from rows: what a restart does not reset.

import type { JobStats } from "../ports/job_facts.ts";
import type { JobView } from "../ports/views/job.ts";
import { gaugeText, labelText } from "./exposition.ts";

/** The text of every gauge of the given jobs; a value that is not known has no series. */
export function jobGauges(
  stats: readonly JobStats[],
  views: readonly JobView[],
  intervals: ReadonlyMap<string, number>,
): string[] {
  const statLabels = stats.map((row) => labelText(["job"], [row.job]));
  const viewLabels = views.map((view) => labelText(["job"], [view.job]));
  const ofStats = (name: string, help: string, value: (row: JobStats) => number | null) =>
    gaugeText(name, help, (write) => stats.forEach((row, i) => write(statLabels[i]!, value(row))));
  const ofViews = (name: string, help: string, value: (view: JobView) => number | null) =>
    gaugeText(name, help, (write) => views.forEach((view, i) => write(viewLabels[i]!, value(view))));
  const counts = (
    name: string,
    help: string,
    label: string,
    of: (row: JobStats) => Partial<Record<string, number>>,
  ) =>
    gaugeText(name, help, (write) =>
      stats.forEach((row, i) => {
        for (const [key, count] of Object.entries(of(row))) {
          write(`${statLabels[i]},${label}="${key}"`, count ?? 0);
        }
      }));
  return [
    ofStats(
      "schelly_backup_last_size_mbytes",
      "Size of the newest available backup in megabytes.",
      (row) => row.lastSizeMb,
    ),
    ofStats(
      "schelly_backup_last_time_seconds",
      "How long the newest available backup took.",
      (row) => seconds(row.lastDurationMs),
    ),
    ofStats(
      "schelly_backups_size_mbytes",
      "Size of all available backups in megabytes.",
      (row) => row.totalSizeMb,
    ),
    ofStats(
      "schelly_job_last_success_timestamp_seconds",
      "When the newest available backup ended.",
      (row) => seconds(row.lastSuccessAt),
    ),
    ofStats(
      "schelly_job_last_failure_timestamp_seconds",
      "When a run last failed, was lost or was cancelled.",
      (row) => seconds(row.lastFailureAt),
    ),
    ofViews(
      "schelly_job_expected_interval_seconds",
      "The longest time the schedule leaves between two backups, jitter included.",
      (view) => seconds(intervals.get(view.job) ?? null),
    ),
    ofViews(
      "schelly_job_next_slot_timestamp_seconds",
      "When the next backup is due.",
      (view) => view.next_slot === null ? null : Date.parse(view.next_slot) / 1000,
    ),
    ofViews("schelly_job_enabled", "1 when the job is enabled.", (view) => view.enabled ? 1 : 0),
    ofViews("schelly_job_running", "1 while a run is under way.", (view) => view.running === null ? 0 : 1),
    ofViews("schelly_job_paused", "1 while the job is paused.", (view) => view.paused ? 1 : 0),
    ofViews(
      "schelly_job_suspects",
      "Backups that are implausibly small and wait to be accepted or rejected.",
      (view) => view.suspects,
    ),
    ofViews(
      "schelly_job_missing",
      "Backups that are not at their provider any more, found out since the last approval.",
      (view) => view.missing,
    ),
    ofViews("schelly_backups_held", "Backups that are held: nothing deletes them.", (view) => view.held),
    ...deletionGauges(views),
    guardedGauge(views),
    counts("schelly_runs", "Rows in the state store, by exact status.", "status", (row) => row.byStatus),
    counts("schelly_backups_stored", "Available backups that represent a level.", "tag", (row) => row.byTag),
  ];
}

function guardedGauge(views: readonly JobView[]): string {
  const help = "1 for each guard that stops the deletions of the job.";
  return gaugeText("schelly_job_guarded", help, (write) => {
    for (const view of views) {
      const names = new Set(view.guards.map((guard) => guard.guard));
      for (const name of names) write(labelText(["job", "guard"], [view.job, name]), 1);
    }
  });
}

/** The text of the gauges of deletions that find no way. */
function deletionGauges(views: readonly JobView[]): string[] {
  const open = views.flatMap(({ job, open_deletions }) => open_deletions ? [{ job, ...open_deletions }] : []);
  const gauge = (name: string, help: string, value: (one: typeof open[number]) => number) =>
    gaugeText(name, help, (write) => {
      for (const one of open) write(labelText(["job"], [one.job]), value(one));
    });
  return [
    gauge(
      "schelly_deletions_open",
      "Deletions that were sent and find no way: a lock, a refusal, a provider that does not answer.",
      ({ count }) => count,
    ),
    gauge(
      "schelly_deletions_open_since_timestamp_seconds",
      "When the first of them was sent first.",
      ({ since }) => Date.parse(since) / 1000,
    ),
  ];
}

/** The text of the gauge of backups nobody manages, by job and provider; jobs out of the configuration are in it. */
export function unmanagedGauge(views: readonly JobView[]): string {
  const help = "Available backups of jobs, or at providers, that are not in the configuration any more.";
  return gaugeText("schelly_backups_unmanaged", help, (write) => {
    for (const { job, unmanaged } of views) {
      for (const { provider, available } of unmanaged) {
        write(labelText(["job", "provider"], [job, provider]), available);
      }
    }
  });
}

/** The text of the gauge of what failed runs left, by job. */
export function leftoverGauge(stats: readonly JobStats[]): string {
  const help = "Failed and cancelled runs that may have left data at their provider.";
  return gaugeText("schelly_runs_leftover", help, (write) => {
    for (const { job, leftovers } of stats) write(labelText(["job"], [job]), leftovers);
  });
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
