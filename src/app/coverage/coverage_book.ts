// Keeps the coverage of every job for metrics and lists; part of the composition root.
//
// Working it out takes milliseconds a job, so it is done neither at each scrape nor within a pass: what changes a job
// marks it, and one job after the other is worked out anew, on a twentieth of the time at most, and on far less while nobody
// looks.

import { BackgroundPace } from "../background_pace.ts";
import { type Coverage, coverage } from "../../domain/coverage/coverage.ts";
import { formatPolicy } from "../../domain/policy.ts";
import { type PromiseStanding, promiseStandings } from "../../domain/coverage/promise_standing.ts";
import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import { slotHistory } from "../../domain/schedule/slot_history.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { DAY } from "../../domain/duration.ts";
import { isLocked } from "../../domain/lock.ts";
import { isSuspect } from "../../domain/suspicion.ts";
import type { CopyPlace, Immutability } from "../../domain/promise.ts";
import { isSameJob, type Job } from "../../domain/job.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import { drainInSlices, inSlices } from "../../engine/context/slices.ts";
import { DueHeap, type HeapItem } from "../../engine/due_heap.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import type { RunStore } from "../../ports/store.ts";

/** The coverage of one job as last worked out. Times are UTC ms. */
export interface JobCoverage {
  job: string;
  at: number;
  /** Since when the job is known. */
  since: number;
  /** Canonical text. */
  policy: string;
  coverage: Coverage;
  promises: PromiseStanding[];
  /** What it was worked out for. */
  declared: Job;
  /** Of so many backups. */
  points: number;
}

interface CoverageBookParts {
  engine: Engine;
  store: RunStore;
  clock: Clock;
  watch: ClockWatch;
  schedules: ScheduleCache;
  sink: EventSink;
}

const NAP_MS = 5_000;
/** What a job does often is not followed more closely than this. */
const REST_MS = 60_000;
/** Time alone widens gaps and breaks promises. */
const STALE_MS = DAY;
const AFTER_FAILURE_MS = 60_000;
/** Of so many backups it takes long. */
const MANY = 10_000;
/** Longest that a list of all jobs waits for those that changed. */
const LIST_MS = 2_000;

/** Works out coverages, in the background and when asked. */
export class CoverageBook implements EventSink, AsyncDisposable {
  #kept = new Map<string, JobCoverage>();
  /** When a job was last worked out, and when it is to be again; by the monotonic clock. */
  #workedOutAt = new Map<string, number>();
  #dueAt = new Map<string, HeapItem<string>>();
  #due = new DueHeap<string>();
  /** The configuration was read anew: whose coverage that changes is to be found. */
  #isEdited = true;
  #stop = new AbortController();
  #working: Promise<void> = Promise.resolve();
  readonly #pace: BackgroundPace;

  constructor(private readonly parts: CoverageBookParts) {
    this.#pace = new BackgroundPace(parts.clock);
  }

  /** Begins to work in the background. */
  start(): void {
    // Ends by the abort alone: failures are told within.
    this.#working = this.#work(this.#stop.signal).catch(() => {});
  }

  /** Marks the job that an event tells of. */
  emit(event: EngineEvent): void {
    if (event.type === "config.reloaded") this.#isEdited = true;
    if (event.job !== undefined && /^(run|delete|job)\./.test(event.type) && event.type !== "run.polled") {
      this.#mark(event.job);
    }
  }

  /** What is known now, by job; of jobs in the configuration only. */
  kept(): ReadonlyMap<string, JobCoverage> {
    this.#pace.asked();
    for (const job of this.#kept.keys()) if (this.parts.engine.job(job) === undefined) this.#drop(job);
    return this.#kept;
  }

  /**
   * The coverage of one job as of now; undefined for a job that is not in the configuration. That of a large job may be of
   * up to a minute ago, where nothing happened to it since.
   */
  of(job: string): Promise<JobCoverage | undefined> {
    return this.#recent(job) ?? this.#workOut(job);
  }

  #recent(job: string): Promise<JobCoverage> | undefined {
    const known = this.#kept.get(job);
    const age = this.parts.clock.monotonic() - (this.#workedOutAt.get(job) ?? -Infinity);
    if (known === undefined || known.points < MANY || age >= REST_MS || this.#isMarked(job)) return undefined;
    return known.declared === this.parts.engine.job(job)?.job ? Promise.resolve(known) : undefined;
  }

  /**
   * Brings the kept coverages up to date as far as two seconds allow, and answers them; a job that was never worked
   * out is not among them.
   */
  async all(): Promise<ReadonlyMap<string, JobCoverage>> {
    const { engine, clock } = this.parts;
    const end = clock.monotonic() + LIST_MS;
    await this.#markEdited();
    const marked = engine.jobNames().filter((job) => this.#isMarked(job));
    // What is not known at all comes first.
    marked.sort((a, b) => Number(this.#kept.has(a)) - Number(this.#kept.has(b)));
    for (const job of marked) {
      if (clock.monotonic() >= end) break;
      await this.#workOut(job);
    }
    return this.kept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Schelly is stopping"));
    await this.#working;
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { clock, engine, sink } = this.parts;
    for (;;) {
      await clock.sleep(NAP_MS, signal);
      await this.#markEdited();
      const due: string[] = [];
      this.#due.until(clock.monotonic(), (job) => due.push(job));
      // A broken promise is told by the status, whenever somebody first asks for that.
      const isPromised = (name: string) => Number((engine.job(name)?.job.promises.length ?? 0) > 0);
      due.sort((a, b) => isPromised(b) - isPromised(a) || this.#dueAt.get(a)!.at - this.#dueAt.get(b)!.at);
      for (const job of due) {
        if (engine.job(job) === undefined) this.#drop(job);
        const began = clock.monotonic();
        try {
          await this.#workOut(job);
        } catch (error) {
          const message = `Cannot work out the coverage of job '${job}': ${(error as Error).message}`;
          sink.emit({ type: "job.error", level: "error", at: clock.now(), job, message });
          await clock.sleep(AFTER_FAILURE_MS, signal);
          break;
        }
        await clock.sleep(this.#pace.restAfter(began), signal);
      }
    }
  }

  async #workOut(name: string): Promise<JobCoverage | undefined> {
    const { engine, clock } = this.parts;
    const job = engine.job(name);
    if (job === undefined) return undefined;
    // Set first: what changes meanwhile marks it again.
    this.#workedOutAt.set(name, clock.monotonic());
    this.#plan(name, clock.monotonic() + STALE_MS);
    try {
      const found = await coverageOf(this.parts, job);
      this.#kept.set(name, found);
      return found;
    } catch (error) {
      this.#plan(name, clock.monotonic());
      throw error;
    }
  }

  #mark(job: string): void {
    const last = this.#workedOutAt.get(job) ?? -Infinity;
    const due = Math.max(this.parts.clock.monotonic(), last + REST_MS);
    this.#plan(job, Math.min(due, this.#dueAt.get(job)?.at ?? Infinity));
  }

  /** True when something happened since it was last worked out. */
  #isMarked(job: string): boolean {
    const last = this.#workedOutAt.get(job);
    return last === undefined || (this.#dueAt.get(job)?.at ?? -Infinity) < last + STALE_MS;
  }

  #plan(job: string, at: number): void {
    let item = this.#dueAt.get(job);
    if (item === undefined) this.#dueAt.set(job, item = { of: job, at: Infinity, index: -1 });
    this.#due.set(item, at);
  }

  /** Marks the jobs that are new, or are declared otherwise than when they were last worked out. */
  async #markEdited(): Promise<void> {
    if (!this.#isEdited) return;
    this.#isEdited = false;
    const { engine, clock } = this.parts;
    for await (const some of inSlices(engine.jobNames(), clock)) {
      for (const name of some) {
        const declared = engine.job(name)?.job;
        const known = this.#kept.get(name);
        if (declared === undefined) continue;
        if (known === undefined || !isSameJob(known.declared, declared)) this.#mark(name);
        // The former declaration need not stay in memory.
        else known.declared = declared;
      }
    }
  }

  #drop(job: string): void {
    this.#kept.delete(job);
    this.#workedOutAt.delete(job);
    this.#plan(job, Infinity);
    this.#dueAt.delete(job);
  }
}

async function coverageOf(parts: CoverageBookParts, scheduler: JobScheduler): Promise<JobCoverage> {
  const { engine, store, clock } = parts;
  const { job, state, running } = scheduler;
  const now = clock.now();
  const zone = zoneOf(job.timezone);
  const policy = job.retention;
  // Outside its dates a job has no slots to keep.
  const from = Math.max(state.knownSince, (job.from ?? -Infinity) - 1);
  const until = Math.min(now, state.cursor, (job.to ?? Infinity) - 1);
  const points = await store.restorePoints(job.name, job.providerKeys);
  // Of a job that has decided nothing yet no slot fell.
  const versions = until <= from ? [] : await versionsOf(parts, job.name);
  const slots = slotHistory(
    versions.map((version) => ({ ...version, since: Math.max(version.since, from) })),
    until,
    running?.slot ?? null,
  );
  const since = state.knownSince;
  const provedAt = engine.verifications.of(job.name)?.state.provedAt ?? null;
  const immutability = await immutabilityOf(parts, scheduler);
  const places = await placesOf(parts, scheduler);
  return {
    job: job.name,
    at: now,
    since,
    policy: formatPolicy(policy),
    declared: job,
    points: points.length,
    coverage: await drainInSlices(coverage({ slots, points, policy, zone, since, now }), clock),
    promises: await drainInSlices(
      promiseStandings({
        promises: job.promises,
        points,
        policy,
        zone,
        since,
        now,
        provedAt,
        immutability,
        places,
      }),
      clock,
    ),
  };
}

/** What its provider says of deletions, and the newest backup's lock; asked only where something is promised of that. */
async function immutabilityOf(
  { store, watch }: CoverageBookParts,
  { job, calls }: JobScheduler,
): Promise<Immutability | undefined> {
  if (!job.promises.some(({ immutableMs }) => immutableMs !== undefined)) return undefined;
  const newest = await store.newestBackup(job.name, job.providerKeys);
  const always = await calls.capabilities().then(({ immutable }) => immutable === true, () => false);
  if (newest === undefined) return { always, newest: null };
  const { startTime, createdAt, lockedUntil } = newest;
  const isOn = isLocked(newest, watch.read().ends);
  return { always, newest: { begunAt: startTime ?? createdAt, lockedUntil, isLocked: isOn } };
}

/** Where the job and those that copy it keep their backups, as far as one of its promises asks. */
async function placesOf({ engine, store }: CoverageBookParts, { job }: JobScheduler): Promise<CopyPlace[]> {
  if (!job.promises.some(({ copies }) => copies !== undefined)) return [];
  const others = new Set(job.promises.flatMap(({ copies }) => copies?.jobs ?? []));
  const all = [job, ...[...others].flatMap((name) => engine.job(name)?.job ?? [])];
  return await Promise.all(all.map(async ({ name, providerKey, providerKeys }) => {
    const newest = await store.newestBackup(name, providerKeys);
    const newestAt = newest === undefined ? null : newest.periodTime ?? newest.startTime;
    if (newest === undefined || !isSuspect(newest)) return { job: name, providerKey, newestAt };
    // A copy that may not be restored is none: that before it counts, if there is one.
    const sound = (await store.storedFacts([name])).get(name)?.stats.lastSuccessAt ?? null;
    return { job: name, providerKey, newestAt: sound };
  }));
}

/** Every schedule the job had that can still be read, oldest first. */
async function versionsOf({ store, schedules }: CoverageBookParts, job: string) {
  return (await store.scheduleVersions(job)).flatMap(({ since, schedule, timezone }) => {
    const parsed = schedules.parse(schedule, timezone);
    return "error" in parsed ? [] : [{ since, slots: parsed.schedule }];
  });
}
