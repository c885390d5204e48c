// A cron pattern in words: `every 4 hours`, `daily at 02:00`, `Mon, Wed at 03:30`.

import { twoDigits } from "../calendar/calendar.ts";
import { MONTH_NAMES, WEEKDAY_NAMES } from "../calendar/names.ts";
import { type CronPattern, readCronPattern } from "./cron_pattern.ts";

const CRON_WEEKDAYS = WEEKDAY_NAMES.map((day) => day.toUpperCase());
const LONG_WEEKDAYS = [
  "Sundays",
  "Mondays",
  "Tuesdays",
  "Wednesdays",
  "Thursdays",
  "Fridays",
  "Saturdays",
] as const;
const CRON_MONTHS = MONTH_NAMES.map((month) => month.toUpperCase());
/** More times of one day are not listed. */
const MOST_TIMES = 4;

/** The pattern in words; the pattern itself where it is none, or where words would be harder to read than it is. */
export function scheduleWords(pattern: string): string {
  const read = readCronPattern(pattern);
  if ("error" in read) return pattern;
  const times = timeWords(read);
  const days = dayWords(read.days);
  if (times === undefined || days === undefined) return pattern;
  const [rhythm, isAtTimes] = times;
  if (days === "") return isAtTimes ? `daily ${rhythm}` : rhythm;
  return isAtTimes ? `${days} ${rhythm}` : `${rhythm} ${days}`;
}

/** What is said of the times of a day, and whether they are named one by one. */
function timeWords(
  { seconds, minutes, hours }: CronPattern,
): [words: string, isAtTimes: boolean] | undefined {
  const [all24, all60] = [hours.length === 24, minutes.length === 60];
  if (seconds.length > 1) {
    const step = stepOf(seconds, 60);
    if (!all24 || !all60 || step === undefined) return undefined;
    return [step.every === 1 ? "every second" : `every ${step.every} s`, false];
  }
  const second = seconds[0]! === 0 ? "" : `:${twoDigits(seconds[0]!)}`;
  if (all24 && all60) return ["every minute", false];
  if (all24) {
    const step = minutes.length > 1 ? stepOf(minutes, 60) : undefined;
    if (step !== undefined) {
      return [`every ${step.every} min${step.from === 0 ? "" : ` from :${twoDigits(step.from)}`}`, false];
    }
    if (minutes.length > MOST_TIMES) return undefined;
    const at = minutes.map((minute) => `:${twoDigits(minute)}${second}`).join(", ");
    return [
      minutes.length === 1 && minutes[0] === 0 && second === "" ? "every hour" : `every hour at ${at}`,
      false,
    ];
  }
  const step = hours.length > 2 && minutes.length === 1 ? stepOf(hours, 24) : undefined;
  if (step !== undefined) {
    const from = `${twoDigits(step.from)}:${twoDigits(minutes[0]!)}${second}`;
    return [`every ${step.every} hours${from === "00:00" ? "" : ` from ${from}`}`, false];
  }
  if (hours.length * minutes.length > MOST_TIMES) return undefined;
  const times = hours.flatMap((hour) =>
    minutes.map((minute) => `${twoDigits(hour)}:${twoDigits(minute)}${second}`)
  );
  return [`at ${times.join(", ")}`, true];
}

/** The step of values that go evenly around, such as 0, 15, 30, 45 of 60. */
function stepOf(values: readonly number[], size: number): { every: number; from: number } | undefined {
  const every = size / values.length;
  const from = values[0]!;
  const isEven = Number.isInteger(every) && from < every &&
    values.every((value, at) => value === from + at * every);
  return isEven ? { every, from } : undefined;
}

/** Which days: empty for every day; undefined where words would not help. `text`: day of month, month, weekday, year. */
function dayWords(text: string): string | undefined {
  const [day, month, weekday, year = "*"] = text.split(" ") as [string, string, string, string?];
  if (year !== "*" || (day !== "*" && weekday !== "*")) return undefined;
  const months = month === "*" ? [] : listOf(month, CRON_MONTHS, 1, MONTH_NAMES.length);
  if (months === undefined || months.length > MOST_TIMES) return undefined;
  const inMonths = months.map((at) => MONTH_NAMES[at - 1]).join(", ");
  if (weekday !== "*") {
    const days = weekdayWords(weekday);
    return days === undefined || inMonths === "" ? days : `${days} in ${inMonths}`;
  }
  if (day === "*") return inMonths === "" ? "" : `every day of ${inMonths}`;
  if (day === "L") {
    return inMonths === "" ? "on the last day of each month" : `on the last day of ${inMonths}`;
  }
  const days = listOf(day, [], 1, 31);
  if (days === undefined || days.length > MOST_TIMES) return undefined;
  if (months.length === 1 && days.length === 1) return `every year on ${days[0]} ${inMonths}`;
  const words = days.map(ordinal).join(", ");
  return inMonths === "" ? `on the ${words} of each month` : `on the ${words} of ${inMonths}`;
}

function weekdayWords(text: string): string | undefined {
  const listed = listOf(text, CRON_WEEKDAYS, 0, 7);
  if (listed === undefined) return undefined;
  const days = [...new Set(listed.map((at) => at % 7))].sort();
  if (days.length === 1) return LONG_WEEKDAYS[days[0]!];
  if (days.join() === "1,2,3,4,5") return "Mon to Fri";
  return days.length > MOST_TIMES ? undefined : days.map((at) => WEEKDAY_NAMES[at]).join(", ");
}

/** The values of a field of names, numbers and ranges; undefined for whatever else it has. */
function listOf(text: string, names: readonly string[], min: number, max: number): number[] | undefined {
  const values: number[] = [];
  for (const part of text.split(",")) {
    const ends = part.split("-").map((word) => {
      const at = names.indexOf(word);
      return at >= 0 ? at + min : /^\d+$/.test(word) ? Number(word) : NaN;
    });
    const [from, until = from] = ends as [number, number?];
    if (ends.length > 2 || !(from >= min && until <= max && from <= until)) return undefined;
    for (let value = from; value <= until; value++) values.push(value);
  }
  return values;
}

function ordinal(day: number): string {
  const ending = day % 100 >= 11 && day % 100 <= 13 ? "th" : ["th", "st", "nd", "rd"][day % 10] ?? "th";
  return `${day}${ending}`;
}
