// What callers may ask of the future: forecasts, and what will become of one backup; part of the composition root.

import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { LongWork } from "../../engine/context/long_work.ts";
import type { Engine } from "../../engine/engine.ts";
import { forecastView, type Present } from "../future/forecast_view.ts";
import { foresee } from "../future/foresight_view.ts";
import { presentOf } from "../future/present.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { ForecastView, ForesightView } from "../../ports/views.ts";

/** What they act through. */
export interface FutureOperationsParts {
  engine: Engine;
  store: RunStore;
  watch: ClockWatch;
  schedules: ScheduleCache;
  /** Does what takes long and only answers questions. */
  work: LongWork;
}

const MOST_FORESEEN = 200_000;

/** Builds them. */
export function futureOperations(parts: FutureOperationsParts): Pick<Operations, "forecast" | "foresight"> {
  const { engine, store, watch } = parts;

  /**
   * Undefined when the job has left the configuration. Rejects with `RangeError` when there are more backups than can be
   * played in the server's memory.
   */
  async function present(name: string): Promise<Present | undefined> {
    const [job, retention] = [engine.job(name), engine.retention(name)];
    if (job === undefined || retention === undefined) return undefined;
    const count = (await store.job(name))?.availableCount ?? 0;
    if (count > MOST_FORESEEN) {
      throw new RangeError(
        `Cannot foresee what becomes of job '${name}': it has ${count} backups: expected at most ${MOST_FORESEEN}`,
      );
    }
    return await presentOf(job, await retention.plan(), store, watch.read());
  }

  return {
    async forecast(name, request): Promise<ForecastView | undefined> {
      if (engine.job(name) === undefined) return undefined;
      return await parts.work.run(async () => {
        const now = await present(name);
        return now === undefined ? nothing() : forecastView(now, request, parts.schedules);
      });
    },

    async foresight(run): Promise<ForesightView | undefined> {
      if (engine.job(run.job) === undefined) return undefined;
      const seen = await parts.work.run(async () => {
        const now = await present(run.job);
        return now === undefined ? nothing() : foresee(now, run.runId, parts.schedules);
      });
      if (seen === undefined || seen === null) return undefined;
      const levels: ForesightView["levels"] = [];
      for (const { instead, ...level } of seen.levels) {
        const other = instead === null
          ? null
          : { id: (await store.run(instead))?.id ?? null, run_id: instead };
        levels.push({ ...level, instead: other });
      }
      return { ...seen, levels };
    },
  };
}

/** The work of what turns out to be none. */
// deno-lint-ignore require-yield
function* nothing(): Generator<void, undefined> {
  return undefined;
}
