// Times, spans and sizes as messages write them.

import { twoDigits } from "../calendar/calendar.ts";
import { MONTH_NAMES, WEEKDAY_NAMES } from "../calendar/names.ts";
import { civil, weekdayOf, type Zone } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";
import { sizeText } from "../size_text.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Days that their weekday alone tells apart. */
const NEAR_DAYS = 6;
/** More days than these are counted, not named. */
const MOST_NAMED = 6;

/** `02:31` of today, `Mon 02:00` of a day nearby, `12 Nov 02:00` else. */
export function timeText(at: number, now: number, zone: Zone): string {
  const { month, day, hour, minute, weekday } = civil(zone, at);
  const clock = `${twoDigits(hour)}:${twoDigits(minute)}`;
  const days = Math.abs(dayNumber(at, zone) - dayNumber(now, zone));
  if (days === 0) return clock;
  return days <= NEAR_DAYS
    ? `${WEEKDAY_NAMES[weekday]} ${clock}`
    : `${day} ${MONTH_NAMES[month - 1]}${days > 300 ? ` ${civil(zone, at).year}` : ""} ${clock}`;
}

/** The same with the day also for today, for what stands alone. */
export function dayTimeText(at: number, now: number, zone: Zone): string {
  const text = timeText(at, now, zone);
  return text.includes(" ") ? text : `${WEEKDAY_NAMES[civil(zone, at).weekday]} ${text}`;
}

/** `9 Nov`, the day alone, once its weekday does not tell it; `Mon 02:00` nearby. */
export function dateText(at: number, now: number, zone: Zone): string {
  const days = Math.abs(dayNumber(at, zone) - dayNumber(now, zone));
  const text = dayTimeText(at, now, zone);
  return days <= NEAR_DAYS ? text : text.slice(0, text.lastIndexOf(" "));
}

/** An instant as causes and messages have it. */
export const INSTANT: RegExp = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** The text with its instants as people read them. */
export function withTimes(text: string, now: number, zone: Zone): string {
  return text.replace(INSTANT, (instant) => dayTimeText(Date.parse(instant), now, zone));
}

/** `2 d`, `5 h`, `20 min`: whole ones, rounded down. */
export function spanText(ms: number): string {
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} d`;
  if (ms >= 2 * HOUR) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.max(1, Math.floor(ms / MINUTE))} min`;
}

/** `1.2 GB`, or `empty`; of megabytes. */
export function sizeWords(sizeMb: number): string {
  return sizeMb === 0 ? "empty" : sizeText(sizeMb);
}

/** `usual size`, or how many times that; null where nothing is usual. */
export function sizeJudgement(sizeMb: number | null, past: readonly number[]): string | null {
  if (sizeMb === null || past.length < 3) return null;
  const sorted = [...past].sort((a, b) => a - b);
  const usual = sorted[(sorted.length - 1) >> 1]!;
  if (usual <= 0) return null;
  const times = sizeMb / usual;
  if (times >= 0.5 && times <= 2) return "usual size";
  return times > 2
    ? `${times >= 10 ? Math.round(times) : times.toFixed(1)} times the usual size`
    : `${Math.round(times * 100)} % of the usual size`;
}

/** The days strictly between two instants: `Tue, Wed have`, `Tue has`, `12 days have`; null for none. */
export function daysBetween(from: number, until: number, zone: Zone): string | null {
  const [first, last] = [dayNumber(from, zone) + 1, dayNumber(until, zone) - 1];
  const count = last - first + 1;
  if (count <= 0) return null;
  if (count > MOST_NAMED) return `${count} days have`;
  const names = Array.from({ length: count }, (_, at) => WEEKDAY_NAMES[weekdayOf(first + at)]);
  return `${names.join(", ")} ${count === 1 ? "has" : "have"}`;
}

/** Slots of a schedule that have no backup. */
export interface MissedSlots {
  /** Null for more than are counted. */
  count: number | null;
  /** The first and the last of them (UTC ms). */
  first: number;
  last: number;
}

/** `4 backups due from Mon 02:00 to Tue 20:00 were not made`, a sentence without a full stop. */
function missedText({ count, first, last }: MissedSlots, now: number, zone: Zone): string {
  if (count === 1) return `The backup due ${dayTimeText(first, now, zone)} was not made`;
  const how = count === null ? "Very many backups" : `${count} backups`;
  return `${how} due from ${dayTimeText(first, now, zone)} to ${dayTimeText(last, now, zone)} were not made`;
}

/** What a job lacks between two good backups. */
export interface Gap {
  /** Slots of which nothing was made; null for none. */
  missed: MissedSlots | null;
  /** Those whose backup was made, and is suspect or rejected; null for none. */
  unsound: MissedSlots | null;
}

/** Both in whole sentences; at least one of them is there. */
export function gapText({ missed, unsound }: Gap, now: number, zone: Zone): string {
  return [
    ...missed === null ? [] : [`${missedText(missed, now, zone)}.`],
    ...unsound === null ? [] : [`${unsoundText(unsound, now, zone)}.`],
  ].join(" ");
}

function unsoundText({ count, first, last }: MissedSlots, now: number, zone: Zone): string {
  const from = dayTimeText(first, now, zone);
  if (count === 1) return `The backup of ${from} was made and does not count: it is suspect or rejected`;
  const how = count === null ? "Very many backups" : `${count} backups`;
  return `${how} from ${from} to ${
    dayTimeText(last, now, zone)
  } were made and do not count: they are suspect or rejected`;
}

function dayNumber(at: number, zone: Zone): number {
  return Math.floor((at + zone.spanAt(at).offset) / DAY);
}
