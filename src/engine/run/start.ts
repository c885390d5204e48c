// Asks a provider to begin a backup: commits that it is about to, sends, commits what was answered.

import { ProviderError } from "../../domain/errors.ts";
import { BUSY, isInLine, isWaiting, type Run } from "../../domain/backup.ts";
import { isUntilMended } from "../../domain/unusable.ts";
import { blackoutOf, mayStartAt } from "../../domain/schedule/blackout.ts";
import { afterFailure } from "../../domain/schedule/retry.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import { adopt } from "./answer.ts";
import { type Move, surelyMove, tryMove } from "../context/commit.ts";
import { guardFenced } from "../retention/restored.ts";
import {
  type ActiveRun,
  interruption,
  isAhead,
  type RunContext,
  runEvent,
  waitOrWake,
  wasWoken,
} from "../context/context.ts";
import { gatewayDelay } from "../context/retry.ts";

/** Until when a start is tried: grace time after the slot; one that waited, and a further try, have their own. */
export function giveUpAt(context: RunContext, run: Run): number {
  const hasWaited = run.slot !== null && mayStartAt(blackoutOf(context.job), run.slot) > run.slot;
  const since = run.attempt > 1 || hasWaited ? run.createdAt : run.slot ?? run.createdAt;
  return since + context.job.graceMs;
}

/** A start may wait for its place at least so long, however short grace time is. */
const LEAST_WAIT_MS = 60_000;

interface End {
  status: "failed" | "cancelled" | "expired";
  reason: string;
  message?: string;
}

/**
 * Carries a run in `intent` to its first answer: running, available, failed, unknown, or `intent` again for a later try.
 * It stays `intent` until it has its place among the calls of its provider, however many wait there.
 */
export async function start(context: RunContext, active: ActiveRun): Promise<void> {
  const { clock } = context;
  for (;;) {
    const { run } = active;
    const end = whyGiveUp(context, active);
    if (end !== undefined) return await giveUp(context, active, end.status, end.reason, end.message);
    const notBefore = opensAt(context, run, Math.max(run.notBefore ?? 0, clock.now()));
    if (clock.now() >= notBefore) break;
    // A turn that came in a blackout is given back.
    if (notBefore > Math.max(run.notBefore ?? 0, clock.now())) active.inLineSince = null;
    const until = run.attempts > 0 ? Math.min(notBefore, giveUpAt(context, run) + 1) : notBefore;
    const leave = standInLine(context, active, until - clock.now());
    await waitOrWake(context, active, until - clock.now()).finally(leave);
  }
  await send(context, active);
}

/**
 * Has the run tried as soon as its provider has a place again, in its turn; answers what takes that back. Not where the
 * provider has said itself when to come again, which is later than `retry_interval`.
 */
function standInLine(
  { calls, job }: RunContext,
  active: ActiveRun,
  waitMs: number,
): (() => void) | undefined {
  if (active.run.reason !== BUSY || waitMs > job.retryIntervalMs) return undefined;
  return calls.standInLine(active.run.startTime ?? active.run.createdAt, () => {
    active.run = { ...active.run, notBefore: null };
    active.wake();
  });
}

/** When a start that may be sent from `at` on is sent: not in a blackout, unless somebody asked for it by hand. */
function opensAt({ job }: RunContext, { trigger }: Run, at: number): number {
  return trigger === "schedule" ? mayStartAt(blackoutOf(job), at) : at;
}

/** True where it would begin in a blackout, and does not wait for its end. */
function isBlackedOut({ job, clock }: RunContext, { trigger }: Run): boolean {
  const blackout = trigger === "schedule" ? blackoutOf(job) : null;
  return blackout?.act === "skip" && blackout.windowAt(clock.now()) !== null;
}

/** Why a run in `intent` is not to be sent any more; undefined when it is. */
function whyGiveUp(context: RunContext, active: ActiveRun): End | undefined {
  const { clock, job } = context;
  const { run, cancelFor, inLineSince } = active;
  if (isAhead(clock, run)) return { status: "expired", reason: "clock_back" };
  if (cancelFor !== null) return { status: "cancelled", reason: cancelFor.reason };
  const atRest = context.whyAtRest();
  const isWanted = atRest === undefined || (atRest !== "removed" && run.trigger !== "schedule");
  if (!isWanted) return { status: "cancelled", reason: atRest };
  const unreachable = { status: "failed", reason: "unreachable" } as const;
  if (isBlackedOut(context, run)) {
    return run.attempts > 0 ? unreachable : { status: "cancelled", reason: "blackout" };
  }
  if (run.attempts > 0) return clock.now() > giveUpAt(context, run) ? unreachable : undefined;
  if (inLineSince === null) return undefined;
  const isTooLate = run.slot !== null && run.attempt === 1 && job.startDeadlineMs !== null &&
    clock.now() > run.slot + job.startDeadlineMs + job.jitterMs;
  if (!isTooLate && clock.monotonic() - inLineSince <= Math.max(job.graceMs, LEAST_WAIT_MS)) return undefined;
  return { ...unreachable, message: `its turn at provider '${run.providerKey}' did not come` };
}

/** True while a run may be sent, as it was decided when its place was asked for. */
function maySend(context: RunContext, active: ActiveRun): boolean {
  const { run, cancelFor } = active;
  const { clock } = context;
  if (run.status === "intent") {
    return opensAt(context, run, clock.now()) <= clock.now() && whyGiveUp(context, active) === undefined;
  }
  return cancelFor === null && context.whyAtRest() !== "removed" &&
    context.clock.now() <= giveUpAt(context, run) && !isAhead(context.clock, run);
}

/**
 * Waits for a place among the calls of the provider, commits `sending` in it, POSTs once and commits the answer. Returns
 * without that when the run is woken up as it waits, or is not to be sent any more. `mayDouble` is false where the
 * provider honours our key, so that sending again has no second effect.
 */
export async function send(context: RunContext, active: ActiveRun, mayDouble = true): Promise<void> {
  const { calls, clock, job, store, stop } = context;
  const { runId, slot } = active.run;
  active.inLineSince ??= clock.monotonic();
  let before: Run | undefined;
  let answer: BackupInfo | "withheld" | ProviderError;
  try {
    answer = await calls.create(
      { runId, job: active.run.job, slot, fence: store.fence, body: job.createBody },
      async () => {
        stop.throwIfAborted();
        if (!maySend(context, active)) return false;
        const run = active.run;
        if (!await markSending(context, active, mayDouble)) return false;
        before = run;
        return true;
      },
      interruption(context, active),
    );
  } catch (error) {
    if (before === undefined) return wasWoken(context, error);
    if (!(error instanceof ProviderError)) throw error;
    answer = error;
  }
  if (before === undefined || answer === "withheld") return;
  if (answer instanceof ProviderError) await commitNoStart(context, active, answer, before, mayDouble);
  else await adopt(context, active, answer, ["sending"]);
}

/** Commits that the POST is about to be sent; false where someone else decided about the run meanwhile. */
async function markSending(context: RunContext, active: ActiveRun, mayDouble: boolean): Promise<boolean> {
  const { clock, store } = context;
  const now = clock.now();
  const before = active.run;
  const again = before.uncertainAttempts > 0;
  const isDoubtful = before.clockOff !== null || context.watch.mark() !== null;
  const sending = await tryMove(context, before, {
    from: [before.status],
    set: {
      status: "sending",
      // What somebody has to fix is not fixed by another try, and who is in line stays there.
      reason: isUntilMended(before) || before.reason === BUSY ? before.reason : null,
      attempts: before.attempts + 1,
      uncertainAttempts: before.uncertainAttempts + 1,
      lastAttemptAt: now,
      startTime: before.startTime ?? now,
      // In doubt nobody knows which it is.
      periodTime: before.periodTime ?? (isDoubtful ? null : now),
      notBefore: null,
      ...(again && mayDouble && before.maybeDuplicateAt === null ? { maybeDuplicateAt: now } : {}),
    },
    events: [
      runEvent(context, before, "run.sending", again ? "warning" : "debug", sendingMessage(before), {
        attempt: before.attempts + 1,
        uncertain: before.uncertainAttempts,
      }),
    ],
  });
  // Someone else decided about this run (superseded, expired), or its slot had a row already, as after a clock
  // that was set back: then ours was never inserted, and is over.
  active.run = sending ?? (await store.run(before.runId)) ??
    { ...before, status: "expired", reason: "already_decided" };
  active.inLineSince = null;
  active.underWaySince = clock.monotonic();
  return sending !== undefined;
}

/** `before`: the run as it was before this attempt. */
async function commitNoStart(
  context: RunContext,
  active: ActiveRun,
  error: ProviderError,
  before: Run,
  mayDouble: boolean,
): Promise<void> {
  const now = context.clock.now();
  const isNoStart = error.kind === "unsent" && error.gateway === undefined;
  if (isNoStart && before.uncertainAttempts === 0 && active.run.trigger === "manual") {
    return await giveUp(context, active, "failed", error.unusable ?? "unreachable", error.message, "");
  }
  const move = noStart(context, active.run, error, before, mayDouble, now);
  active.run = (await surelyMove(context, active.run, { from: ["sending"], ...move })).run;
  await guardFenced(context, active.run, error);
}

/** What an attempt means that brought no backup, as far as the provider said. */
function noStart(
  context: RunContext,
  run: Run,
  error: ProviderError,
  before: Run,
  mayDouble: boolean,
  now: number,
): Pick<Move, "set" | "events"> {
  const { clock, job } = context;
  const again = before.uncertainAttempts > 0;
  const landed = (before.lastAttemptAt ?? before.createdAt) + job.createTimeoutMs;
  if (again && !mayDouble && isUsedUp(error) && now >= landed && !isAhead(clock, before)) {
    const message = `The start of job '${run.job}' has no backup any more: ${error.message}`;
    return failed(context, run, "unsettled", message, now);
  }
  if (error.kind === "refused" && !again) return failed(context, run, "refused", error.message, now);
  if (error.gateway) return fromGateway(context, run, error, now);
  if (error.kind === "unsent" || error.kind === "refused") {
    // This attempt started nothing; an earlier one of unknown fate still may have.
    const wait = error.retryAfterMs ?? job.retryIntervalMs;
    const set = {
      uncertainAttempts: before.uncertainAttempts,
      lastAttemptAt: before.lastAttemptAt,
      message: error.message,
      notBefore: now + wait,
    };
    const data = { kind: error.kind, retry_in_ms: wait };
    if (again) {
      return {
        set: { ...set, status: "unknown", reason: "lost_answer" },
        events: [runEvent(context, run, "run.retry", "warning", error.message, data)],
      };
    }
    return {
      set: { ...set, status: "intent", reason: error.unusable ?? (isBusy(error) ? BUSY : "retry") },
      events: [waitingEvent(context, before, error, data)],
    };
  }
  const message = `It is not known whether the backup of job '${run.job}' started: ${error.message}`;
  return {
    set: {
      status: "unknown",
      reason: "lost_answer",
      message: error.message,
      // It may have been under way until now: what the next one is spaced by counts from its end.
      lastAttemptAt: now,
      notBefore: now + job.retryIntervalMs,
    },
    events: [runEvent(context, run, "run.unknown", "warning", message, { reason: "lost_answer" })],
  };
}

/** True where the provider is there and says that it is at work: what began nothing for that has to wait its turn. */
function isBusy({ kind, status }: ProviderError): boolean {
  return kind === "unsent" && status === 409;
}

/** Says once that the provider is waited for, and again when the cause is another; in between only to who listens closely. */
function waitingEvent(
  context: RunContext,
  before: Run,
  error: ProviderError,
  data: { kind: string; retry_in_ms: number },
): EngineEvent {
  const { message, unusable } = error;
  const { job } = before;
  if (isBusy(error)) {
    // Whatever is at work there just now, to wait for one's turn is no trouble.
    const level = isWaiting(before) && isInLine(before) ? "debug" : "info";
    const text = `The start of job '${job}' waits for its turn at its provider: ${message}`;
    return runEvent(context, before, "run.retry", level, text, data);
  }
  const isNews = !isWaiting(before) || before.message !== message;
  const text = unusable === undefined
    ? `The start of job '${job}' waits for its provider and is tried again: ${message}`
    : `The start of job '${job}' fails until somebody fixes that, and is tried again: ${message}`;
  return runEvent(context, before, "run.retry", isNews ? "warning" : "debug", text, data);
}

/** A gateway may have delivered the call before it answered so, and may not have. */
function fromGateway(
  context: RunContext,
  run: Run,
  { message, status }: ProviderError,
  now: number,
): Pick<Move, "set" | "events"> {
  const gatewayAttempts = run.gatewayAttempts + 1;
  const text = `It is not known whether the backup of job '${run.job}' started, ` +
    `since a gateway may have answered ${status ?? ""} after the provider got the call: ${message}`;
  return {
    set: {
      status: "unknown",
      reason: "gateway",
      message,
      gatewayAttempts,
      lastAttemptAt: now,
      notBefore: now + gatewayDelay(gatewayAttempts, context.job.retryIntervalMs),
    },
    events: [runEvent(context, run, "run.unknown", "warning", text, { reason: "gateway" })],
  };
}

function failed(
  context: RunContext,
  run: Run,
  reason: "unsettled" | "refused",
  message: string,
  endTime: number,
): Pick<Move, "set" | "events"> {
  return {
    set: { status: "failed", reason, endTime, message, uncertainAttempts: 0, gatewayAttempts: 0 },
    events: [runEvent(context, run, "run.failed", "error", message, { reason })],
  };
}

/** True when a provider that honours keys says that ours stands for a call it will not answer any more. */
function isUsedUp(error: ProviderError): boolean {
  return error.kind === "refused" && (error.status === 410 || error.status === 422);
}

/** Ends a run whose start never reached the provider. */
async function giveUp(
  context: RunContext,
  active: ActiveRun,
  status: "failed" | "cancelled" | "expired",
  reason: string,
  message = active.run.message ??
    (status === "failed" ? "the provider could not be reached" : "nothing had been sent yet"),
  within = " within grace time",
): Promise<void> {
  const run = active.run;
  const now = context.clock.now();
  const retry = status === "failed" ? afterFailure(run, reason, context.job.retry, now) : {};
  const text = status === "failed"
    ? `Backup of job '${run.job}' was not started${within}: ${message}`
    : status === "expired"
    ? `Start of job '${run.job}' is dropped, nothing was running: the clock was set back since it was due`
    : `Start of job '${run.job}' was cancelled before anything was sent: ${reason}`;
  active.run = (await surelyMove(context, run, {
    from: [run.status],
    set: { status, reason, endTime: now, message, uncertainAttempts: 0, ...retry },
    events: [
      runEvent(context, run, `run.${status}`, "error", text, { reason }),
    ],
  })).run;
}

function sendingMessage(run: Run): string {
  if (run.uncertainAttempts > 0) {
    return `Asking again for the backup of job '${run.job}', whose start may have taken effect already`;
  }
  return `Asking for a backup of job '${run.job}'`;
}
