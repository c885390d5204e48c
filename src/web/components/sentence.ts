// Words of causes and remedies, which come without a capital letter and a full stop, as sentences of a page.

import { dayTimeText, INSTANT } from "../../domain/notify/words.ts";
import { clockOf, offsetText } from "./zone_text.ts";

/** Begins with a capital letter, ends with a full stop, and has its instants as people read them. */
export function sentence(text: string, now: number, zone = "UTC", isLabelled = false): string {
  const words = readable(text, now, zone, isLabelled);
  return `${capital(words)}${/[.!?]$/.test(words) ? "" : "."}`;
}

/** With its instants as people read them: `Mon 02:00`; labelled, among times of several zones, `Mon 02:00 +01:00`. */
export function readable(text: string, now: number, zone = "UTC", isLabelled = false): string {
  return text.replace(INSTANT, (instant) => {
    const at = Date.parse(instant);
    return `${dayTimeText(at, now, clockOf(zone))}${isLabelled ? ` ${offsetText(at, zone)}` : ""}`;
  });
}

/** With a capital letter in front. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
