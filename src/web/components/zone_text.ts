// Which clock a time is of, where that has to be said.

import { twoDigits } from "../../domain/calendar/calendar.ts";
import { civil, isZone, type Zone, zoneOf } from "../../domain/calendar/zone.ts";

/** The clock of a zone; that of UTC where its name, as a former version stored it, is not known. */
export function clockOf(zone: string): Zone {
  return zoneOf(isZone(zone) ? zone : "UTC");
}

/** How far a zone's clock is from UTC at an instant (UTC ms): `+05:30`, `UTC`. */
export function offsetText(at: number, zone: string): string {
  const minutes = Math.round(clockOf(zone).spanAt(at).offset / 60_000);
  if (minutes === 0) return "UTC";
  const far = Math.abs(minutes);
  return `${minutes < 0 ? "−" : "+"}${twoDigits(Math.floor(far / 60))}:${twoDigits(far % 60)}`;
}

/** The whole of an instant (UTC ms) by a zone's clock: `2026-11-28 02:00:00 +01:00`. */
export function fullText(at: number, zone: string): string {
  const { year, month, day, hour, minute, second } = civil(clockOf(zone), at);
  const date = `${year}-${twoDigits(month)}-${twoDigits(day)}`;
  return `${date} ${[hour, minute, second].map(twoDigits).join(":")} ${offsetText(at, zone)}`;
}
