// When a lease may be taken, and how long its holder may act: decided from what was seen and from one's own uptime alone.
// No date decides anything: neither that of the database nor that of any machine.

import type { Instance, LeaseSeen } from "../../ports/lease.ts";

/** How long a lease lasts after it was renewed, unless the configuration says otherwise. */
export const LEASE_TTL_MS = 30_000;

/** What follows from how long a lease lasts (ms). */
export interface LeaseTimes {
  ttlMs: number;
  /** How often its holder renews it, */
  renewEveryMs: number;
  /** and tries again where that failed. */
  retryMs: number;
  /** How long its holder acts after it last renewed it. */
  actMs: number;
  /** How long its counter must have stood still before another takes it. */
  stillMs: number;
  /** How often one who waits looks at it, at least. */
  lookEveryMs: number;
}

/** Of a lease of 30 s: renewed every 10 s, acted on for 20 s, taken after 40 s. */
export function leaseTimes(ttlMs: number): LeaseTimes {
  const share = (of: number) => Math.round(ttlMs * of);
  return {
    ttlMs,
    renewEveryMs: share(1 / 3),
    retryMs: share(1 / 15),
    actMs: share(2 / 3),
    stillMs: share(4 / 3),
    lookEveryMs: share(1 / 15),
  };
}

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
export function afterSilence(lease: Watched, at: number, times: LeaseTimes): Watched {
  const { stillMs, renewEveryMs } = agreed(lease.seen, times);
  return { ...lease, since: Math.max(lease.since, at - stillMs + renewEveryMs) };
}

/** Its holder may count on a longer lease than one's own would be: the configurations of the two may differ for a while. */
function agreed({ ttlMs }: LeaseSeen, own: LeaseTimes): LeaseTimes {
  return ttlMs === null || ttlMs <= own.ttlMs ? own : leaseTimes(ttlMs);
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

/** Whether it may be taken, judged as the look was sent at `at`; null: nobody ever held it. `times` are one's own. */
export function judge(lease: Watched | null, at: number, self: Candidate, times: LeaseTimes): Verdict {
  if (lease === null) return { free: "new" };
  const { seen, since } = lease;
  if (seen.isReleased) return { free: "released" };
  if (self.holders.has(seen.holder)) return { free: "own" };
  // Before the place: nobody who is dead renews.
  const { stillMs } = agreed(seen, times);
  const isStill = at - since >= stillMs;
  if (!lease.hasMoved && seen.place !== null && seen.place === self.place) return { free: "own" };
  if (seen.renewals === null) return { free: "older" };
  return isStill ? { free: "still" } : { free: null, leftMs: stillMs - (at - since) };
}

/** How long to wait until the next look. */
export function nextLookMs(verdict: Extract<Verdict, { free: null }>, { lookEveryMs }: LeaseTimes): number {
  return Math.max(1, Math.min(lookEveryMs, verdict.leftMs));
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
export function mayAct(renewed: Renewed, now: Renewed, { actMs }: LeaseTimes): boolean {
  const since = sinceRenewed(renewed, now);
  return since >= 0 && since < actMs;
}
