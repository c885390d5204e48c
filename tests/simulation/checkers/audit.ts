// I47: whatever was killed in between, the audit trail is whole. I49: what is packed is listed as what is not.

import type { TrailReport } from "../../../src/ports/audit_trail.ts";
import { AUDIT_TYPES } from "../../../src/ports/events.ts";
import type { StoredEvent } from "../../../src/ports/queries.ts";
import type { Finding } from "./witness.ts";

/** I47: every event of the trail fits onto the one before it, and none of its kind stands beside it. */
export function I47_trailIsWhole({ trouble, head, events, pruned }: TrailReport): Finding {
  if (trouble !== null) return `the audit trail is broken: ${trouble.message}`;
  if (events + pruned !== head.link) {
    return `the audit trail ends with number ${head.link}, and has ${events} events and ${pruned} that went`;
  }
}

/** I49: lists of events have every event of the trail once, and the same ones from either end and by their runs. */
export function I49_eventsAreListed(
  { events }: TrailReport,
  rising: readonly StoredEvent[],
  falling: readonly StoredEvent[],
  ofRun: readonly StoredEvent[],
): Finding {
  const chained = rising.filter(({ type }) => AUDIT_TYPES.includes(type)).length;
  if (chained !== events) return `${chained} events of the trail are listed, and it has ${events}`;
  const shown = (list: readonly StoredEvent[]) =>
    JSON.stringify(list.map(({ seq, message }) => [seq, message]));
  if (shown(rising) !== shown(falling.toReversed())) {
    return "events are listed otherwise from their other end";
  }
  const runId = ofRun[0]?.runId;
  if (runId !== undefined && shown(ofRun) !== shown(rising.filter((event) => event.runId === runId))) {
    return `the events of run ${runId} are not those that say that they are`;
  }
}
