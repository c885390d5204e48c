// What became of a job on each day, added up: what a strip of days shows. A day is one of UTC, whatever the job's zone: it
// has 24 hours, and no run changes its day when the clocks change or somebody edits the zone.

import { DAY } from "./duration.ts";

/** Days of this age are forgotten, as the failed runs of then are. */
export const DAYS_KEPT = 365;

/** A run counts on the day of its slot, or else of its start; a deletion on the day on which it was first sent. */
export interface JobDay {
  /** Its first instant (UTC ms). */
  day: number;
  /** Runs that made what can be restored, also where that is deleted by now. */
  succeeded: number;
  /** Runs whose backup is too small to count, or was rejected. */
  suspect: number;
  /** Runs that failed or were lost, and are not tried again. */
  failed: number;
  cancelled: number;
  /** Slots that found the program away, the run before not over, or their start too late. */
  missed: number;
  /** Slots that nobody wanted: paused, disabled, outside its dates, not in the configuration. */
  skipped: number;
  /** Backups deleted on that day, of whatever day they were. */
  deleted: number;
  /** Of what `succeeded` counts together; sizes that no provider told are 0, as in all sums here. */
  bytes: number;
  /** How much room its new backups take, suspect ones too. */
  added: number;
  /** How much room the deletions of that day made. */
  freed: number;
  /** Of the longest run that made a backup, be it suspect; null where no duration is known. */
  longestMs: number | null;
  /** The newest run that ended, whatever became of it. */
  newestRunId: string | null;
  /** The newest that `succeeded` counts; its bytes are null where no provider told them. */
  newestGood: { runId: string; bytes: number | null } | null;
}

/** A day on which nothing was. */
export function emptyDay(day: number): JobDay {
  return {
    day,
    succeeded: 0,
    suspect: 0,
    failed: 0,
    cancelled: 0,
    missed: 0,
    skipped: 0,
    deleted: 0,
    bytes: 0,
    added: 0,
    freed: 0,
    longestMs: null,
    newestRunId: null,
    newestGood: null,
  };
}

/** The first instant of the day in which an instant lies (UTC ms). */
export function dayOf(at: number): number {
  return Math.floor(at / DAY) * DAY;
}

/** The days from that of `from` to that of `until`, each with what is known of it or as one on which nothing was. */
export function daysBetween(known: readonly JobDay[], from: number, until: number): JobDay[] {
  const byDay = new Map(known.map((day) => [day.day, day]));
  const days: JobDay[] = [];
  for (let day = dayOf(from); day <= until; day += DAY) days.push(byDay.get(day) ?? emptyDay(day));
  return days;
}

/** Slots that one row decides: first, last, and how many; null where they are too many to count. */
interface SlotRange {
  from: number;
  until: number;
  slots: number | null;
}

/**
 * How many slots of a range fall on each of its days from the day `first` on: spread evenly, as those of nearly all
 * schedules are. One whose slots nobody counted has one a day at least.
 */
export function slotsByDay({ from, until, slots }: SlotRange, first: number): [day: number, slots: number][] {
  const found: [number, number][] = [];
  for (let day = Math.max(dayOf(from), first); day <= until; day += DAY) {
    const count = slots === null ? 1 : slotsBefore(from, until, slots, day + DAY) -
      slotsBefore(from, until, slots, day);
    if (count > 0) found.push([day, count]);
  }
  return found;
}

function slotsBefore(from: number, until: number, slots: number, end: number): number {
  if (end > until) return slots;
  if (end <= from) return 0;
  if (slots <= 1) return slots;
  return Math.min(slots, Math.ceil((end - from) / ((until - from) / (slots - 1))));
}
