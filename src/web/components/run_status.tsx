// What became of a run, in one word.

import type { Run, Status } from "../../domain/backup.ts";
import { isSuspect } from "../../domain/suspicion.ts";
import type { Tone } from "./badge.tsx";

const TONES: Record<Status, Tone> = {
  intent: "warn",
  sending: "busy",
  unknown: "warn",
  running: "busy",
  cancelling: "busy",
  available: "good",
  missing: "bad",
  deleting: "idle",
  "delete-error": "warn",
  deleted: "idle",
  failed: "bad",
  cancelled: "idle",
  lost: "bad",
  skipped: "idle",
  expired: "warn",
};

/** The exact word of the run, with what is said of it besides. */
export function RunStatus({ run }: { run: Run }) {
  const words = run.status === "intent" ? "waiting" : run.status;
  return (
    <>
      <span class={`badge ${TONES[run.status]}`}>{words}</span>
      {isSuspect(run) ? <span class="badge warn">suspect</span> : null}
      {run.holdAt === null ? null : <span class="badge busy">held</span>}
      {run.retryAt === null ? null : <span class="badge idle">tried again</span>}
    </>
  );
}
