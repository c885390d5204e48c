// What callers may ask of the future: forecasts, and what explains one backup; part of the composition root.

import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Run } from "../../domain/backup.ts";
import { OverBudget, TooBusy } from "../../domain/errors.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { ElectionLook } from "../../engine/retention/election_look.ts";
import { forecastView, type Present } from "../future/forecast_view.ts";
import { foresee, type Foreseen } from "../future/foresight_view.ts";
import { presentOf } from "../future/present.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Caller, Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { ForesightView } from "../../ports/views/explain.ts";
import type { ForecastView } from "../../ports/views/forecast.ts";
import { readRetentionView, type RetentionOperationsParts } from "./retention.ts";

/** What they act through. */
export interface FutureOperationsParts extends RetentionOperationsParts {
  watch: ClockWatch;
  schedules: ScheduleCache;
}

const MOST_FORESEEN = 200_000;

/** Builds them. */
export function futureOperations(parts: FutureOperationsParts): Pick<Operations, "forecast" | "explain"> {
  const { engine, store } = parts;

  async function presentFor(name: string): Promise<Present | undefined> {
    const [job, retention] = [engine.job(name), engine.retention(name)];
    if (job === undefined || retention === undefined) return undefined;
    checkCount(name, (await store.job(name))?.availableCount ?? 0);
    return await presentOf(job, await retention.look(), store, parts.watch.read());
  }

  return {
    async forecast(name, request, by): Promise<ForecastView | undefined> {
      if (engine.job(name) === undefined) return undefined;
      return await parts.work.run(by.name, async () => {
        const now = await presentFor(name);
        return now === undefined ? nothing() : forecastView(now, request, parts.schedules);
      });
    },

    async explain(run, by) {
      const [job, retention] = [engine.job(run.job), engine.retention(run.job)];
      if (job === undefined || retention === undefined) return undefined;
      const look = await parts.work.look(`election of ${run.job}`, () => retention.look());
      if (engine.job(run.job) === undefined) return undefined;
      const view = await readRetentionView(parts, run.job, look);
      return { retention: view, foresight: await foresightOrWhyNot(parts, run, by, job, look) };
    },
  };
}

async function foresightOrWhyNot(
  parts: FutureOperationsParts,
  run: Run,
  by: Caller,
  job: JobScheduler,
  look: ElectionLook,
): Promise<ForesightView | string | undefined> {
  try {
    checkCount(run.job, look.snapshot.storedCount);
    const seen = await parts.work.run(
      by.name,
      async () =>
        foresee(await presentOf(job, look, parts.store, parts.watch.read()), run.runId, parts.schedules),
    );
    return seen === null ? undefined : await withIds(parts.store, seen);
  } catch (error) {
    const isLimit = error instanceof RangeError || error instanceof OverBudget || error instanceof TooBusy;
    if (isLimit) return error.message;
    throw error;
  }
}

/** Throws `RangeError` when there are more backups than can be played in the server's memory. */
function checkCount(job: string, count: number): void {
  if (count <= MOST_FORESEEN) return;
  throw new RangeError(
    `Cannot foresee what becomes of job '${job}': it has ${count} backups: expected at most ${MOST_FORESEEN}`,
  );
}

/** Names by the provider's id what stands in a backup's place. */
async function withIds(store: RunStore, seen: Foreseen): Promise<ForesightView> {
  const levels: ForesightView["levels"] = [];
  for (const { instead, ...level } of seen.levels) {
    const other = instead === null ? null : { id: (await store.run(instead))?.id ?? null, run_id: instead };
    levels.push({ ...level, instead: other });
  }
  return { ...seen, levels };
}

/** The work of what turns out to be none. */
// deno-lint-ignore require-yield
function* nothing(): Generator<void, undefined> {
  return undefined;
}
