// Reads what people bring from systemd's OnCalendar= and says which cron pattern means the same.

const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ["minutely", "* * * * *"],
  ["hourly", "0 * * * *"],
  ["daily", "0 0 * * *"],
  ["weekly", "0 0 * * MON"],
  ["monthly", "0 0 1 * *"],
  ["quarterly", "0 0 1 1,4,7,10 *"],
  ["semiannually", "0 0 1 1,7 *"],
  ["yearly", "0 0 1 1 *"],
  ["annually", "0 0 1 1 *"],
]);

const WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*";
const DAYS = new RegExp(`^${WEEKDAY}(?:(?:\\.\\.|-|,)${WEEKDAY})*$`, "i");
const PART = "[\\d*,./~]+";
const DATE = new RegExp(`^(?:(${PART})-)?(${PART})(?:-|(?=~))(${PART})$`);
const TIME = new RegExp(`^(${PART}):(${PART})(?::(${PART}))?$`);
const ZONE = /^(?:UTC|[A-Z][A-Za-z_]+\/[A-Za-z_/+-]+)$/;

/** What it means here. `pattern` is null where no pattern does; `timezone` where it names one. */
interface CalendarReading {
  pattern: string | null;
  timezone: string | null;
}

/** Undefined for what is no calendar event of systemd's. */
export function readSystemdCalendar(text: string): CalendarReading | undefined {
  const words = text.replace(/^OnCalendar\s*=\s*/i, "").trim().split(/\s+/);
  const timezone = words.length > 1 && ZONE.test(words.at(-1)!) ? words.pop()! : null;
  const short = words.length === 1 ? SHORTHANDS.get(words[0]!.toLowerCase()) : undefined;
  if (short !== undefined) return { pattern: short, timezone };
  const days = DAYS.test(words[0] ?? "") ? words.shift()! : null;
  const time = TIME.exec(words.at(-1) ?? "");
  if (time !== null) words.pop();
  const date = DATE.exec(words[0] ?? "");
  if (date !== null) words.shift();
  if (words.length > 0 || (days === null && time === null && date === null)) return undefined;
  return { pattern: patternOf(days, date, time), timezone };
}

function patternOf(days: string | null, date: string[] | null, time: string[] | null): string | null {
  const [, year = "*", month = "*", day = "*"] = date ?? [];
  const fields = [time?.[3] ?? "0", time?.[2] ?? "0", time?.[1] ?? "0", day, month, year].map(fieldOf);
  const weekday = days === null ? "*" : days.split(/,/).map(weekdays).join(",");
  const dayOfMonth = fields[3]!;
  // There the days must be both, here they may be either.
  if (weekday !== "*" && dayOfMonth !== "*") {
    const nth = /^(1|8|15|22)-(7|14|21|28)$/.exec(dayOfMonth);
    if (nth === null || /[,-]/.test(weekday) || Number(nth[2]) - Number(nth[1]) !== 6) return null;
    return joined([...fields.slice(0, 3), "*", fields[4]!, `${weekday}#${Number(nth[2]) / 7}`, fields[5]!]);
  }
  return joined([...fields.slice(0, 5), weekday, fields[5]!]);
}

/** Seconds and years only where they say something; null where a field has no words here. */
function joined(fields: (string | null)[]): string | null {
  if (fields.includes(null)) return null;
  const year = fields[6] === "*" ? [] : [fields[6]];
  const second = fields[0] === "0" && year.length === 0 ? [] : [fields[0]];
  return [...second, ...fields.slice(1, 6), ...year].join(" ");
}

/** Null for days that are counted from the end of a month, but for the last one. */
function fieldOf(part: string): string | null {
  if (/^~0?1$/.test(part)) return "L";
  if (part.includes("~")) return null;
  return part.replace(/\d+/g, (digits) => String(Number(digits))).replaceAll("..", "-");
}

function weekdays(part: string): string {
  return part.split(/\.\.|-/).map((day) => day.slice(0, 3).toUpperCase()).join("-");
}
