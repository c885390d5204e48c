// The days and instants that bound a job.

import { DAY } from "../../domain/duration.ts";
import { iso } from "../../domain/instant.ts";
import { parseSchedule } from "../../domain/schedule/schedule.ts";

/**
 * UTC ms of `2026-12-31T18:00:00Z`, or of a day: where the day begins (`start`) or where it is over (`end`) on the
 * clock of the zone. Undefined when the calendar has no such day.
 */
export function instantOf(text: string, timezone: string, edge: "start" | "end"): number | undefined {
  const date = text.slice(0, 10);
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || !iso(midnight).startsWith(date)) return undefined;
  if (text.length > 10) {
    const instant = Date.parse(text.replace(" ", "T").toUpperCase());
    return Number.isNaN(instant) ? undefined : instant;
  }
  const edgeDay = new Date(edge === "start" ? midnight : midnight + DAY);
  const pattern = `0 0 0 ${edgeDay.getUTCDate()} ${edgeDay.getUTCMonth() + 1} * ${edgeDay.getUTCFullYear()}`;
  // The rules of schedules say where a day begins whose midnight the clock leaps over or shows twice.
  const before = edgeDay.getTime() - 2 * DAY;
  const parsed = parseSchedule(pattern, timezone, before);
  return "error" in parsed ? undefined : parsed.schedule.next(before) ?? undefined;
}
