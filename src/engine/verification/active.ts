// A verification under way, and what others want of it.

import type { Verification } from "../../domain/verification/verification.ts";
import type { ProviderCalls } from "../context/calls.ts";
import type { EngineContext } from "../context/context.ts";

/** What one verification is carried out with; frozen at its beginning. */
export interface VerifyContext extends EngineContext {
  calls: ProviderCalls;
  pollIntervalMs: number;
  timeoutMs: number;
}

/** One that is followed from now on. */
export interface ActiveVerification {
  verification: Verification;
  /** When it began, by the monotonic clock; of one that another process began: when it was taken up. */
  since: number;
  /** Aborts when it is to end for a backup. */
  cut: AbortController;
  /** It may be under way at the provider, whatever was answered last. */
  mayRun: boolean;
}

/** Why a wait ended early: a backup is due. Never leaves the engine. */
export class CutOff extends Error {}

/** Takes up one that is stored. */
export function activeVerification({ clock }: EngineContext, verification: Verification): ActiveVerification {
  const mayRun = verification.state !== "intent";
  return { verification, since: clock.monotonic(), cut: new AbortController(), mayRun };
}

/** Waits `ms`, less where it is to end for a backup; rejects with the stop's reason when the engine stops. */
export async function waitOrCut(
  context: EngineContext,
  { cut }: ActiveVerification,
  ms: number,
): Promise<void> {
  if (cut.signal.aborted) return;
  try {
    await context.clock.sleep(ms, AbortSignal.any([context.stop, cut.signal]));
  } catch (error) {
    if (context.stop.aborted) throw context.stop.reason;
    if (!(error instanceof CutOff)) throw error;
  }
}
