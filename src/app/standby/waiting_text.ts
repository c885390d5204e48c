// What is said of an instance that cannot begin yet.

import { instanceText } from "../../domain/standby_text.ts";
import { LEASE_TTL_MS, leaseTimes } from "../../engine/lease/lease_rules.ts";
import type { LeaseSeen } from "../../ports/lease.ts";

/** Once, as the wait begins. */
export function waitingText(
  seen: Pick<LeaseSeen, "node" | "address"> & Partial<Pick<LeaseSeen, "ttlMs">>,
  isStandby: boolean,
): string {
  const who = instanceText(seen);
  return isStandby
    ? `On standby: ${who} is active; this instance takes over when that one gives the state back or stops renewing its lease`
    : `The state was last used by ${who}, which may still live: waiting for up to ${
      leaseTimes(Math.max(LEASE_TTL_MS, seen.ttlMs ?? 0)).stillMs / 1_000
    } s to see whether it does`;
}
