// Slots without the calendar: where a day is known to be picked and the zone's clock takes no step near it, the next
// slot follows from the pattern's times of day. Everywhere else the answer is left to croner.

import type { CronPattern } from "./cron_pattern.ts";
import { timesOfDay } from "./times_of_day.ts";
import type { Zone } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";

/** A quick look for slots; gets to know, slot by slot, which days are picked. */
interface DaySlots {
  /** First slot strictly after `from` (UTC ms); undefined where the calendar has to be asked. */
  next(from: number): number | undefined;
  /** Tells it a slot that the calendar found. */
  learn(slot: number): void;
}

/** The quick look for a pattern in a zone. */
export function daySlots(read: CronPattern, zone: Zone): DaySlots {
  const after = timesOfDay(read);
  const first = after(-1)!;
  let picked = NaN;
  /** The local day of an instant, with its start in UTC; undefined within a day of a step of the clock. */
  const quietDay = (ms: number): { day: number; start: number } | undefined => {
    const span = zone.spanAt(ms);
    const day = Math.floor((ms + span.offset) / DAY);
    const start = day * DAY - span.offset;
    return start - DAY >= span.from && start + 2 * DAY <= span.until ? { day, start } : undefined;
  };
  return {
    next(from) {
      const today = quietDay(from);
      if (today === undefined || !(read.everyDay || today.day === picked)) return undefined;
      const time = after(from - today.start);
      if (time !== null) return today.start + time;
      return read.everyDay ? today.start + DAY + first : undefined;
    },
    learn(slot) {
      picked = quietDay(slot)?.day ?? NaN;
    },
  };
}
