// The state of each job as gauges, written straight from rows: what a restart does not reset.

import { isProofDamage } from "../domain/verification/verification.ts";
import type { JobStats } from "../ports/job_facts.ts";
import type { JobView } from "../ports/views/job.ts";
import { COVERAGE_GAUGES, type CoverageRow } from "./coverage_gauges.ts";
import { labelText, type RowGauge, type WriteValue } from "./exposition.ts";

/** What is shown of a job. */
export interface JobRow {
  view: JobView;
  /** Null where the store counts nothing of it. */
  stats: JobStats | null;
  /** The longest time it may rightly go without a success, in ms; null where there is none. */
  intervalMs: number | null;
  /** What its levels ask for against what exists; null while that is not known. */
  coverage: CoverageRow | null;
  /** How many of its backups go within a day, as foreseen; null while that is not known. */
  planned: number | null;
}

/** A job with its name as a finished label. */
export interface LabelledRow extends JobRow {
  labels: string;
}

/** Makes them. */
export function labelled(row: JobRow): LabelledRow {
  return { ...row, labels: labelText(["job"], [row.view.job]) };
}

type Gauge = RowGauge<LabelledRow>;

/** One that says something when the values of all jobs are added up. */
const summed = (gauge: Gauge): Gauge => ({ ...gauge, sums: true });

const ofStats = (name: string, help: string, value: (stats: JobStats) => number | null): Gauge => ({
  name,
  help,
  each: ({ labels, stats }, write) => stats === null ? undefined : write(labels, value(stats)),
});

const ofView = (name: string, help: string, value: (view: JobView) => number | null): Gauge => ({
  name,
  help,
  each: ({ labels, view }, write) => write(labels, value(view)),
});

const ofCounts = (
  name: string,
  help: string,
  label: string,
  of: (stats: JobStats) => Partial<Record<string, number>>,
): Gauge => ({
  name,
  help,
  each({ labels, stats }, write) {
    if (stats === null) return;
    const counts = of(stats);
    for (const key in counts) write(`${labels},${label}="${key}"`, counts[key] ?? 0);
  },
});

/** Every gauge of jobs that are in the configuration; a value that is not known has no series. */
const JOB_GAUGES: readonly Gauge[] = [
  ofStats(
    "schelly_backup_last_size_mbytes",
    "Size of the newest available backup in megabytes.",
    (stats) => stats.lastSizeMb,
  ),
  ofStats(
    "schelly_backup_last_time_seconds",
    "How long the newest available backup took.",
    (stats) => seconds(stats.lastDurationMs),
  ),
  summed(ofStats(
    "schelly_backups_size_mbytes",
    "Size of all available backups in megabytes.",
    (stats) => stats.totalSizeMb,
  )),
  ofStats(
    "schelly_job_last_success_timestamp_seconds",
    "When the newest available backup ended.",
    (stats) => seconds(stats.lastSuccessAt),
  ),
  ofStats(
    "schelly_job_last_failure_timestamp_seconds",
    "When a run last failed, was lost or was cancelled.",
    (stats) => seconds(stats.lastFailureAt),
  ),
  {
    name: "schelly_job_expected_interval_seconds",
    help: "The longest time the schedule leaves between two backups, jitter included.",
    each: ({ labels, intervalMs }, write) => write(labels, seconds(intervalMs)),
  },
  ofView(
    "schelly_job_next_slot_timestamp_seconds",
    "When the next backup is due.",
    (view) => view.next_slot === null ? null : Date.parse(view.next_slot) / 1000,
  ),
  {
    name: "schelly_job_health",
    help:
      "1 for the one word that says how the job does, as in GET /jobs; of jobs that left only where somebody has to look.",
    ofDoubts: true,
    each: ({ labels, view }, write) => write(`${labels},state="${view.health.state}"`, 1),
  },
  ofView("schelly_job_enabled", "1 when the job is enabled.", (view) => view.enabled ? 1 : 0),
  ofView("schelly_job_running", "1 while a run is under way.", (view) => view.running === null ? 0 : 1),
  ofView("schelly_job_paused", "1 while the job is paused.", (view) => view.paused ? 1 : 0),
  summed(ofView(
    "schelly_job_suspects",
    "Backups that are implausibly small and wait to be accepted or rejected.",
    (view) => view.suspects,
  )),
  summed(ofView(
    "schelly_job_missing",
    "Backups that are not at their provider any more, found out since the last approval.",
    (view) => view.missing,
  )),
  ofView(
    "schelly_job_last_verified_timestamp_seconds",
    "When a backup of the job was last proved restorable.",
    ({ verification }) => verification?.proved_at ? Date.parse(verification.proved_at) / 1000 : null,
  ),
  ofView(
    "schelly_job_verification_failed",
    "1 while a backup of the job stands as one that cannot be restored, and stops its deletions.",
    ({ verification, guards }) =>
      guards.some(({ message }) => isProofDamage(message)) ? 1 : verification ? 0 : null,
  ),
  ofView(
    "schelly_job_restore_seconds",
    "How long the last measured restore of a verification took.",
    ({ verification }) => verification?.restore?.seconds ?? null,
  ),
  ofView(
    "schelly_job_restore_median_seconds",
    "The median of up to ten measured restores before that one, where there are three.",
    ({ verification }) => verification?.restore?.median_seconds ?? null,
  ),
  ofView(
    "schelly_job_restore_bytes",
    "What that restored.",
    ({ verification }) => verification?.restore?.bytes ?? null,
  ),
  summed(ofView("schelly_backups_held", "Backups that are held: nothing deletes them.", (view) => view.held)),
  summed({
    name: "schelly_deletions_planned",
    help: "Backups of now that retention will delete within a day, as foreseen.",
    each: ({ labels, planned }, write) => write(labels, planned),
  }),
  summed(ofView(
    "schelly_deletions_open",
    "Deletions that were sent and find no way: a lock, a refusal, a provider that does not answer.",
    ({ open_deletions }) => open_deletions?.count ?? null,
  )),
  ofView(
    "schelly_deletions_open_since_timestamp_seconds",
    "When the first of them was sent first.",
    ({ open_deletions }) => open_deletions === null ? null : Date.parse(open_deletions.since) / 1000,
  ),
  {
    name: "schelly_job_guarded",
    help: "1 for each guard that stops the deletions of the job.",
    each: ({ view }, write) => writeGuards(view, write),
  },
  summed(
    ofCounts(
      "schelly_runs",
      "Rows in the state store, by exact status.",
      "status",
      (stats) => stats.byStatus,
    ),
  ),
  summed(ofCounts(
    "schelly_backups_stored",
    "Available backups that represent a level.",
    "tag",
    (stats) => stats.byTag,
  )),
  summed(ofStats(
    "schelly_runs_leftover",
    "Failed and cancelled runs that may have left data at their provider.",
    (stats) => stats.leftovers,
  )),
  ...COVERAGE_GAUGES,
];

/** Backups nobody manages, by job and provider; of jobs out of the configuration too. */
const UNMANAGED_GAUGE: Gauge = {
  name: "schelly_backups_unmanaged",
  sums: true,
  ofUnmanaged: true,
  help: "Available backups of jobs, or at providers, that are not in the configuration any more.",
  each({ view: { job, unmanaged } }, write) {
    for (const { provider, available } of unmanaged) {
      write(labelText(["job", "provider"], [job, provider]), available);
    }
  },
};

/** Every gauge of jobs, in the order in which they are shown. */
export const ALL_JOB_GAUGES: readonly Gauge[] = [...JOB_GAUGES, UNMANAGED_GAUGE];

/** Those of which the sum of all jobs says something. */
export const SUMMED_GAUGES: readonly Gauge[] = ALL_JOB_GAUGES.filter(({ sums }) => sums);

function writeGuards({ job, guards }: JobView, write: WriteValue): void {
  if (guards.length === 0) return;
  const names = new Set(guards.map((guard) => guard.guard));
  for (const name of names) write(labelText(["job", "guard"], [job, name]), 1);
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
