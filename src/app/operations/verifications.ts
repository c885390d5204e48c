// What callers may ask about proofs, and how those of a job show; part of the composition root.

import type { Run } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import { usualRestore } from "../../domain/verification/restore_trend.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JobVerifier } from "../../engine/verification/job_verifier.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { JobVerificationView } from "../../ports/views/proof.ts";

/** Builds them. */
export function verificationOperations(
  { engine, store }: { engine: Engine; store: RunStore },
): Pick<Operations, "verifyBackup" | "verificationsOf"> {
  return {
    async verifyBackup(run, method, by) {
      const conflict = (why: string) =>
        ({ outcome: "conflict", message: `Cannot verify backup '${run.id ?? run.runId}': ${why}` }) as const;
      if (run.status !== "available" || run.id === null) {
        return conflict(`it is '${run.status}': expected 'available'`);
      }
      const can = await engine.verifications.canVerify(run);
      if (can !== undefined) return conflict(can);
      const begun = await engine.verifications.byHand(run, method, by.name);
      return "busy" in begun
        ? conflict(begun.busy)
        : { outcome: "accepted", verification: begun.verification };
    },
    verificationsOf: (run: Run, most) => store.verificationsOf(run.runId, most),
  };
}

/** Null where the job proves nothing by itself. `now`: UTC ms. */
export function jobVerificationView(
  verifier: JobVerifier | undefined,
  now: number,
): JobVerificationView | null {
  if (verifier?.settings === undefined) return null;
  const { settings, state, active } = verifier;
  const { restoredBytes: bytes, restoredMs: ms, restoreTimes } = state;
  const usual = usualRestore(restoreTimes);
  return {
    schedule: settings.schedule,
    select: settings.select,
    method: settings.method,
    every_seconds: settings.everyMs / 1000,
    next_at: iso(verifier.nextAt(now)),
    next_pick: null,
    running: active === null
      ? null
      : { id: active.id, since: iso(active.createdAt), message: active.message },
    proved_at: iso(state.provedAt),
    proved_id: state.provedId,
    last: state.lastState === null
      ? null
      : { state: state.lastState, at: iso(state.lastAt), message: state.lastMessage },
    restore: bytes === null || ms === null ? null : {
      bytes,
      seconds: ms / 1000,
      bytes_per_second: Math.round(bytes * 1000 / Math.max(1, ms)),
      median_seconds: usual === null ? null : usual.ms / 1000,
      median_of: usual?.of ?? null,
    },
  };
}
