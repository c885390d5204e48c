// When what lets a caller in ends, and from when on that is told.

import { counted } from "./count_text.ts";
import { DAY } from "./duration.ts";
import { iso } from "./instant.ts";

/** How long before its end a token is told of: time enough to hand out another one. */
const WARNING_MS = 14 * DAY;

/** What may end; UTC ms, absent: it does not. */
interface Ending {
  expires?: number;
}

/** Whether it has ended, or will soon. */
export function expiryOf({ expires = Infinity }: Ending, now: number): "valid" | "expiring" | "expired" {
  if (now >= expires) return "expired";
  return expires - now <= WARNING_MS ? "expiring" : "valid";
}

/** The end as a predicate, such as `expires at … (in 3 days)`; undefined while there is nothing to tell. */
export function expiryText(ending: Ending, now: number): string | undefined {
  const state = expiryOf(ending, now);
  if (state === "valid") return undefined;
  const end = iso(ending.expires!);
  const days = Math.floor(Math.abs(ending.expires! - now) / DAY);
  const span = days === 0 ? "less than a day" : counted(days, "day");
  return state === "expired" ? `expired at ${end} (${span} ago)` : `expires at ${end} (in ${span})`;
}
