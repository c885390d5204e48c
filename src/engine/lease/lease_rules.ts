// When a lease may be taken, and how long its holder may act: decided from what was seen and from one's own uptime alone.
// No date decides anything: neither that of the database nor that of any machine.

import type { Instance, LeaseSeen } from "../../ports/lease.ts";

/** How long a lease lasts after it was renewed. */
export const LEASE_TTL_MS = 30_000;
/** How often its holder renews it. */
export const RENEW_EVERY_MS = 10_000;
/** How long its holder acts after it last renewed it. */
export const ACT_MS = LEASE_TTL_MS * 2 / 3;
/** How long its counter must have stood still before another takes it. */
export const STILL_MS = LEASE_TTL_MS + 10_000;
/** How often one who waits looks at it, at least. */
export const LOOK_EVERY_MS = 2_000;

/** What was seen of the lease since its counter last moved. */
export interface Watched {
  seen: LeaseSeen;
  /** When it was first known to stand so, by the own monotonic clock (ms). */
  since: number;
  /** It was seen to move: its holder lives. */
  hasMoved: boolean;
}

/**
 * What is known after another look: `at` is when its answer came, by the own monotonic clock, which stands still while the
 * machine sleeps: who sleeps watches nobody.
 */
export function watched(before: Watched | null, seen: LeaseSeen, at: number): Watched {
  if (before === null || at < before.since) return { seen, since: at, hasMoved: false };
  const isAnother = before.seen.epoch !== seen.epoch || before.seen.holder !== seen.holder;
  const hasMoved = isAnother || before.seen.renewals !== seen.renewals;
  return hasMoved ? { seen, since: at, hasMoved } : { ...before, seen };
}

/**
 * The store answered again after a time in which it did not: its holder could not renew either, perhaps, and gets the time
 * for one renewal.
 */
export function afterSilence(lease: Watched, at: number): Watched {
  return { ...lease, since: Math.max(lease.since, at - STILL_MS + RENEW_EVERY_MS) };
}

/** Who wants the lease. */
export interface Candidate extends Pick<Instance, "place"> {
  /** Under which this process has tried to take it: where one of them holds it, the answer was lost. */
  holders: ReadonlySet<string>;
}

/**
 * Why the lease may be taken: nobody ever had it, it was given back, its holder was this process or one before it at the same
 * place, an older version that never renews holds it, or its counter stood still for long enough.
 */
export type Free = "new" | "released" | "own" | "older" | "still";

type Verdict = { free: Free } | { free: null; leftMs: number };

/** Whether it may be taken, judged as the look was sent at `at`; null: nobody ever held it. */
export function judge(lease: Watched | null, at: number, self: Candidate): Verdict {
  if (lease === null) return { free: "new" };
  const { seen, since } = lease;
  if (seen.isReleased) return { free: "released" };
  if (self.holders.has(seen.holder)) return { free: "own" };
  // Before the place: nobody who is dead renews.
  const isStill = at - since >= STILL_MS;
  if (!lease.hasMoved && seen.place !== null && seen.place === self.place) return { free: "own" };
  if (seen.renewals === null) return { free: "older" };
  return isStill ? { free: "still" } : { free: null, leftMs: STILL_MS - (at - since) };
}

/** How long to wait until the next look. */
export function nextLookMs(verdict: Extract<Verdict, { free: null }>): number {
  return Math.max(1, Math.min(LOOK_EVERY_MS, verdict.leftMs));
}

/** The own clocks as the last renewal that was answered was sent: that of the awake machine, and that of all its time. */
export interface Renewed {
  monotonic: number;
  uptime: number;
}

/** How long ago that was (ms): the machine may have slept since, or the process stood still. */
function sinceRenewed(renewed: Renewed, now: Renewed): number {
  return Math.max(now.monotonic - renewed.monotonic, now.uptime - renewed.uptime);
}

/** Whether its holder may still begin anything at a provider. */
export function mayAct(renewed: Renewed, now: Renewed): boolean {
  const since = sinceRenewed(renewed, now);
  return since >= 0 && since < ACT_MS;
}
