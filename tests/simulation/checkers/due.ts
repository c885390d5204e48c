// That the agenda knows when everything is due.

import type { EngineEvent } from "../../../src/ports/events.ts";
import type { Finding } from "./witness.ts";

/** The slow walk never finds a due time of which nobody knew. */
export function dueIsKnown({ type, data, message }: EngineEvent): Finding {
  return type === "job.error" && data?.left_ms !== undefined ? message : undefined;
}
