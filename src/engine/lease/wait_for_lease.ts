// Waits until the lease of a state may be taken, or says that it is in use.

import { StoreError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/host.ts";
import type { LeaseSeen, LeaseWatch } from "../../ports/lease.ts";
import {
  afterSilence,
  type Candidate,
  type Free,
  judge,
  type LeaseTimes,
  nextLookMs,
  type Watched,
  watched,
} from "./lease_rules.ts";

interface WaitOptions {
  watch: Pick<LeaseWatch, "look">;
  clock: Pick<Clock, "monotonic" | "sleep">;
  self: Candidate;
  times: LeaseTimes;
  /** Waits for as long as its holder lives; else that it lives ends the wait with `in_use`. */
  isStandby: boolean;
  signal: AbortSignal;
  /** The lease cannot be taken yet; called at each look. */
  waiting?(lease: Watched): void;
  /** Nothing could be found out, which is tried again; absent: that ends the wait. */
  failed?(error: StoreError): void;
}

/** How it may be taken: only as it was seen; null where nobody ever held it. */
export interface Opening {
  free: Free;
  seen: LeaseSeen | null;
}

/** Rejects with `StoreError`, or with the signal's reason. */
export async function waitForLease(options: WaitOptions): Promise<Opening> {
  const { watch, clock, self, times, isStandby, signal } = options;
  let lease: Watched | null = null;
  let isSilent = false;
  for (;;) {
    signal.throwIfAborted();
    const sentAt = clock.monotonic();
    let seen: LeaseSeen | null;
    try {
      seen = await watch.look();
    } catch (error) {
      if (!(error instanceof StoreError) || !isPassing(error) || options.failed === undefined) throw error;
      options.failed(error);
      isSilent = true;
      await clock.sleep(times.lookEveryMs, signal);
      continue;
    }
    const answeredAt = clock.monotonic();
    lease = seen === null ? null : watched(lease, seen, answeredAt);
    if (isSilent && lease !== null) lease = afterSilence(lease, answeredAt, times);
    isSilent = false;
    const verdict = judge(lease, sentAt, self, times);
    if (verdict.free !== null) return { free: verdict.free, seen };
    if (!isStandby && lease!.hasMoved) throw inUse(lease!.seen);
    options.waiting?.(lease!);
    await clock.sleep(nextLookMs(verdict, times), signal);
  }
}

function isPassing({ kind }: StoreError): boolean {
  return kind === "failed" || kind === "unknown";
}

/** One sentence: who holds it, and what to do. */
function inUse({ node, address }: LeaseSeen): StoreError {
  const who = node === null
    ? "another Schelly"
    : `Schelly on '${node}'${address === null ? "" : ` (${address})`}`;
  return new StoreError(
    "in_use",
    `Cannot use the state: ${who} uses it and renews its lease: stop that one first, or give this one a state of its own, ` +
      "or write 'standby: {}' into the configuration of both, so that one waits for the other",
  );
}
