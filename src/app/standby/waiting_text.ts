// What is said of an instance that cannot begin yet.

import { instanceText } from "../../domain/standby_text.ts";
import { STILL_MS } from "../../engine/lease/lease_rules.ts";
import type { LeaseSeen } from "../../ports/lease.ts";

/** Once, as the wait begins. */
export function waitingText(seen: Pick<LeaseSeen, "node" | "address">, isStandby: boolean): string {
  const who = instanceText(seen);
  return isStandby
    ? `On standby: ${who} is active; this instance takes over when that one gives the state back or stops renewing its lease`
    : `The state was last used by ${who}, which may still live: waiting for up to ${
      STILL_MS / 1_000
    } s to see whether it does`;
}
