// What callers may ask of the future: forecasts, and what explains one backup; part of the composition root.

import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Run } from "../../domain/backup.ts";
import type { Job } from "../../domain/job.ts";
import { DAY } from "../../domain/duration.ts";
import { OverBudget, TooBusy } from "../../domain/errors.ts";
import { departures } from "../../domain/future/departures.ts";
import { iso } from "../../domain/instant.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import type { Candidate } from "../../domain/retention/election.ts";
import type { ShownElection } from "../../engine/retention/shown_election.ts";
import { RecentAnswers } from "../recent_answers.ts";
import { checkRange, courseOf, forecastView } from "../future/forecast_view.ts";
import { foresee, type Foreseen } from "../future/foresight_view.ts";
import { knowsEnough, presentFor, presentOf, whyTooMany } from "../future/present.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Caller, Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { ForesightView } from "../../ports/views/explain.ts";
import type { DeletionsView, DeparturesView } from "../../ports/views/departures.ts";
import type { ForecastView } from "../../ports/views/forecast.ts";
import type { RetentionView } from "../../ports/views/retention.ts";
import { electAnew, readShown, type RetentionOperationsParts, summaryOf, viewOf } from "./retention.ts";
import { type DecidedRow, rowViews } from "./retention_views.ts";

/** What they act through. */
export interface FutureOperationsParts extends RetentionOperationsParts {
  watch: ClockWatch;
  schedules: ScheduleCache;
  planned: { view(): Promise<DeletionsView> };
}

type FutureOperations = Pick<Operations, "forecast" | "departures" | "plannedDeletions" | "explain">;

/** So far ahead is looked where nobody says how far, and so many slots and passes: some hundredths of a second. */
const DEPARTURES_MS = 366 * DAY;
const DEPARTURES_STEPS = 1_000;
/** So many rows are read at once. */
const ROWS = 500;
/** Of so many backups it takes longer. */
const MANY = 2_000;
/** Of so many it takes so long that what was answered is told again while it holds. */
const VERY_MANY = 10_000;

/** Builds them. */
export function futureOperations(parts: FutureOperationsParts): FutureOperations {
  const { engine } = parts;
  const recent = new RecentAnswers<DeparturesView | undefined>(parts.clock);

  return {
    async forecast(name, request, by): Promise<ForecastView | undefined> {
      if (engine.job(name) === undefined) return undefined;
      return await parts.work.run(by.name, async () => {
        const now = await presentFor(parts, name);
        return now === undefined ? nothing() : forecastView(now, request, parts.schedules);
      });
    },

    async departures(name, until) {
      if (engine.job(name) === undefined) return undefined;
      const { availableCount = 0, revision = 0 } = await parts.store.job(name) ?? {};
      const what = `departures of ${name} until ${until}`;
      const look = () =>
        parts.work.look(
          what,
          () => departuresView(parts, name, until),
          availableCount > MANY ? "large" : "small",
        );
      const scheduler = engine.job(name);
      if (availableCount < VERY_MANY || scheduler === undefined) return await look();
      const { pausedAt, pausedUntil } = scheduler.state;
      const state = [revision, pausedAt, pausedUntil].join();
      return await recent.of(what, { declared: scheduler.job, state }, look);
    },

    plannedDeletions: () => parts.planned.view(),

    async explain(run, by) {
      const job = engine.job(run.job);
      if (job === undefined) return undefined;
      const take = (shown: ShownElection) => explained(parts, job, run, shown);
      let found = await readShown(parts, run.job, take);
      if (found?.candidates === null) {
        // What is said of now and of the time to come is to be of one election.
        const shown = await electAnew(parts, run.job);
        found = shown && await take(shown);
      }
      if (found === undefined) return undefined;
      const { retention, candidates } = found;
      if (!Array.isArray(candidates)) return { retention, foresight: candidates ?? undefined };
      const as = { job: found.declared, state: job.state };
      return { retention, foresight: await foresightOrWhyNot(parts, run, by, as, candidates) };
    },
  };
}

async function departuresView(
  parts: FutureOperationsParts,
  name: string,
  asked: number | null,
): Promise<DeparturesView | undefined> {
  const present = await presentFor(parts, name);
  if (present === undefined) return undefined;
  const until = asked ?? present.now + DEPARTURES_MS;
  checkRange({ until }, present.now);
  const course = { ...courseOf(present, { until }, parts.schedules), maxSteps: DEPARTURES_STEPS };
  const { going, passing, reached } = await drainInSlices(departures(course), parts.clock);
  const sizes = new Map<string, number | null>();
  for (let from = 0; from < going.length; from += ROWS) {
    const names = await parts.store.storedNames(going.slice(from, from + ROWS).map(({ runId }) => runId));
    for (const [runId, { sizeMb }] of names) sizes.set(runId, sizeMb);
  }
  return {
    job: name,
    timezone: present.job.timezone,
    from: iso(present.now),
    until: iso(until),
    reached: iso(reached),
    going: going.map(({ runId, periodTime, at }) => ({
      run_id: runId,
      period_time: iso(periodTime),
      at: iso(at),
      size_mb: sizes.get(runId) ?? null,
    })),
    passing,
  };
}

/** What is said of one backup now, and how that of its future begins. */
interface Explained {
  retention: RetentionView;
  declared: Job;
  /** Null where the election does not know enough; a text says why it is not to be known. */
  candidates: Candidate[] | string | null | undefined;
}

async function explained(
  parts: FutureOperationsParts,
  job: JobScheduler,
  run: Run,
  shown: ShownElection,
): Promise<Explained> {
  const { store, clock } = parts;
  const own = shown.one({ runId: run.runId, periodTime: periodTimeOf(run) });
  const rows: DecidedRow[] = own === undefined
    ? []
    : [{ ...own, decision: own.isVictim ? "remove" : "keep" }];
  const summary = await summaryOf(parts, job, shown);
  const retention = viewOf(summary, await rowViews(rows, shown.stored, store));
  const known = { retention, declared: shown.job };
  if (own === undefined) return { ...known, candidates: undefined };
  const tooMany = whyTooMany(run.job, shown.head.storedCount);
  if (tooMany !== undefined) return { ...known, candidates: tooMany };
  return { ...known, candidates: knowsEnough(shown) ? await drainInSlices(shown.candidates(), clock) : null };
}

async function foresightOrWhyNot(
  parts: FutureOperationsParts,
  run: Run,
  by: Caller,
  job: Pick<JobScheduler, "job" | "state">,
  candidates: readonly Candidate[],
): Promise<ForesightView | string | undefined> {
  try {
    const seen = await parts.work.run(
      by.name,
      async () =>
        foresee(
          await presentOf(job, candidates, parts.store, parts.watch.read()),
          run.runId,
          parts.schedules,
        ),
    );
    return seen === null ? undefined : await withIds(parts.store, seen);
  } catch (error) {
    const isLimit = error instanceof RangeError || error instanceof OverBudget || error instanceof TooBusy;
    if (isLimit) return error.message;
    throw error;
  }
}

/** The time that decides its periods; NaN where none is known to go by. */
function periodTimeOf({ periodTime, startTime, clockOff }: Run): number {
  return periodTime ?? (clockOff === null ? startTime : null) ?? NaN;
}

/** Names others by the provider's id. */
async function withIds(store: RunStore, seen: Foreseen): Promise<ForesightView> {
  const levels: ForesightView["levels"] = [];
  const named = async (runId: string) => ({ id: (await store.run(runId))?.id ?? null, run_id: runId });
  for (const { instead, proof, ...level } of seen.levels) {
    levels.push({
      ...level,
      instead: instead === null ? null : await named(instead),
      proof: proof === null ? null : { decides: proof.decides, ...await named(proof.other) },
    });
  }
  return { ...seen, levels };
}

/** The work of what turns out to be none. */
// deno-lint-ignore require-yield
function* nothing(): Generator<void, undefined> {
  return undefined;
}
