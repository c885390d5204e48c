// A point in time in a list of what happened: the time itself, and how far it is.

import { twoDigits } from "../../domain/calendar/calendar.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { iso } from "../../domain/instant.ts";
import { timeText } from "../../domain/notify/words.ts";
import { agoText } from "./time.tsx";
import { offsetText } from "./zone_text.ts";

interface MomentProps {
  /** UTC ms. */
  at: number;
  now: number;
  zone?: string;
  hasSeconds?: boolean;
  /** Says how far from UTC it is, among times of several zones. */
  isLabelled?: boolean;
}

/** `02:31`, `Mon 02:00`, `9 Nov 02:00` in a zone, `02:31:07` where seconds count. */
export function Moment({ at, now, zone = "UTC", hasSeconds, isLabelled }: MomentProps) {
  const seconds = hasSeconds ? `:${twoDigits(Math.floor(at / 1_000) % 60)}` : "";
  const label = isLabelled ? ` ${offsetText(at, zone)}` : "";
  const text = `${timeText(at, now, zoneOf(zone))}${seconds}${label}`;
  return <time datetime={iso(at)} title={`${iso(at)} · ${agoText(at, now)}`} class="nowrap">{text}</time>;
}
