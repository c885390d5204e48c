// How much room backups take over time: told backwards from what is there now, by what each day added and freed. The past is
// then never at odds with the present, whatever days are forgotten by now.

import { DAY } from "./duration.ts";
import { dayOf } from "./job_days.ts";

/** What is there, and what changed it; bytes, sizes that no provider told being 0. */
export interface StorageDays {
  /** Of all that is not deleted, as of now; what its provider misses is among it. */
  stored: number;
  /** Days on which something was added or freed (UTC ms), rising. */
  days: readonly { day: number; added: number; freed: number }[];
}

/** How much there was at the end of a day. */
export interface StoredDay {
  day: number;
  stored: number;
  added: number;
  freed: number;
}

/** Each day from that of `from` to that of `until`, with what there was at its end. */
export function storedByDay({ stored, days }: StorageDays, from: number, until: number): StoredDay[] {
  const byDay = new Map(days.map((one) => [one.day, one]));
  const last = dayOf(until);
  // What is dated ahead is there already, and was not then.
  let left = days.reduce((sum, { day, added, freed }) => day > last ? sum - added + freed : sum, stored);
  const found: StoredDay[] = [];
  for (let day = last; day >= dayOf(from); day -= DAY) {
    const { added = 0, freed = 0 } = byDay.get(day) ?? {};
    found.push({ day, stored: Math.max(0, left), added, freed });
    left += freed - added;
  }
  return found.reverse();
}
