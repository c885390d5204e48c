// Which backups of a job on this server will be deleted soon; part of the composition root.

import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import { type Departures, departures } from "../../domain/future/departures.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import { courseOf, MOST_STANDING, MOST_STEPS } from "./forecast_view.ts";
import { presentFor, type PresentParts } from "./present.ts";

/** What they are foreseen with. */
export interface DeparturesParts extends PresentParts {
  schedules: ScheduleCache;
}

/**
 * Those within so many ms, in the budget of a forecast; null where that does not reach so far and is of no use in part, or
 * there are too many backups to play; undefined for a job that is not in the configuration. Slots and requests go on
 * meanwhile.
 */
export async function departuresOf(
  parts: DeparturesParts,
  name: string,
  aheadMs: number,
  inPart = false,
): Promise<Departures & { isWhole: boolean } | null | undefined> {
  let present;
  try {
    present = await presentFor(parts, name);
    if (present === undefined) return undefined;
    const until = present.now + aheadMs;
    const course = {
      ...courseOf(present, { until }, parts.schedules),
      maxSteps: MOST_STEPS,
      maxGrowth: MOST_STANDING,
    };
    const found = await drainInSlices(departures(course, true), parts.clock);
    const isWhole = found.reached >= until;
    return isWhole || inPart ? { ...found, isWhole } : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
