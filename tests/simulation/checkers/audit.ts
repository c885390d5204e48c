// I47: whatever was killed in between, the audit trail is whole.

import type { TrailReport } from "../../../src/ports/audit_trail.ts";
import type { Finding } from "./witness.ts";

/** I47: every event of the trail fits onto the one before it, and none of its kind stands beside it. */
export function I47_trailIsWhole({ trouble, head, events, pruned }: TrailReport): Finding {
  if (trouble !== null) return `the audit trail is broken: ${trouble.message}`;
  if (events + pruned !== head.link) {
    return `the audit trail ends with number ${head.link}, and has ${events} events and ${pruned} that went`;
  }
}
