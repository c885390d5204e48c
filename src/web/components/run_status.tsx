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
  const isDamaged = run.verification === "failed";
  const isRejected = run.rejectedAt !== null;
  // What counts for nothing is never shown as if it were good.
  const isSound = !isDamaged && !isRejected && !isSuspect(run);
  const tone = run.status === "available" && !isSound ? "idle" : TONES[run.status];
  return (
    <>
      <span class={`badge ${tone}`}>{words}</span>
      {isDamaged ? <span class="badge bad">damaged</span> : null}
      {isRejected ? <span class="badge bad">rejected</span> : null}
      {isSuspect(run) ? <span class="badge warn">suspect</span> : null}
      {run.holdAt === null ? null : <span class="badge busy">held</span>}
      {run.retryAt === null ? null : <span class="badge idle">tried again</span>}
    </>
  );
}
