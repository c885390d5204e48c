// Words of causes and remedies, which come without a capital letter and a full stop, as sentences of a page.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { withTimes } from "../../domain/notify/words.ts";

/** Begins with a capital letter, ends with a full stop, and has its instants as people read them. */
export function sentence(text: string, now: number, zone = "UTC"): string {
  const words = readable(text, now, zone);
  return `${capital(words)}${/[.!?]$/.test(words) ? "" : "."}`;
}

/** With its instants as people read them: `Mon 02:00`. */
export function readable(text: string, now: number, zone = "UTC"): string {
  return withTimes(text, now, zoneOf(zone));
}

/** With a capital letter in front. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
