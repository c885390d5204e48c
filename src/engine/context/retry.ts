// How long to wait before trying again, and in which order: pure functions of how often it was tried.

import type { Random } from "../../ports/host.ts";

const HOUR_MS = 3_600_000;

/** Exponential from `firstMs`, doubled each time, at most `maxMs` (default one hour), with jitter between half and all of it. */
export function backoff(attempt: number, firstMs: number, random: Random, maxMs = HOUR_MS): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full / 2 + (full / 2) * random.next());
}

/** How long a plain provider is left in peace before a POST of unknown fate is sent again: two of its timeouts, or a minute. */
export function resendDelay(createTimeoutMs: number): number {
  return Math.max(60_000, 2 * createTimeoutMs);
}

/** A gateway may answer the POSTs of one start so at most this often before it is given up. */
export const MAX_GATEWAY_POSTS = 10;
const LONGEST_GATEWAY_WAIT_MS = 60_000;

/** The wait after the n-th answer (from 1) that may be a gateway's: doubled each time, at most a minute. */
export function gatewayDelay(count: number, retryIntervalMs: number): number {
  return Math.min(
    Math.max(LONGEST_GATEWAY_WAIT_MS, retryIntervalMs),
    retryIntervalMs * 2 ** Math.min(count - 1, 30),
  );
}

/** Puts the items into an order of chance, in place. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random.next() * (at + 1));
    [items[at], items[other]] = [items[other]!, items[at]!];
  }
  return items;
}
