// Times, counts and lists as pictures write them: in a job's zone, as people say them.

import { civil, type Zone } from "../../domain/calendar/zone.ts";
import { twoDigits } from "../../domain/calendar/calendar.ts";
import { MONTH_NAMES, WEEKDAY_NAMES } from "../../domain/calendar/names.ts";
import { DAY } from "../../domain/duration.ts";

const HOUR = 3_600_000;

/** What times are written by. */
export interface Calendar {
  zone: Zone;
  /** UTC ms. */
  now: number;
}

/** `Sat 28 Nov`; of another year than this `Thu 28 Nov 2024`. */
export function dayText(ms: number, { zone, now }: Calendar): string {
  const { year, month, day, weekday } = civil(zone, ms);
  const text = `${WEEKDAY_NAMES[weekday]} ${day} ${MONTH_NAMES[month - 1]}`;
  return year === civil(zone, now).year ? text : `${text} ${year}`;
}

/** `Sat 28 Nov 02:00`, to the second where it has one. */
export function timeText(ms: number, calendar: Calendar): string {
  return `${dayText(ms, calendar)} ${clockText(ms, calendar)}`;
}

/** `02:00` */
export function clockText(ms: number, { zone }: Calendar): string {
  const { hour, minute, second } = civil(zone, ms);
  return `${twoDigits(hour)}:${twoDigits(minute)}${second === 0 ? "" : `:${twoDigits(second)}`}`;
}

/** `Nov` */
export function monthName(month: number): string {
  return MONTH_NAMES[month - 1]!;
}

/** `just now`, `40 min`, `5 h`, `6 d`, `14 months`: how long something is ago, or will take. */
export function spanText(ms: number): string {
  const size = Math.abs(ms);
  if (size < 60_000) return "under a minute";
  if (size < HOUR) return `${Math.floor(size / 60_000)} min`;
  if (size < 2 * DAY) return `${Math.floor(size / HOUR)} h`;
  if (size < 75 * DAY) return `${Math.floor(size / DAY)} d`;
  return size < 730 * DAY
    ? `${Math.floor(size / (30.44 * DAY))} months`
    : `${Math.floor(size / (365.25 * DAY))} years`;
}

/** `1,234,567` */
export function numberText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `999`, `1.2k`, `100k`, `1.2M`: where there is little room. */
export function shortNumber(count: number): string {
  if (count < 1000) return String(count);
  const [size, unit] = count < 999_500 ? [1000, "k"] : [1_000_000, "M"];
  const scaled = count / size;
  return `${scaled < 9.95 ? Number(scaled.toFixed(1)) : Math.round(scaled)}${unit}`;
}

/** `1 backup`, `1,200 backups` */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : more}`;
}

/** `a, b and c`; of more than `most` the first, and how many others there are. */
export function listText(parts: readonly string[], most = 5): string {
  if (parts.length > most) {
    return `${parts.slice(0, most).join(", ")} and ${numberText(parts.length - most)} more`;
  }
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
