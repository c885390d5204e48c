// Reads a cron pattern of 5 to 7 fields and says in plain words what is wrong with it. When it fires is schedule.ts.

import { foreignSchedule } from "./foreign_schedule.ts";

/** A field of a pattern, as errors name it. */
export type CronField = "second" | "minute" | "hour" | "day of month" | "month" | "day of week" | "year";

/** A pattern that reads well; whether it ever fires is another question. */
export interface CronPattern {
  /** Upper case, one space between fields, `?` as `*`, `N/s` as `N-max/s`, nicknames as what they stand for. */
  text: string;
  /** Day of month, month, day of week and, where given, year: the part of `text` that picks days. */
  days: string;
  /** True when every day is picked. */
  everyDay: boolean;
  /** True when second, minute and hour are named by value, list or range, without wildcard or step. */
  fixedTime: boolean;
  /** The times of day picked, each list sorted, none empty. The same list for the same words. */
  seconds: readonly number[];
  minutes: readonly number[];
  hours: readonly number[];
  /** What picks the days; null where it is not values alone, but words such as `L`, or years. */
  picked: PickedDays | null;
}

/** The values of the fields that pick days; null for each that is `*`. */
export interface PickedDays {
  daysOfMonth: readonly number[] | null;
  months: readonly number[] | null;
  /** 0 for Sunday to 6. */
  weekdays: readonly number[] | null;
}

/** One sentence without a full stop that says what to write instead. */
interface CronProblem {
  error: string;
  /** Absent when the pattern as a whole is wrong. */
  field?: CronField;
}

interface FieldRule {
  field: CronField;
  min: number;
  max: number;
  /** Words for numbers, `names[0]` standing for `min`. */
  names?: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] as const;
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;

const RULES: readonly FieldRule[] = [
  { field: "second", min: 0, max: 59 },
  { field: "minute", min: 0, max: 59 },
  { field: "hour", min: 0, max: 23 },
  { field: "day of month", min: 1, max: 31 },
  { field: "month", min: 1, max: 12, names: MONTHS },
  { field: "day of week", min: 0, max: 7, names: WEEKDAYS },
  { field: "year", min: 1970, max: 2199 },
];

const NICKNAMES: Record<string, string> = {
  "@YEARLY": "0 0 1 1 *",
  "@ANNUALLY": "0 0 1 1 *",
  "@MONTHLY": "0 0 1 * *",
  "@WEEKLY": "0 0 * * SUN",
  "@DAILY": "0 0 * * *",
  "@MIDNIGHT": "0 0 * * *",
  "@HOURLY": "0 * * * *",
};

/** Far more than every second of a minute, listed. */
const LONGEST = 1000;

/** Reads a pattern; every field is checked, the first problem is told. */
export function readCronPattern(pattern: string): CronPattern | CronProblem {
  const foreign = foreignForm(pattern);
  if (foreign !== undefined) return { error: refusal(pattern, foreign) };
  const words = pattern.trim().toUpperCase();
  const fields = (NICKNAMES[words] ?? words).split(/\s+/);
  if (fields.length < 5 || fields.length > 7) {
    const count = fields.length === 1 ? "1 field" : `${fields.length} fields`;
    return {
      error: refusal(
        pattern,
        `it has ${count}: expected 5 (minute hour day month weekday), 6 (with a second in front) or 7 (with a year at the end)`,
      ),
    };
  }
  const rules = fields.length === 5 ? RULES.slice(1, 6) : RULES.slice(0, fields.length);
  const read: ReadField[] = [];
  for (const [index, rule] of rules.entries()) {
    const field = readField(fields[index]!, rule);
    if ("problem" in field) return { error: refusal(pattern, field.problem), field: rule.field };
    read.push(field);
  }
  const texts = read.map((field) => field.text);
  const [second, minute, hour] = fields.length === 5 ? [ZERO, read[0]!, read[1]!] : read;
  const days = texts.slice(fields.length === 5 ? 2 : 3);
  return {
    text: texts.join(" "),
    days: days.join(" "),
    everyDay: days.every((text) => text === "*"),
    fixedTime: ![second!, minute!, hour!].some((field) => /[*/]/.test(field.text)),
    seconds: second!.values,
    minutes: minute!.values,
    hours: hour!.values,
    picked: pickedBy(read.slice(fields.length === 5 ? 2 : 3)),
  };
}

/** By day of month, month, weekday and, where given, year. */
function pickedBy([day, month, weekday, year]: readonly ReadField[]): PickedDays | null {
  if (year !== undefined && year.text !== "*") return null;
  if (![day!, month!, weekday!].every(({ isPlain }) => isPlain)) return null;
  const of = ({ text, values }: ReadField) => text === "*" ? null : values;
  const weekdays = of(weekday!);
  return {
    daysOfMonth: of(day!),
    months: of(month!),
    weekdays: weekdays?.includes(7) ? weekdays.map((value) => value % 7) : weekdays,
  };
}

interface ReadField {
  text: string;
  values: readonly number[];
  /** There is no word in it that needs the calendar. */
  isPlain: boolean;
}

const ZERO: ReadField = { text: "0", values: [0], isPlain: true };

/** Fields that were read, by their names and words: of ten thousand patterns they are a few hundred. */
const readBefore = new Map<string, ReadField>();
const MOST_KEPT = 1_000;

function refusal(pattern: string, problem: string): string {
  const shown = pattern.length > 80 ? `${pattern.slice(0, 77)}...` : pattern;
  return `Cannot read '${shown}' as a schedule: ${problem}`;
}

/** What users bring from other schedulers, each with what to write here; undefined for what may be a pattern. */
function foreignForm(pattern: string): string | undefined {
  const text = pattern.trim();
  if (text === "") return "it is empty: expected 5 to 7 fields such as '0 3 * * *'";
  if (text.length > LONGEST) return `it is longer than ${LONGEST} characters`;
  const foreign = foreignSchedule(text);
  if (foreign !== undefined) return foreign;
  if (/^@/.test(text) && NICKNAMES[text.toUpperCase()] === undefined) {
    return `'${text}' is not known: expected @hourly, @daily or @midnight, @weekly, @monthly, @yearly, or 5 to 7 fields`;
  }
  return undefined;
}

function readField(text: string, rule: FieldRule): ReadField | { problem: string } {
  const key = `${rule.field} ${text}`;
  const known = readBefore.get(key);
  if (known !== undefined) return known;
  const parts: string[] = [];
  const values = new Set<number>();
  let isPlain = true;
  for (const part of text.split(",")) {
    const item = readItem(part, text, rule);
    if ("problem" in item) return item;
    parts.push(item.text);
    isPlain &&= item.isPlain;
    for (const value of item.values) values.add(value);
  }
  const field = { text: parts.join(","), values: [...values].sort((a, b) => a - b), isPlain };
  if (readBefore.size >= MOST_KEPT) readBefore.clear();
  readBefore.set(key, field);
  return field;
}

function readItem(part: string, whole: string, rule: FieldRule): ReadField | { problem: string } {
  const wrong = (what: string) => ({ problem: `${rule.field} '${part}' ${what}` });
  if (part === "") return { problem: `${rule.field} '${whole}' has an empty place between commas` };
  const special = readSpecial(part, whole, rule);
  if (special !== undefined) {
    return special.problem === undefined
      ? { text: part, values: [], isPlain: false }
      : wrong(special.problem);
  }

  const [base, stepText, ...more] = part.split("/");
  if (base === undefined || more.length > 0) return wrong("has more than one '/'");
  const step = stepText === undefined ? undefined : wholeNumber(stepText);
  if (base === "") return wrong(`has nothing before '/': expected '*${part}'`);
  const size = rule.field === "day of week" ? 7 : rule.max - rule.min + 1;
  if (stepText !== undefined && (step === undefined || step < 1 || step > size)) {
    return wrong(`has the step '${stepText}': expected a whole number from 1 to ${size}`);
  }
  // Weekday 7 is Sunday once more: what runs to the end of the week runs to Saturday.
  const last = rule.field === "day of week" ? 6 : rule.max;
  if (base === "*" || base === "?") {
    return {
      text: step === undefined ? "*" : `*/${step}`,
      values: numbers(rule.min, last, step ?? 1),
      isPlain: true,
    };
  }
  const range = readRange(base, rule);
  if ("problem" in range) return wrong(range.problem);
  if (step === undefined) {
    return { text: range.text, values: numbers(range.low, range.high, 1), isPlain: true };
  }
  // One value, whatever the step: written as `N/s` it would run on to the end.
  if (!range.single && range.low === range.high) {
    return { text: range.text, values: [range.low], isPlain: true };
  }
  const high = range.single ? Math.max(last, range.low) : range.high;
  const rangeText = range.single ? `${range.text}-${high}` : range.text;
  return { text: `${rangeText}/${step}`, values: numbers(range.low, high, step), isPlain: true };
}

interface Range {
  text: string;
  low: number;
  high: number;
  single: boolean;
}

/** `N`, `N-M`, by number or name. */
function readRange(text: string, rule: FieldRule): Range | { problem: string } {
  const ends = text.split("-");
  if (ends.length > 2) return { problem: "has more than one '-'" };
  const found: number[] = [];
  for (const end of ends) {
    const value = readValue(end, rule);
    if (typeof value !== "number") return value;
    found.push(value);
  }
  const low = found[0]!;
  let high = found[1] ?? low;
  if (ends.length === 1) return { text, low, high, single: true };
  // As the end of a range Sunday closes the week: FRI-SUN.
  if (ends[1] === "SUN" && low > 0) high = 7;
  if (low > high) {
    const swapped = `${ends[1]}-${ends[0]}`;
    const around = `${text.split("-")[0]}-${rule.max},${rule.min}-${ends[1]}`;
    return { problem: `runs backwards: expected '${swapped}', or '${around}' for both ends` };
  }
  return { text: low === high ? ends[0]! : text, low, high, single: false };
}

function readValue(text: string, rule: FieldRule): number | { problem: string } {
  const name = rule.names?.indexOf(text) ?? -1;
  if (name >= 0) return rule.min + name;
  const value = wholeNumber(text);
  if (value === undefined) return { problem: unknownHint(text, rule) };
  if (value < rule.min || value > rule.max) return { problem: `is out of range: expected ${rangeOf(rule)}` };
  return value;
}

/** The words that pick days by the calendar: `L`, `LW`, `15W`, `FRI#2`, `FRI#L`, `FRIL`, `MON-FRI#1`. */
function readSpecial(part: string, whole: string, rule: FieldRule): { problem?: string } | undefined {
  if (rule.field === "day of month") {
    if (part === "L") return {};
    if (part === "LW") {
      return whole === "LW" ? {} : { problem: "cannot stand in a list: expected 'LW' alone" };
    }
    if (part.startsWith("L-") || part.endsWith("-L")) {
      return { problem: "is not supported: expected 'L' for the last day, or a day such as '28'" };
    }
    const nearest = /^(\d+)W$/.exec(part);
    if (nearest === null) return undefined;
    const value = readValue(nearest[1]!, rule);
    return typeof value === "number" ? {} : value;
  }
  if (rule.field === "day of week") {
    if (part === "L") {
      return { problem: "names no weekday: expected 'SAT', or 'FRIL' for the last Friday of the month" };
    }
    const nth = /^([^#/]+?)(?:#(.*)|L)$/.exec(part);
    if (nth === null) return undefined;
    const range = readRange(nth[1]!, rule);
    if ("problem" in range) return range;
    const which = nth[2];
    if (which === undefined || /^[1-5L]$/.test(which)) return {};
    return { problem: `has '#${which}': expected '#1' to '#5', or 'L' for the last one of the month` };
  }
  return undefined;
}

function unknownHint(text: string, rule: FieldRule): string {
  if (/^H(\b|\()/.test(text)) {
    return "is Jenkins' word for a spread: expected a fixed value; to spread starts set 'jitter' beside the schedule";
  }
  return `is not known: expected ${rangeOf(rule)}`;
}

function rangeOf(rule: FieldRule): string {
  const names = rule.names === undefined ? "" : ` or ${rule.names[0]} to ${rule.names.at(-1)}`;
  const sunday = rule.field === "day of week" ? " (0 and 7 are Sunday)" : "";
  return `${rule.min} to ${rule.max}${sunday}${names}`;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

function numbers(low: number, high: number, step: number): number[] {
  const all: number[] = [];
  for (let value = low; value <= high; value += step) all.push(value);
  return all;
}
