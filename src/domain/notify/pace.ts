// How fast messages may go to a channel, and when one that was not taken is sent again.

/** So many messages at once, then one a minute. */
export const BURST = 10;
const REFILL_MS = 60_000;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;
/** What is not taken for so long is given up. */
export const GIVE_UP_MS = 48 * 3_600_000;

/** What a channel may still be sent. `at` by the uptime (ms). */
export interface Allowance {
  left: number;
  at: number;
}

/** The allowance now: one more each minute, up to a burst. */
export function allowanceAt({ left, at }: Allowance, now: number): Allowance {
  const more = Math.floor(Math.max(0, now - at) / REFILL_MS);
  return left + more >= BURST ? { left: BURST, at: now } : { left: left + more, at: at + more * REFILL_MS };
}

/** How long until there is one more (ms). */
export function untilMore({ at }: Allowance, now: number): number {
  return Math.max(1, at + REFILL_MS - now);
}

/** How long a channel is left alone after so many failures in a row (ms); `chance` in [0, 1) spreads it by a fifth. */
export function waitAfter(failures: number, chance: number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, failures - 1));
  return Math.round(wait * (0.8 + 0.2 * chance));
}
