// Schedules as other programs write them: each is named, with what to write here for it.

import { readSystemdCalendar } from "./systemd_calendar.ts";

/** The half sentence that tells of a foreign schedule; undefined for what may be a pattern of ours. */
export function foreignSchedule(text: string): string | undefined {
  for (const read of [everyForm, randomNickname, eventBridge, zonePrefix, oneDate, systemd, randomTime]) {
    const told = read(text);
    if (told !== undefined) return told;
  }
  return undefined;
}

/**
 * What is to be said of a pattern that reads well and may mean other days where it came from: `?` is how Quartz, Spring
 * and EventBridge write, and there weekday 1 is Sunday.
 */
export function quartzWeekdays(pattern: string): string | undefined {
  const fields = pattern.trim().toUpperCase().split(/\s+/);
  if (fields.length < 6 || fields[3] !== "?" || !/^[\d,\-#L/]*$/.test(fields[5]!)) return undefined;
  // 0 is no day of theirs.
  if (!/\d/.test(fields[5]!) || /(^|[,-])0/.test(fields[5]!)) return undefined;
  const named = (names: readonly string[]) =>
    fields.map((field, at) => at === 3 ? "*" : at === 5 ? nameDays(field, names) : field).join(" ");
  return `weekdays '${
    fields[5]
  }' beside a '?' look like Quartz or EventBridge, where 1 is Sunday; here 1 is Monday: ` +
    `write '${named(QUARTZ_DAYS)}' for what they read, or '${named(OUR_DAYS)}' for what it means here`;
}

const WEEK = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;
const OUR_DAYS = [...WEEK, "SUN"];
const QUARTZ_DAYS = ["SAT", ...WEEK];

/** Numbers of weekdays as names; those behind `#` and `/` are none. */
function nameDays(field: string, names: readonly string[]): string {
  return field.replace(
    /(^|[^#/\d])([0-7])(?=$|[^\d])/g,
    (_, before, day) => `${before}${names[Number(day)]}`,
  );
}

const UNITS = { m: "minute", h: "hour", d: "day" } as const;

function everyForm(text: string): string | undefined {
  const [every, interval = ""] = /^@every\b\s*(.*)$/i.exec(text) ?? [];
  if (every === undefined) return undefined;
  const [, count, unit] = /^(\d+)(m|h|d)(?:0m)?(?:0s)?$/.exec(interval) ?? [];
  const step = count === undefined ? undefined : stepOf(`${count} ${UNITS[unit as keyof typeof UNITS]}`);
  if (step !== undefined) {
    // With its second: in the environment of the original five fields could mean two things.
    return `'@every' is not a schedule of the clock: write '0 ${step}', which counts from midnight and not from the start`;
  }
  return "'@every' is not a schedule of the clock: write the interval as a step, such as '*/5 * * * *' for every 5 minutes";
}

/** k8up's words for a time that is drawn once. The jitter stays under half of the interval. */
const RANDOM_NICKNAMES: ReadonlyMap<string, [pattern: string, jitter: string]> = new Map([
  ["@hourly-random", ["0 * * * *", "29m"]],
  ["@daily-random", ["0 0 * * *", "11h"]],
  ["@weekly-random", ["0 0 * * SUN", "83h"]],
  ["@monthly-random", ["0 0 1 * *", "13d"]],
  ["@yearly-random", ["0 0 1 1 *", "180d"]],
  ["@annually-random", ["0 0 1 1 *", "180d"]],
]);

function randomNickname(text: string): string | undefined {
  const found = RANDOM_NICKNAMES.get(text.toLowerCase());
  if (found === undefined) return undefined;
  const [pattern, jitter] = found;
  return `'${text}' is k8up's word for a random time: write '${pattern}' and beside it 'jitter: ${jitter}', ` +
    "which delays each start by a time of its own";
}

function eventBridge(text: string): string | undefined {
  const call = /^(cron|rate|at)\s*\((.*)\)$/i.exec(text);
  if (call === null) return undefined;
  const inside = call[2]!.trim();
  const word = call[1]!.toLowerCase();
  const pattern = word === "rate" ? stepOf(inside) : word === "cron" ? cronOf(inside) : undefined;
  if (pattern === undefined) {
    return `this is EventBridge's ${word}(): expected cron fields, such as '0 3 * * *' for 03:00 daily`;
  }
  const zone = word === "cron" ? " and beside it 'timezone: UTC', or the zone it had there" : "";
  return `this is EventBridge's ${word}(): write '${pattern}'${zone}`;
}

function cronOf(inside: string): string | undefined {
  const fields = inside.toUpperCase().split(/\s+/);
  if (fields.length !== 6) return undefined;
  const [minute, hour, day, month, weekday, year] = fields.map((field) => field === "?" ? "*" : field);
  const days = nameDays(weekday!, QUARTZ_DAYS);
  const pattern = `${minute} ${hour} ${day} ${month} ${days}`;
  return year === "*" ? pattern : `0 ${pattern} ${year}`;
}

/** A step of the clock, where one means the same interval. */
function stepOf(inside: string): string | undefined {
  const [, digits, unit] = /^(\d+)\s+(minute|hour|day)s?$/i.exec(inside) ?? [];
  if (digits === undefined) return undefined;
  const every = Number(digits);
  const step = every === 1 ? "*" : `*/${every}`;
  switch (unit!.toLowerCase()) {
    case "minute":
      return 60 % every === 0 ? every === 60 ? "0 * * * *" : `${step} * * * *` : undefined;
    case "hour":
      return 24 % every === 0 ? every === 24 ? "0 0 * * *" : `0 ${step} * * *` : undefined;
    default:
      return every === 1 ? "0 0 * * *" : every === 7 ? "0 0 * * SUN" : undefined;
  }
}

function zonePrefix(text: string): string | undefined {
  if (!/^(CRON_)?TZ=/i.test(text)) return undefined;
  return "a pattern names no time zone: leave 'TZ=' out and set 'timezone' beside the schedule";
}

function oneDate(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  return "a date is not a pattern: for one single time give 7 fields, such as '0 30 3 24 12 * 2030' for 2030-12-24 03:30";
}

function systemd(text: string): string | undefined {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (Number(hour) < 24 && Number(minute) < 60) {
    return `this is a time of day: write '${Number(minute)} ${Number(hour)} * * *'`;
  }
  const read = readSystemdCalendar(text);
  if (read === undefined) return undefined;
  const zone = read.timezone === null ? "" : ` and beside it 'timezone: ${read.timezone}'`;
  return read.pattern === null
    ? "this is systemd's OnCalendar, and no pattern means the same: expected cron fields, such as '0 3 * * *' for 03:00 " +
      "daily"
    : `this is systemd's OnCalendar: write '${read.pattern}'${zone}`;
}

/** Minutes that a place of each field is long, and how many it has; days and more are no matter of a jitter. */
const SPREADABLE: readonly { minutes: number; max: number }[] = [{ minutes: 1, max: 59 }, {
  minutes: 60,
  max: 23,
}];

function randomTime(text: string): string | undefined {
  const fields = text.split(/\s+/);
  if (fields.length < 5 || fields.length > 7 || !text.includes("~")) return undefined;
  // Five fields begin with the minute, more with the second.
  const first = fields.length === 5 ? 0 : 1;
  let spread = 0;
  for (const [at, field] of fields.entries()) {
    if (!field.includes("~")) continue;
    const range = /^(\d*)~(\d*)$/.exec(field);
    const kind = SPREADABLE[at - first];
    if (range === null || kind === undefined) return `${RANDOM}: expected one value instead of '${field}'`;
    const low = Number(range[1] || 0);
    const high = Number(range[2] || kind.max);
    if (low > high || high > kind.max) return `${RANDOM}: expected one value instead of '${field}'`;
    fields[at] = String(low);
    spread += (high - low) * kind.minutes;
  }
  // Under half of the interval: of an hour, or of a day.
  const most = /^\d+$/.test(fields[first + 1]!) ? 11 * 60 : 29;
  const minutes = Math.max(1, Math.min(spread, most));
  const jitter = minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
  return `${RANDOM}: write '${
    fields.join(" ")
  }' and beside it 'jitter: ${jitter}', which delays each start by a time ` +
    "of its own";
}

const RANDOM = "'~' is the word of OpenBSD's cron for a random time";
