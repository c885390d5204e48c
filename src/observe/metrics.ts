// The metrics of the program: events become counters, the state of jobs and of the program becomes gauges.

import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { JobStats } from "../ports/store.ts";
import type { JobView } from "../ports/views.ts";
import { createEventCounters } from "./event_counters.ts";
import { gaugeText, labelText } from "./exposition.ts";
import { jobGauges } from "./job_gauges.ts";

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
   * Sets the gauges of all jobs, and drops the series of jobs that are not among `views`.
   * `intervals`: the longest time a job may rightly go without a success, in ms by job.
   */
  setJobs(
    stats: readonly JobStats[],
    views: readonly JobView[],
    intervals?: ReadonlyMap<string, number>,
  ): void;
  render(): Promise<string>;
}

/** Makes the metrics of one running program; nothing is shared between two. */
export function createMetrics(options: MetricsOptions): Metrics {
  const counters = createEventCounters();
  let isReloadGood = true;
  let reloadedAt = options.startedAt;
  let jobs = {
    stats: [] as readonly JobStats[],
    views: [] as readonly JobView[],
    intervals: new Map() as ReadonlyMap<string, number>,
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
  ): void {
    const before = new Set(jobs.views.map((view) => view.job));
    const names = new Set(views.map((view) => view.job));
    jobs = { stats: stats.filter((row) => names.has(row.job)), views, intervals };
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
      gauge("process_start_time_seconds", "When the program started.", options.startedAt / 1000),
      gauge("process_resident_memory_bytes", "Memory the program holds.", rss),
      gauge("schelly_heap_used_bytes", "Memory of its objects.", heapUsed),
    ].join("");
  }

  function render(): Promise<string> {
    const out: string[] = [];
    counters.write(out);
    out.push(...jobGauges(jobs.stats, jobs.views, jobs.intervals), programGauges());
    return Promise.resolve(out.join(""));
  }

  return { emit, setJobs, render };
}
