// Which slots fell for a job so far, by every schedule it had; slots not decided yet are not among them.

import type { Slots } from "./dispatch.ts";

/** A schedule that a job had from an instant (UTC ms, exclusive) until its next one. */
interface ScheduleVersion {
  since: number;
  slots: Pick<Slots, "next" | "latest">;
}

/** The slots that fell. Asked about instants in UTC ms. */
export interface SlotHistory {
  /** First slot strictly after `from`; null when none fell after it. */
  next(from: number): number | null;
  /** Last slot at or before `until`; null when none fell by then. Quickest when it lies within `near` ms. */
  latest(until: number, near: number): number | null;
  /** How many slots lie in (from, until]; null when more than `limit`. */
  count(from: number, until: number, limit: number): number | null;
}

/**
 * Joins the schedules of a job, oldest first. Slots lie after the first `since` and at or before `decidedUntil`;
 * `except` is the slot whose run is still under way, which nobody can miss yet.
 */
export function slotHistory(
  versions: readonly ScheduleVersion[],
  decidedUntil: number,
  except: number | null,
): SlotHistory {
  const spans = versions.map(({ since, slots }, at) => ({
    since,
    until: Math.min(decidedUntil, versions[at + 1]?.since ?? Infinity),
    slots,
  }));
  const next = (from: number): number | null => {
    for (const { since, until, slots } of spans) {
      if (until <= from) continue;
      let slot = slots.next(Math.max(since, from));
      if (slot !== null && slot === except) slot = slots.next(slot);
      if (slot !== null && slot <= until) return slot;
    }
    return null;
  };
  return {
    next,
    latest(until, near) {
      for (const { since, until: last, slots } of spans.toReversed()) {
        const end = Math.min(until, last);
        // A look into a short time takes fewer steps, and mostly finds one.
        for (let width = near, from = end; from > since; width *= 16) {
          from = Math.max(since, end - width);
          const slot = slots.latest(from, end);
          const counted = slot !== null && slot === except ? slots.latest(from, slot - 1) : slot;
          if (counted !== null) return counted;
        }
      }
      return null;
    },
    count(from, until, limit) {
      let count = 0;
      for (let slot = next(from); slot !== null && slot <= until; slot = next(slot)) {
        if (++count > limit) return null;
      }
      return count;
    },
  };
}
