// The metrics of the program: events become counters, the state of jobs and of the program becomes gauges.

import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { JobStats } from "../ports/store.ts";
import type { JobView } from "../ports/views.ts";
import { coverageGauges, type CoverageRow } from "./coverage_gauges.ts";
import { createEventCounters } from "./event_counters.ts";
import { gaugeText, labelText } from "./exposition.ts";
import { jobGauges, unmanagedGauge } from "./job_gauges.ts";
import { upkeepGauges, type UpkeepRow } from "./upkeep_gauges.ts";

/** What does not change while the program runs, and what is asked at each rendering. */
export interface MetricsOptions {
  version: { version: string; commit: string };
  /** UTC ms of the start. */
  startedAt: number;
  memory(): { rss: number; heapUsed: number };
}

/** Takes every event; renders the Prometheus text. */
export interface Metrics extends EventSink {
  /**
   * Sets the gauges of all jobs, and drops the series of jobs that are not among `views`; of jobs nobody manages only
   * that their backups exist is shown.
   * `intervals`: the longest time a job may rightly go without a success, in ms by job.
   * `coverages`: what the levels of a job ask for against what exists, as far as it is known.
   */
  setJobs(
    stats: readonly JobStats[],
    views: readonly JobView[],
    intervals?: ReadonlyMap<string, number>,
    coverages?: ReadonlyMap<string, CoverageRow>,
  ): void;
  /** Sets how the upkeep of the providers last went. */
  setUpkeep(rows: readonly UpkeepRow[]): void;
  /** Sets whether all deletions are frozen. */
  setFrozen(frozen: boolean): void;
  render(): Promise<string>;
}

/** Makes the metrics of one running program; nothing is shared between two. */
export function createMetrics(options: MetricsOptions): Metrics {
  const counters = createEventCounters();
  let isReloadGood = true;
  let reloadedAt = options.startedAt;
  let isFrozen = false;
  let upkeep: readonly UpkeepRow[] = [];
  let unmanaged = "";
  let jobs = {
    stats: [] as readonly JobStats[],
    views: [] as readonly JobView[],
    intervals: new Map() as ReadonlyMap<string, number>,
    coverages: new Map() as ReadonlyMap<string, CoverageRow>,
  };

  function emit(event: EngineEvent): void {
    counters.count(event);
    if (event.type === "config.reloaded") {
      isReloadGood = true;
      reloadedAt = event.at;
    } else if (event.type === "config.invalid") isReloadGood = false;
  }

  function setJobs(
    stats: readonly JobStats[],
    views: readonly JobView[],
    intervals: ReadonlyMap<string, number> = jobs.intervals,
    coverages: ReadonlyMap<string, CoverageRow> = jobs.coverages,
  ): void {
    const managed = views.filter((view) => view.managed);
    const before = new Set(jobs.views.map((view) => view.job));
    const names = new Set(managed.map((view) => view.job));
    jobs = { stats: stats.filter((row) => names.has(row.job)), views: managed, intervals, coverages };
    unmanaged = unmanagedGauge(views);
    counters.setJobs(names, [...names].filter((name) => !before.has(name)));
  }

  function programGauges(): string {
    const { rss, heapUsed } = options.memory();
    const { version, commit } = options.version;
    const gauge = (name: string, help: string, value: number, labels = "") =>
      gaugeText(name, help, (write) => write(labels, value));
    const build = labelText(["version", "commit"], [version, commit]);
    const reload = "schelly_config_last_reload";
    return [
      gauge("schelly_build_info", "Always 1; what is running.", 1, build),
      gauge(`${reload}_successful`, "1 when the last reload was valid.", isReloadGood ? 1 : 0),
      gauge(
        `${reload}_success_timestamp_seconds`,
        "When the configuration in force was read.",
        reloadedAt / 1000,
      ),
      gauge("schelly_frozen", "1 while all deletions are frozen.", isFrozen ? 1 : 0),
      gauge("process_start_time_seconds", "When the program started.", options.startedAt / 1000),
      gauge("process_resident_memory_bytes", "Memory the program holds.", rss),
      gauge("schelly_heap_used_bytes", "Memory of its objects.", heapUsed),
    ].join("");
  }

  function render(): Promise<string> {
    const out: string[] = [];
    counters.write(out);
    out.push(
      ...jobGauges(jobs.stats, jobs.views, jobs.intervals),
      ...coverageGauges(jobs.coverages),
      ...upkeepGauges(upkeep),
      unmanaged,
      programGauges(),
    );
    return Promise.resolve(out.join(""));
  }

  function setFrozen(frozen: boolean): void {
    isFrozen = frozen;
  }

  function setUpkeep(rows: readonly UpkeepRow[]): void {
    upkeep = rows;
  }

  return { emit, setJobs, setUpkeep, setFrozen, render };
}
