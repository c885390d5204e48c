// The windows of a blackout as text: "Mon-Fri 08:00-18:00", "22:00-06:00", "Sat,Sun".

import { WEEKDAY_NAMES } from "../calendar/names.ts";
import { DAY } from "../duration.ts";

/** A stretch of a week in milliseconds since its Sunday 00:00, by the clock on the wall; it may end in the next week. */
interface WeekSpan {
  start: number;
  end: number;
}

export const WEEK = 7 * DAY;
const MINUTE = 60_000;
const FORMS = `expected such as "Mon-Fri 08:00-18:00", "22:00-06:00" or "Sat,Sun"`;

/** Reads one window: days, times of day, or both. `error` is a clause without a full stop. */
export function parseWindow(text: string): WeekSpan[] | { error: string } {
  const wrong = (why: string) => ({ error: `'${text.slice(0, 80)}' is not a window, ${why}: ${FORMS}` });
  const words = text.trim().replace(/\s*([,-])\s*/g, "$1").split(/\s+/);
  const times = /^\d/.test(words.at(-1)!) ? words.pop()! : undefined;
  if (words.length > 1 || (words.length === 0 && times === undefined) || words[0] === "") {
    return wrong("which is days, times of day, or days and then times");
  }
  const days = words[0] === undefined ? [0, 1, 2, 3, 4, 5, 6] : daysOf(words[0]);
  if (!Array.isArray(days)) return wrong(days.error);
  const hours = times === undefined ? { from: 0, until: DAY } : hoursOf(times);
  if ("error" in hours) return wrong(hours.error);
  const length = hours.until > hours.from ? hours.until - hours.from : DAY - hours.from + hours.until;
  return days.map((day) => ({ start: day * DAY + hours.from, end: day * DAY + hours.from + length }));
}

/** The same stretches of the week, in order, apart from each other. */
export function joinSpans(spans: readonly WeekSpan[]): WeekSpan[] {
  const pieces = spans.flatMap(({ start, end }) =>
    end <= WEEK ? [{ start, end }] : [{ start, end: WEEK }, { start: 0, end: end - WEEK }]
  ).sort((a, b) => a.start - b.start);
  const joined: WeekSpan[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && piece.start <= last.end) last.end = Math.max(last.end, piece.end);
    else joined.push({ ...piece });
  }
  // One that goes on over the end of the week is one, too.
  if (joined.length > 1 && joined[0]!.start === 0 && joined.at(-1)!.end === WEEK) {
    joined.at(-1)!.end += joined.shift()!.end;
  }
  return joined;
}

/** True where no time of the week is left. */
export function isWholeWeek(spans: readonly WeekSpan[]): boolean {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0) >= WEEK;
}

function daysOf(text: string): number[] | { error: string } {
  const days = new Set<number>();
  for (const item of text.split(",")) {
    const [first, last = first, ...more] = item.split("-");
    const ends = [first!, last!].map(dayOf);
    const unknown = [first!, last!].find((_, at) => ends[at] === undefined);
    if (unknown !== undefined || more.length > 0) {
      return { error: `since '${(unknown ?? item).slice(0, 20)}' is not a weekday` };
    }
    for (let day = ends[0]!;; day = (day + 1) % 7) {
      days.add(day);
      if (day === ends[1]) break;
    }
  }
  return [...days];
}

function dayOf(name: string): number | undefined {
  const at = WEEKDAY_NAMES.findIndex((short) => short.toLowerCase() === name.slice(0, 3).toLowerCase());
  const full = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
  return at >= 0 && (name.length === 3 || full[at] === name.toLowerCase()) ? at : undefined;
}

function hoursOf(text: string): { from: number; until: number } | { error: string } {
  const [first, last, ...more] = text.split("-");
  const [from, until] = [timeOf(first!), timeOf(last ?? "")];
  if (more.length > 0 || from === undefined || until === undefined || from === DAY) {
    return { error: `since '${text.slice(0, 40)}' is not two times of day, hours and minutes` };
  }
  return from === until ? { error: "since it ends when it begins" } : { from, until };
}

function timeOf(text: string): number | undefined {
  const read = /^(\d{1,2}):(\d\d)$/.exec(text);
  if (read === null) return undefined;
  const [hour, minute] = [Number(read[1]), Number(read[2])];
  const at = (hour * 60 + minute) * MINUTE;
  return minute > 59 || at > DAY ? undefined : at;
}
