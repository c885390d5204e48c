// The event that tells of one call: what a provider was asked, what came of it, and how long it took.

import type { EngineEvent } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { Call } from "./call.ts";

/** What came of a call. */
export interface CallOutcome {
  status: number | "error";
  /** JSON was to be in the answer, and is not. */
  unreadable: boolean;
  /** By the monotonic clock. */
  startedAt: number;
  /** Why there was no answer, or what one said that was of no use. */
  why?: string;
  /** It was so at the last call of this kind as well, so that only who listens closely is told. */
  again?: boolean;
}

/** True where it brought what was asked for, or an answer that says that it is not there. */
export function isUseful({ status, unreadable }: Pick<CallOutcome, "status" | "unreadable">): boolean {
  return status !== "error" && !unreadable && (status < 300 || status === 404 || status === 410);
}

/** Of a call that ends now. */
export function callEvent(
  clock: Clock,
  providerKey: string,
  call: Call,
  { status, unreadable, startedAt, again, why }: CallOutcome,
  redact: (text: string) => string,
): EngineEvent {
  const duration = Math.max(0, Math.round(clock.monotonic() - startedAt));
  const answered = `it answered ${status}${unreadable ? " without readable JSON" : ""}`;
  const outcome = status === "error" ? "no answer" : answered;
  const ofJob = call.job === undefined ? "" : ` (job '${call.job}')`;
  return {
    type: "provider.call",
    level: again || isUseful({ status, unreadable }) ? "debug" : "info",
    at: clock.now(),
    job: call.job,
    runId: call.runId,
    message: redact(
      `Asked provider '${providerKey}' to ${call.what}${ofJob}: ${outcome} after ${duration} ms`,
    ),
    data: {
      ...{ provider: providerKey, operation: call.operation, status, duration_ms: duration },
      ...(unreadable ? { unreadable } : {}),
      ...(why === undefined ? {} : { why: redact(why) }),
    },
  };
}
