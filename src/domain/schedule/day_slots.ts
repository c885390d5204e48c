// Slots without the calendar: where a day is known to be picked and the zone's clock takes no step near it, the next
// slot follows from the pattern's times of day. Everywhere else the answer is left to the matcher of the pattern.

import type { CronPattern } from "./cron_pattern.ts";
import { timesOfDay } from "./times_of_day.ts";
import type { Zone } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";

/** A quick look for slots of a pattern in a zone; gets to know, slot by slot, which days are picked. */
export class DaySlots {
  readonly #everyDay: boolean;
  readonly #after: ReturnType<typeof timesOfDay>;
  #picked = NaN;

  constructor(read: CronPattern, private readonly zone: Zone) {
    this.#everyDay = read.everyDay;
    this.#after = timesOfDay(read);
  }

  /** First slot strictly after `from` (UTC ms); undefined where the calendar has to be asked. */
  next(from: number): number | undefined {
    const today = this.#quietDay(from);
    if (today === undefined || !(this.#everyDay || today.day === this.#picked)) return undefined;
    const time = this.#after(from - today.start);
    if (time !== null) return today.start + time;
    return this.#everyDay ? today.start + DAY + this.#after(-1)! : undefined;
  }

  /** Tells it a slot that the calendar found. */
  learn(slot: number): void {
    this.#picked = this.#quietDay(slot)?.day ?? NaN;
  }

  /** The local day of an instant, with its start in UTC; undefined within a day of a step of the clock. */
  #quietDay(ms: number): { day: number; start: number } | undefined {
    const span = this.zone.spanAt(ms);
    const day = Math.floor((ms + span.offset) / DAY);
    const start = day * DAY - span.offset;
    return start - DAY >= span.from && start + 2 * DAY <= span.until ? { day, start } : undefined;
  }
}
