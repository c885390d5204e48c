// Carries one verification out: commits that it is about to be sent, asks the provider, and follows it to its end. The same
// id again begins nothing at the provider and answers what became of it, so a lost answer and a crash are asked about.

import { isOpen, type Verification } from "../../domain/verification/verification.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { VerificationReport } from "../../ports/verification.ts";
import { persist } from "../context/commit.ts";
import { type ActiveVerification, type VerifyContext, waitOrCut } from "./active.ts";

/** How one ended, before anything of that is saved. */
export interface VerificationEnd {
  state: "passed" | "failed" | "inconclusive" | "cut_off";
  message: string;
  bytes?: number;
  files?: number;
  durationMs?: number;
  /** Trying again would find out no more. */
  isFinal?: boolean;
}

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;
/** What is refused as busy for so long finds no moment. */
const BUSY_MS = 1_800_000;
/** Waits between tries to end what a backup or a time limit ends: where it goes on, a provider may begin no backup. */
const FIRST_CANCEL_WAIT_MS = 1_000;
const LONGEST_CANCEL_WAIT_MS = 4_000;
/** So long it is tried; no less than any verification may take without a word. */
const CANCEL_FOR_MS = 1_800_000;
/** The same of one that ends for another reason, and most likely is not under way. */
const LET_GO_FOR_MS = 3_000;

/** Follows it to its end, and says how it ended; undefined where somebody else ended it in the store. */
export async function follow(
  context: VerifyContext,
  active: ActiveVerification,
): Promise<VerificationEnd | undefined> {
  const { clock } = context;
  let wait = FIRST_WAIT_MS;
  /** Why it is still waited for; undefined while it runs. */
  let last: string | undefined;
  for (;;) {
    context.stop.throwIfAborted();
    if (active.cut.signal.aborted) return await cutOff(context, active);
    if (clock.monotonic() - active.since > context.timeoutMs) {
      await cancel(context, active, CANCEL_FOR_MS);
      return {
        state: "inconclusive",
        message: `it took longer than its timeout, ${context.timeoutMs / 1000} s` +
          (last === undefined ? "" : `: ${last}`),
      };
    }
    const isSent = active.verification.state === "running";
    if (!isSent && !await saveState(context, active, "sending")) return undefined;
    // A backup may have come while that was saved.
    if (active.cut.signal.aborted) continue;
    const answer = isSent ? await look(context, active) : await ask(context, active);
    if ("wait" in answer) {
      const { wait: why, cause } = answer;
      last = cause?.message ?? last;
      if (cause?.unusable !== undefined) {
        return await withoutWord(context, active, { message: cause.message });
      }
      if (why === "busy" && clock.monotonic() - active.since > BUSY_MS) {
        const said = cause === undefined ? "" : `: ${cause.message}`;
        return await withoutWord(context, active, {
          message: `its provider did not take it all the time${said}`,
        });
      }
      const { state } = active.verification;
      if (cause !== undefined && (state === "sending" || state === "running")) {
        if (!await saveState(context, active, state, cause.message)) return undefined;
      }
      await waitOrCut(context, active, wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
      continue;
    }
    [wait, last] = [FIRST_WAIT_MS, undefined];
    if ("refused" in answer) {
      return await withoutWord(context, active, { message: answer.refused, isFinal: true });
    }
    if (answer.state !== "running") {
      return endOf(answer as VerificationReport & { state: VerificationEnd["state"] });
    }
    if (!await saveState(context, active, "running", answer.message)) return undefined;
    await waitOrCut(context, active, context.pollIntervalMs);
  }
}

/**
 * `busy`: surely not begun; `silent`: asked again, under the same id; `refused`: why it never will be. A cause that waits for
 * somebody to fix it (a wrong password) is waited for by nobody.
 */
type Answer =
  | VerificationReport
  | { wait: "busy" | "silent"; cause?: ProviderError }
  | { refused: string };

async function ask(context: VerifyContext, active: ActiveVerification): Promise<Answer> {
  const { verificationId, id, method, job } = active.verification;
  try {
    const call = { verificationId, method, fence: context.store.fence, job };
    const report = await context.calls.verify(id, call);
    active.mayRun = true;
    // The word on another one is no word on this one.
    return report.verificationId === verificationId ? report : { wait: "silent" };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "refused") return { refused: error.message };
    if (error.kind !== "unsent" && error.unusable === undefined) active.mayRun = true;
    return { wait: error.kind === "unsent" ? "busy" : "silent", cause: error };
  }
}

/** Asks after one that runs; where the provider shows another one, or none, it is asked for anew under its id. */
async function look(context: VerifyContext, active: ActiveVerification): Promise<Answer> {
  const { verificationId, id } = active.verification;
  try {
    const answer = await context.calls.get(id);
    if (answer.found !== "yes") {
      return { refused: "its provider does not know the backup any more" };
    }
    const report = answer.backup.verification;
    return report?.verificationId === verificationId ? report : await ask(context, active);
  } catch (error) {
    if (error instanceof ProviderError) return { wait: "silent", cause: error };
    throw error;
  }
}

async function cutOff(context: VerifyContext, active: ActiveVerification): Promise<VerificationEnd> {
  await cancel(context, active, CANCEL_FOR_MS);
  return { state: "cut_off", message: "it was ended for a backup that is due" };
}

/** It ends without a word of the provider on it: then it is not to go on there, in the way of backups. */
async function withoutWord(
  context: VerifyContext,
  active: ActiveVerification,
  end: Pick<VerificationEnd, "message" | "isFinal">,
): Promise<VerificationEnd> {
  await cancel(context, active, LET_GO_FOR_MS);
  return { state: "inconclusive", ...end };
}

/** Has the provider end what may be under way there, and tries that until it is answered, for so long at most. */
async function cancel(context: VerifyContext, active: ActiveVerification, forMs: number): Promise<void> {
  const { clock, calls } = context;
  const { id, verificationId } = active.verification;
  const begun = clock.monotonic();
  if (!active.mayRun) return;
  for (let wait = FIRST_CANCEL_WAIT_MS;; wait = Math.min(LONGEST_CANCEL_WAIT_MS, wait * 2)) {
    try {
      return await calls.cancelVerification(id, verificationId);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.kind === "refused" || clock.monotonic() - begun + wait > forMs) return;
      await clock.sleep(wait, context.stop);
    }
  }
}

/** False where it is not what it was. */
async function saveState(
  context: VerifyContext,
  active: ActiveVerification,
  state: "sending" | "running",
  message: string | null = null,
): Promise<boolean> {
  const { verification } = active;
  if (verification.state === state && verification.message === (message ?? verification.message)) return true;
  const next: Verification = {
    ...verification,
    state,
    message: message ?? verification.message,
    sentAt: verification.sentAt ?? context.clock.now(),
  };
  const what = `save that verification ${verification.verificationId} is '${state}'`;
  const isSaved = await persist(context, verification, what, async (attempt) => {
    const { result } = await context.store.commit({
      job: verification.job,
      conditions: [{
        condition: "verification",
        verificationId: verification.verificationId,
        in: [verification.state],
      }],
      writes: [{ write: "verification", verification: next }],
    });
    if (result === "done") return true;
    const stored = await context.store.verification(verification.verificationId);
    // A commit whose answer was lost may have taken place.
    return attempt > 0 && stored?.state === state && isOpen(stored.state);
  });
  if (isSaved) active.verification = next;
  return isSaved;
}

function endOf(report: VerificationReport & { state: VerificationEnd["state"] }): VerificationEnd {
  const { state, message, bytes, files, durationMs, partial } = report;
  // Nothing wrong in a part of the data is no proof: what lies in the others may be damaged.
  if (state === "passed" && partial) {
    return { state: "inconclusive", isFinal: true, message: message ?? "only a part of its data was read" };
  }
  return {
    state,
    message: message ?? (state === "passed" ? "it can be restored" : "its provider did not say why"),
    ...(isCount(bytes) ? { bytes } : {}),
    ...(isCount(files) ? { files } : {}),
    ...(isCount(durationMs) ? { durationMs: Math.round(durationMs) } : {}),
  };
}

/** A provider may say anything. */
function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
