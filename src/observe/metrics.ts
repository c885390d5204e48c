// The metrics of the program: events become counters, the state of jobs and of the program becomes gauges. Families of
// few series are shown by a library's registry; those with series for each job or provider are written here.

import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { Clock, ProcessUsage } from "../ports/host.ts";
import type { JobStats } from "../ports/job_facts.ts";
import type { JobView } from "../ports/views/job.ts";
import { coverageGauges, type CoverageRow } from "./coverage_gauges.ts";
import { createEventCounters } from "./event_counters.ts";
import type { FixedFamily } from "./fixed_families.ts";
import { jobGauges, leftoverGauge, unmanagedGauge } from "./job_gauges.ts";
import { programFamilies, type ProgramState } from "./program_families.ts";
import { upkeepGauges, type UpkeepRow } from "./upkeep_gauges.ts";

/** What does not change while the program runs, and what is asked at each rendering. */
export interface MetricsOptions {
  version: { version: string; commit: string };
  /** UTC ms of the start. */
  startedAt: number;
  usage(): Promise<ProcessUsage>;
  clock: Pick<Clock, "monotonic" | "yield">;
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
  const { version, startedAt, clock } = options;
  const counters = createEventCounters();
  const program: ProgramState = {
    isReloadGood: true,
    reloadedAt: startedAt,
    isFrozen: false,
    usage: undefined,
    lagMs: undefined,
  };
  const fixed: FixedFamily[] = [...counters.fixed, ...programFamilies(version, startedAt, program)];
  let registry: Promise<{ render(): Promise<string> }> | undefined;
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
      program.isReloadGood = true;
      program.reloadedAt = event.at;
    } else if (event.type === "config.invalid") program.isReloadGood = false;
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

  /** How long whoever is ready to run waits for its turn. */
  async function measureLag(): Promise<number> {
    const asked = clock.monotonic();
    await clock.yield();
    return clock.monotonic() - asked;
  }

  async function render(): Promise<string> {
    program.lagMs = await measureLag();
    program.usage = await options.usage();
    // Only now: the start of the program is not to wait for it.
    registry ??= import("./registry.ts").then(({ createRegistry }) => createRegistry(fixed));
    const out = [await (await registry).render()];
    counters.write(out);
    out.push(
      ...jobGauges(jobs.stats, jobs.views, jobs.intervals),
      leftoverGauge(jobs.stats),
      ...coverageGauges(jobs.coverages),
      ...upkeepGauges(upkeep),
      unmanaged,
    );
    return out.join("");
  }

  function setFrozen(frozen: boolean): void {
    program.isFrozen = frozen;
  }

  function setUpkeep(rows: readonly UpkeepRow[]): void {
    upkeep = rows;
  }

  return { emit, setJobs, setUpkeep, setFrozen, render };
}
