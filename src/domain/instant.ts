// Points in time as the product writes them, and as people do.

const DAY = 86_400_000;
/** After it the year has more than four digits. */
const LAST = Date.UTC(9999, 11, 31);

const two = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));

/** The day that was written last, and how: lists and scrapes write many times of one day. */
let lastDay = NaN;
let lastDate = "";

/** ISO 8601 in UTC of a time in ms, such as `2026-11-23T04:00:00.000Z`; null for none. */
export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  if (ms === null) return null;
  if (!Number.isInteger(ms) || ms < 0 || ms > LAST) return new Date(ms).toISOString();
  const day = Math.floor(ms / DAY);
  if (day !== lastDay) {
    lastDate = new Date(ms).toISOString().slice(0, 11);
    lastDay = day;
  }
  const rest = ms - day * DAY;
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  const fraction = String(rest - seconds * 1000).padStart(3, "0");
  return `${lastDate}${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}.${fraction}Z`;
}

const WRITTEN =
  /^(\d{4}-\d\d)-(\d\d)(?:T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/;

/** Milliseconds of an ISO 8601 instant with `Z` or an offset, or of a date in UTC; undefined when it is neither. */
export function parseInstant(text: string): number | undefined {
  const [, month, day] = WRITTEN.exec(text) ?? [];
  if (month === undefined) return undefined;
  const ms = Date.parse(text);
  // Date.parse takes 31 February as 3 March.
  const last = new Date(`${month}-01T00:00:00Z`);
  last.setUTCMonth(last.getUTCMonth() + 1, 0);
  return Number(day) >= 1 && Number(day) <= last.getUTCDate() ? ms : undefined;
}
