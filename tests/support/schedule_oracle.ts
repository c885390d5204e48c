// A second, deliberately plain answer to "when is this pattern due?": walks minute by minute over what Intl says the
// clock on the wall shows. Slow and obvious; for comparing with schedule.ts around steps of the clock.

const MINUTE = 60_000;

interface WallMinute {
  /** UTC ms. */
  at: number;
  /** The wall clock's fields as if they were UTC ms. */
  local: number;
}

/** Every whole minute of a stretch of time with what the wall clock shows. */
export interface WallClock {
  minutes: WallMinute[];
}

/** What the wall clock of a zone shows from `from` (a whole minute) until before `until`. */
export function wallClock(timezone: string, from: number, until: number): WallClock {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const minutes: WallMinute[] = [];
  for (let at = from; at < until; at += MINUTE) {
    const fields: Record<string, number> = {};
    for (const part of format.formatToParts(at)) fields[part.type] = Number(part.value);
    const local = Date.UTC(fields.year!, fields.month! - 1, fields.day!, fields.hour!, fields.minute!);
    minutes.push({ at, local });
  }
  return { minutes };
}

/** Lists, ranges, steps, `*` and, as day of month, `L`; names and the rest are not needed here. */
interface Fields {
  second: Set<number>;
  minute: Set<number>;
  hour: Set<number>;
  day: Set<number>;
  lastDay: boolean;
  month: Set<number>;
  weekday: Set<number>;
  anyDay: boolean;
  anyWeekday: boolean;
  fixed: boolean;
}

/** Every slot of a pattern of 6 fields within the stretch, in order. */
export function slotsByWalking(pattern: string, clock: WallClock): number[] {
  const fields = readFields(pattern);
  const slots = new Set<number>();
  const shown = new Set<number>();
  let before: WallMinute | undefined;
  for (const now of clock.minutes) {
    if (fields.fixed && before !== undefined) {
      // Minutes the clock leapt over: whatever was due in them is due as soon as it shows a time again.
      for (let skipped = before.local + MINUTE; skipped < now.local; skipped += MINUTE) {
        if (!shown.has(skipped) && matches(fields, skipped)) slots.add(now.at);
      }
    }
    const repeated = shown.has(now.local);
    if (matches(fields, now.local) && !(fields.fixed && repeated)) {
      for (const second of fields.second) slots.add(now.at + second * 1000);
    }
    shown.add(now.local);
    before = now;
  }
  return [...slots].sort((a, b) => a - b);
}

function matches(fields: Fields, local: number): boolean {
  const date = new Date(local);
  if (!fields.minute.has(date.getUTCMinutes()) || !fields.hour.has(date.getUTCHours())) return false;
  if (!fields.month.has(date.getUTCMonth() + 1)) return false;
  const isLast = new Date(local + 86_400_000).getUTCDate() === 1;
  const day = fields.day.has(date.getUTCDate()) || (fields.lastDay && isLast);
  const weekday = fields.weekday.has(date.getUTCDay());
  if (fields.anyDay || fields.anyWeekday) return day && weekday;
  return day || weekday;
}

function readFields(pattern: string): Fields {
  const [second, minute, hour, day, month, weekday] = pattern.split(" ") as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const weekdays = expand(weekday, 0, 6);
  if (weekdays.has(7)) weekdays.add(0);
  return {
    second: expand(second, 0, 59),
    minute: expand(minute, 0, 59),
    hour: expand(hour, 0, 23),
    day: expand(day.split(",").filter((part) => part !== "L").join(","), 1, 31),
    lastDay: day.split(",").includes("L"),
    month: expand(month, 1, 12),
    weekday: weekdays,
    anyDay: day === "*",
    anyWeekday: weekday === "*",
    fixed: ![second, minute, hour].some((field) => field.includes("*") || field.includes("/")),
  };
}

function expand(field: string, min: number, max: number): Set<number> {
  const values = new Set<number>();
  if (field === "") return values;
  for (const part of field.split(",")) {
    const [range, step] = part.split("/") as [string, string?];
    const [low, high] = range === "*" ? [min, max] : range.split("-").map(Number) as [number, number?];
    const end = high ?? (step === undefined ? low : max);
    for (let value = low; value <= end; value += Number(step ?? 1)) values.add(value);
  }
  return values;
}
