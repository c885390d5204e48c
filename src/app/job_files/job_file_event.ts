// What the audit trail is told of a job that a caller wrote or removed; part of the composition root.

import type { EngineEvent } from "../../ports/events.ts";
import type { Caller } from "../../ports/operations.ts";
import { etagOf } from "./preconditions.ts";

/** Of a file that was replaced; null: there was none, or is none. */
export function jobFileEvent(
  at: number,
  { job, path, before, text }: { job: string; path: string; before: string | null; text: string | null },
  by: Caller,
): EngineEvent {
  const digest = (of: string | null) => of === null ? null : etagOf(of).slice(1, -1);
  const did = text === null ? "removed" : before === null ? "created" : "replaced";
  return {
    type: text === null ? "job.file_removed" : "job.file_written",
    level: "warning",
    at,
    job,
    message: `${by.name} ${did} the file of job '${job}'`,
    data: { by: by.name, role: by.role, file: path, digest_before: digest(before), digest: digest(text) },
  };
}
