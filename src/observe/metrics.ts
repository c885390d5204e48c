// The metrics of the program: events become counters, the state of jobs and of the program becomes gauges. Families of
// few series are shown by a library's registry; those with series for each job or provider are written here.

import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { Clock, ProcessUsage } from "../ports/host.ts";
import { contactGauges, type ContactRow } from "./contact_gauges.ts";
import { createEventCounters } from "./event_counters.ts";
import { BoundedJobs } from "./bounded_jobs.ts";
import { gaugeText, headerOf, linesOf, type RowGauge } from "./exposition.ts";
import type { FixedFamily } from "./fixed_families.ts";
import { ALL_JOB_GAUGES, type JobRow, labelled } from "./job_gauges.ts";
import { backlogGauges, type BacklogRow } from "./notify_gauges.ts";
import { programFamilies, type ProgramState, type Stops } from "./program_families.ts";
import { figuresGauges, type FiguresRow } from "./figures_gauges.ts";
import { snapshotGauges, type SnapshotsRow } from "./snapshot_gauges.ts";
import { upkeepGauges, type UpkeepRow } from "./upkeep_gauges.ts";

/** What does not change while the program runs, and what is asked at each rendering. */
export interface MetricsOptions {
  version: { version: string; commit: string };
  /** UTC ms of the start. */
  startedAt: number;
  usage(): Promise<ProcessUsage>;
  /** How many log lines nobody read in time. */
  logDropped(): number;
  clock: Pick<Clock, "monotonic" | "yield">;
}

/** The jobs as a scrape shows them. */
export interface JobsShown {
  /** Those of the configuration: the series of all others go. */
  names: readonly string[];
  /** Some jobs at a time; of those nobody manages only that their backups exist is shown. */
  rows: AsyncIterable<readonly JobRow[]> | Iterable<readonly JobRow[]>;
  /** So many have series of their own, those that do worst; Infinity: all. */
  most: number;
}

/** Takes every event; renders the Prometheus text. */
export interface Metrics extends EventSink {
  /** Sets how the upkeep of the providers last went, and how large their storages are. */
  setUpkeep(rows: readonly UpkeepRow[], figures: readonly FiguresRow[]): void;
  /** Sets what the calls of the providers told. */
  setContacts(rows: readonly ContactRow[]): void;
  /** Sets what waits for each channel. */
  setBacklog(rows: readonly BacklogRow[]): void;
  /** Sets how the copies of the state do; undefined: none are wanted. */
  setSnapshots(row: SnapshotsRow | undefined): void;
  /** Sets what stops all deletions. */
  setStops(stops: Stops): void;
  /** Sets whether this instance schedules; until then it does. */
  setActive(isActive: boolean): void;
  /**
   * The text in pieces. All jobs are read before the first piece; other work runs between two slices, so that what
   * happens meanwhile may show in some lines already.
   */
  render(jobs: JobsShown): AsyncGenerator<string, void>;
}

/** Longest stretch of work without letting other work run (ms). */
const STRETCH_MS = 8;

/** Makes the metrics of one running program; nothing is shared between two. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { version, startedAt, clock } = options;
  const counters = createEventCounters();
  const program: ProgramState = {
    isActive: true,
    isReloadGood: true,
    reloadedAt: startedAt,
    isFrozen: false,
    isClockInDoubt: false,
    usage: undefined,
    lagMs: undefined,
  };
  let backlog: readonly BacklogRow[] = [];
  let snapshots: SnapshotsRow | undefined;
  const fixed: FixedFamily[] = [
    ...counters.fixed,
    ...programFamilies(version, startedAt, program, options.logDropped),
    ...backlogGauges(() => backlog),
    ...snapshotGauges(() => snapshots),
  ];
  let registry: Promise<{ render(): Promise<string> }> | undefined;
  let upkeep: readonly UpkeepRow[] = [];
  let figures: readonly FiguresRow[] = [];
  let contacts: readonly ContactRow[] = [];
  let known: ReadonlySet<string> = new Set();

  function emit(event: EngineEvent): void {
    counters.count(event);
    if (event.type === "config.reloaded") {
      program.isReloadGood = true;
      program.reloadedAt = event.at;
    } else if (event.type === "config.invalid") program.isReloadGood = false;
  }

  /** What counters know of jobs follows the configuration. */
  async function setNames(names: readonly string[], turn: () => Promise<void> | undefined): Promise<void> {
    if (names.length === known.size && names.every((name) => known.has(name))) return;
    const added = names.filter((name) => !known.has(name));
    known = new Set(names);
    for (const _ of counters.setJobs(known, added)) await turn();
  }

  async function* render({ names, rows, most }: JobsShown): AsyncGenerator<string, void> {
    program.lagMs = await measureLag(clock);
    program.usage = await options.usage();
    const turn = turnsOf(clock);
    const { gauges, states, unwell, shown } = await readJobs(rows, most, turn);
    await setNames(names, turn);
    // Only now: the start of the program is not to wait for it.
    registry ??= import("./registry.ts").then(({ createRegistry }) => createRegistry(fixed));
    yield await (await registry).render();
    for (const piece of counters.pieces(shown)) {
      if (piece !== "") yield piece;
      await turn();
    }
    yield gaugeText(JOBS_GAUGE, [states]) + gaugeText(UNWELL_GAUGE, [unwell]);
    for (const { gauge, pieces } of gauges) {
      if (gauge.ofUnmanaged) {
        yield [...upkeepGauges(upkeep), ...figuresGauges(figures), ...contactGauges(contacts)].join("");
      }
      for (const piece of pieces) {
        yield piece;
        await turn();
      }
    }
  }

  return {
    emit,
    setUpkeep: (rows, storages) => void ([upkeep, figures] = [rows, storages]),
    setContacts: (rows) => void (contacts = rows),
    setBacklog: (rows) => void (backlog = rows),
    setSnapshots: (row) => void (snapshots = row),
    setStops: (stops) => void Object.assign(program, stops),
    setActive: (isActive) => void (program.isActive = isActive),
    render,
  };
}

/** What a scrape has read of the jobs. */
interface ReadJobs {
  gauges: { gauge: (typeof ALL_JOB_GAUGES)[number]; pieces: string[] }[];
  /** How many do how. */
  states: ReadonlyMap<string, number>;
  /** Of these, how many somebody has to look at. */
  unwell: ReadonlyMap<string, number>;
  /** Those that have series of their own; undefined for all. */
  shown: ReadonlySet<string> | undefined;
}

async function readJobs(
  rows: JobsShown["rows"],
  most: number,
  turn: () => Promise<void> | undefined,
): Promise<ReadJobs> {
  const gauges = ALL_JOB_GAUGES.map((gauge) => ({ gauge, pieces: [] as string[] }));
  const put = (pieces: string[], gauge: ReadJobs["gauges"][number]["gauge"], lines: string) => {
    if (lines !== "") pieces.push(pieces.length === 0 ? headerOf(gauge) + lines : lines);
  };
  const bounded = most === Infinity ? undefined : new BoundedJobs(most);
  const [states, unwell] = [new Map<string, number>(), new Map<string, number>()];
  const count = (counts: Map<string, number>, state: string) =>
    counts.set(state, (counts.get(state) ?? 0) + 1);
  for await (const some of rows) {
    for (const { view: { health: { state, well } } } of some) {
      count(states, state);
      if (!well) count(unwell, state);
    }
    const all = some.map(labelled);
    bounded?.add(all);
    const managed = all.filter(({ view }) => view.managed);
    const shown = all.filter(({ view }) => view.managed || !view.health.well);
    for (const { gauge, pieces } of bounded === undefined ? gauges : []) {
      put(pieces, gauge, linesOf(gauge, gauge.ofUnmanaged ? all : gauge.ofDoubts ? shown : managed));
    }
    await turn();
  }
  if (bounded === undefined) return { gauges, states, unwell, shown: undefined };
  for (const { gauge, pieces } of gauges) put(pieces, gauge, bounded.linesOf(gauge));
  return { gauges, states, unwell, shown: new Set(bounded.worst.map(({ view }) => view.job)) };
}

/** All jobs together: they are there however few have series of their own. */
const JOBS_GAUGE = countGauge("schelly_jobs", "How many jobs do how, by the word that says so.");
const UNWELL_GAUGE = countGauge(
  "schelly_jobs_unwell",
  "How many of them somebody has to look at; one whose first backup is not due yet is not among them.",
);

function countGauge(name: string, help: string): RowGauge<ReadonlyMap<string, number>> {
  return {
    name,
    help,
    each: (states, write) => states.forEach((count, state) => write(`state="${state}"`, count)),
  };
}

type Turning = MetricsOptions["clock"];

/** How long whoever is ready to run waits for its turn. */
async function measureLag(clock: Turning): Promise<number> {
  const asked = clock.monotonic();
  await clock.yield();
  return clock.monotonic() - asked;
}

/** Lets other work run whenever a stretch is used up; asked often. */
function turnsOf(clock: Turning): () => Promise<void> | undefined {
  let began = clock.monotonic();
  return () => {
    if (clock.monotonic() - began < STRETCH_MS) return undefined;
    return clock.yield().then(() => void (began = clock.monotonic()));
  };
}
