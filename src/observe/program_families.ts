// The program itself as families of one series: what is running, its last reload, and what it takes of the machine.
// Picked by hand: of the library's default set, memory reads 0 under Deno and no delay of the event loop is ever seen,
// and processor time begins with the first scrape.

import type { ProcessUsage } from "../ports/host.ts";
import { type FixedFamily, fixedReading } from "./fixed_families.ts";

/** What stops the deletions of all jobs. */
export interface Stops {
  isFrozen: boolean;
  isClockInDoubt: boolean;
}

/** What is shown of the program, kept up to date by whoever learns of it. */
export interface ProgramState extends Stops {
  /** False: it waits for another instance. */
  isActive: boolean;
  isReloadGood: boolean;
  /** UTC ms. */
  reloadedAt: number;
  /** As of the scrape; undefined before the first one. */
  usage: ProcessUsage | undefined;
  lagMs: number | undefined;
}

/** The families; each is read from `state` when it is shown, and one whose value is not known has no series. */
export function programFamilies(
  version: { version: string; commit: string },
  startedAt: number,
  state: ProgramState,
  logDropped: () => number,
): FixedFamily[] {
  const gauge = (
    name: string,
    help: string,
    read: () => number | undefined,
    labels?: Record<string, string>,
  ) => fixedReading("gauge", name, help, read, labels);
  const cpu = (name: string, help: string, read: (cpu: ProcessUsage["cpu"]) => number) =>
    fixedReading("counter", `process_cpu_${name}`, help, () => state.usage && read(state.usage.cpu));
  const { version: name, commit } = version;
  const reload = "schelly_config_last_reload";
  return [
    gauge("schelly_build_info", "Always 1; what is running.", () => 1, { version: name, commit }),
    gauge(
      `${reload}_successful`,
      "1 when the last reload was valid.",
      () => state.isReloadGood ? 1 : 0,
    ),
    gauge(
      `${reload}_success_timestamp_seconds`,
      "When the configuration in force was read.",
      () => state.reloadedAt / 1000,
    ),
    gauge(
      "schelly_active",
      "1 when this instance schedules, 0 while it is on standby.",
      () => state.isActive ? 1 : 0,
    ),
    gauge("schelly_frozen", "1 while all deletions are frozen.", () => state.isFrozen ? 1 : 0),
    gauge(
      "schelly_clock_in_doubt",
      "1 while the clock is in doubt: nothing is deleted, and nothing timed ends.",
      () => state.isClockInDoubt ? 1 : 0,
    ),
    fixedReading(
      "counter",
      "schelly_log_dropped_total",
      "Log lines that were dropped, since nobody read standard error.",
      logDropped,
    ),
    gauge("process_start_time_seconds", "When the program started.", () => startedAt / 1000),
    cpu("seconds_total", "Time of processors spent.", ({ user, system }) => user + system),
    cpu("user_seconds_total", "Time of processors spent in its own code.", ({ user }) => user),
    cpu("system_seconds_total", "Time of processors spent in the system's.", ({ system }) => system),
    gauge("process_resident_memory_bytes", "Memory the program holds.", () => state.usage?.rss),
    gauge(
      "process_virtual_memory_bytes",
      "Addresses the program has reserved, read once a minute.",
      () => state.usage?.virtual,
    ),
    gauge("schelly_heap_used_bytes", "Memory of its objects.", () => state.usage?.heapUsed),
    gauge("process_open_fds", "Files and connections it has open.", () => state.usage?.openFiles),
    gauge("process_max_fds", "How many of them it may have open.", () => state.usage?.maxFiles),
    gauge(
      "nodejs_eventloop_lag_seconds",
      "How long what was ready to run waited for its turn, at this scrape.",
      () => state.lagMs === undefined ? undefined : state.lagMs / 1000,
    ),
  ];
}
