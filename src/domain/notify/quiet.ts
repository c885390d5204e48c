// Whether it is a quiet hour.

import { civil, type Zone } from "../calendar/zone.ts";
import type { NotifyRule } from "./rule.ts";

/** True while nothing is sent, by the clock on the wall of the zone. */
export function isQuiet(quiet: NotifyRule["quiet"], zone: Zone, now: number): boolean {
  if (quiet === null) return false;
  const { hour, minute } = civil(zone, now);
  const at = hour * 60 + minute;
  return quiet.from < quiet.to ? at >= quiet.from && at < quiet.to : at >= quiet.from || at < quiet.to;
}
