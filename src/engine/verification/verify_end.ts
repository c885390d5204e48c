// Saves how a verification ended, with all that follows from it in the same commit: the word on the backup, the suspicion, the
// guard, and when another try comes.

import type { Run } from "../../domain/backup.ts";
import { withRestoreTime } from "../../domain/verification/restore_trend.ts";
import {
  failedProofReason,
  isOpen,
  isSuspectByProof,
  OPEN_STATES,
  retryWait,
  type Verification,
  type VerifyState,
} from "../../domain/verification/verification.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { RunChanges, Write } from "../../ports/store.ts";
import { persist } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";
import { stopChange } from "../context/latch.ts";
import { proofDamageText } from "../safekeeping/damage.ts";
import type { VerificationEnd } from "./verify_flow.ts";

/** What was saved. */
interface SavedEnd {
  verification: Verification;
  state: VerifyState;
}

const MOST_MESSAGE = 2_000;

/**
 * Saves it; undefined where somebody else had ended it. `state`: what is known of the job so far. What is wrong with a
 * backup that was deleted meanwhile says nothing of it.
 */
export async function saveEnd(
  context: EngineContext,
  verification: Verification,
  found: VerificationEnd,
  known: VerifyState,
): Promise<SavedEnd | undefined> {
  const what = `save how verification ${verification.verificationId} ended`;
  return await persist(context, verification, what, async () => {
    for (;;) {
      const run = await context.store.run(verification.runId);
      const isThere = run?.status === "available";
      const end: VerificationEnd = isThere || found.state !== "failed" && found.state !== "passed" ? found : {
        state: "cut_off",
        message: `the backup is ${run === undefined ? "not on record" : `'${run.status}'`} by now`,
      };
      const saved = savedEnd(context, verification, end, known);
      const marks = run === undefined || !isThere
        ? undefined
        : marksOf(context, run, saved.verification, end);
      const { result } = await context.store.commit({
        job: verification.job,
        conditions: [
          { condition: "verification", verificationId: verification.verificationId, in: OPEN_STATES },
          ...(isThere ? [{ condition: "status", runId: run.runId, in: ["available"] } as const] : []),
        ],
        writes: [
          { write: "verification", verification: saved.verification },
          { write: "verifyState", state: saved.state },
          ...marks?.writes ?? [],
        ],
        events: [endEvent(context, saved.verification), ...marks?.events ?? []],
      });
      if (result === "done") return saved;
      const stored = await context.store.verification(verification.verificationId);
      if (stored === undefined || !isOpen(stored.state)) return undefined;
    }
  });
}

/** What the verification and what is known of its job become. */
function savedEnd(
  { clock }: EngineContext,
  verification: Verification,
  end: VerificationEnd,
  known: VerifyState,
): SavedEnd {
  const now = clock.now();
  const { state, bytes = null, files = null, durationMs = null } = end;
  const message = end.message.slice(0, MOST_MESSAGE);
  const ended: Verification = { ...verification, state, endedAt: now, message, bytes, files, durationMs };
  const wait = verification.slot === null || end.isFinal ? null : retryWait(state, verification.attempt);
  const next: VerifyState = {
    ...known,
    retryAt: wait === null ? null : now + wait,
    slot: wait === null ? null : verification.slot,
    attempt: wait === null ? 1 : verification.attempt + (state === "inconclusive" ? 1 : 0),
  };
  if (state === "cut_off") return { verification: ended, state: next };
  Object.assign(next, { lastState: state, lastAt: now, lastMessage: message });
  // A level that has had its turn waits for the others; one whose try found out nothing tries on first.
  if (wait === null && verification.level !== null) {
    next.turns = { ...known.turns, [verification.level]: now };
  }
  if (state === "passed") {
    Object.assign(next, { provedAt: now, provedId: verification.id });
    if (bytes !== null && durationMs !== null) {
      const restoreTimes = withRestoreTime(known.restoreTimes, durationMs);
      Object.assign(next, { restoredBytes: bytes, restoredMs: durationMs, restoreTimes });
    }
  }
  return { verification: ended, state: next };
}

/** What a backup that is there is marked with. */
function marksOf(
  context: EngineContext,
  run: Run,
  verification: Verification,
  end: VerificationEnd,
): { writes: Write[]; events: EngineEvent[] } {
  const now = context.clock.now();
  const set: RunChanges = end.state === "cut_off" ? {} : { verifyTriedAt: now };
  const writes: Write[] = [];
  const events: EngineEvent[] = [];
  if (end.state === "passed") {
    Object.assign(set, { verification: "passed", verifiedAt: now });
    if (isSuspectByProof(run.suspectReason)) {
      Object.assign(set, { suspectAt: null, suspectReason: null, acceptedAt: null, rejectedAt: null });
    }
  } else if (end.state === "failed") {
    Object.assign(set, { verification: "failed", verifiedAt: now });
    // Found again it is the same finding, which somebody may have answered.
    if (run.verification !== "failed" || !isSuspectByProof(run.suspectReason)) {
      const reason = failedProofReason(verification.message);
      const suspectAt = Math.max(now, (run.acceptedAt ?? -1) + 1);
      Object.assign(set, { suspectAt, suspectReason: reason });
      const stop = stopChange(run.job, "upkeep_failed", proofDamageText(run.job, run.id!, reason), suspectAt);
      writes.push(...stop.writes);
      events.push(suspectEvent(context, run, reason), ...stop.events);
    }
  }
  if (Object.keys(set).length > 0) writes.push({ write: "run", runId: run.runId, set });
  return { writes, events };
}

function suspectEvent(context: EngineContext, run: Run, reason: string): EngineEvent {
  const message =
    `Backup '${run.id}' of job '${run.job}' is suspect: ${reason}; it counts for nothing and is kept: ` +
    `look at it, then 'schelly backups verify ${run.id}' once it is fixed, or 'schelly backups accept ${run.id} --damaged' or ` +
    `'schelly backups reject ${run.id}'`;
  return runEvent(context, run, "run.suspect", "error", message, { id: run.id, reason });
}

const LEVELS_OF_END = { passed: "info", failed: "error", inconclusive: "warning", cut_off: "info" } as const;

function endEvent(context: EngineContext, verification: Verification): EngineEvent {
  const { id, job, method, message, verificationId, bytes, files, durationMs, slot } = verification;
  const state = verification.state as keyof typeof LEVELS_OF_END;
  const how = {
    passed: "was proved restorable",
    failed: "cannot be restored",
    inconclusive: "was not proved: nothing was found out",
    cut_off: "was not proved: its verification was cut off",
  }[state];
  const text = `Backup '${id}' of job '${job}' ${how} (${method}): ${message}`;
  const data = {
    ...{ id, method, verification_id: verificationId, bytes, files, slot },
    ...(durationMs === null ? {} : { duration_ms: durationMs }),
  };
  return runEvent(context, verification, `verification.${state}`, LEVELS_OF_END[state], text, data);
}
