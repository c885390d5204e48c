// Asks a provider to begin a backup: commits that it is about to, sends, commits what was answered.

import { ProviderError } from "../domain/errors.ts";
import type { Run } from "../domain/backup.ts";
import type { BackupInfo } from "../ports/provider.ts";
import { type Move, surelyMove, tryMove } from "./commit.ts";
import { type ActiveRun, jobEvent, type RunContext, runEvent, waitOrWake } from "./context.ts";
import type { JobChanges, Write } from "../ports/store.ts";

/** Until when a start is tried: grace time after the slot. */
export function giveUpAt(context: RunContext, run: Run): number {
  return (run.slot ?? run.createdAt) + context.job.graceMs;
}

/** Carries a run in `intent` to its first answer: running, available, failed, unknown, or `intent` again for a later try. */
export async function start(context: RunContext, active: ActiveRun): Promise<void> {
  const { clock } = context;
  const run = active.run;
  const retrying = run.attempts > 0;
  const end = giveUpAt(context, run);
  while (clock.now() < (run.notBefore ?? 0) && !(retrying && clock.now() > end)) {
    const until = retrying ? Math.min(run.notBefore!, end + 1) : run.notBefore!;
    await waitOrWake(context, active, until - clock.now());
    if (active.cancelFor !== null) return await giveUp(context, active, "cancelled", active.cancelFor.reason);
  }
  if (retrying && clock.now() > end) return await giveUp(context, active, "failed", "unreachable");
  await send(context, active, run.status === "intent" ? ["intent"] : ["unknown"]);
}

/** Commits `sending`, POSTs once and commits the answer. `from` is what the row must still be. */
export async function send(context: RunContext, active: ActiveRun, from: Run["status"][]): Promise<void> {
  const { clock, store } = context;
  const now = clock.now();
  const before = active.run;
  const again = before.uncertainAttempts > 0;
  const sending = await tryMove(context, before, {
    from,
    set: {
      status: "sending",
      reason: null,
      attempts: before.attempts + 1,
      uncertainAttempts: before.uncertainAttempts + 1,
      lastAttemptAt: now,
      startTime: before.startTime ?? now,
      periodTime: before.periodTime ?? now,
      notBefore: null,
      ...(again && before.maybeDuplicateAt === null ? { maybeDuplicateAt: now } : {}),
    },
    events: [
      runEvent(context, before, "run.sending", again ? "warning" : "debug", sendingMessage(before), {
        attempt: before.attempts + 1,
        uncertain: before.uncertainAttempts,
      }),
    ],
  });
  if (sending === undefined) {
    // Someone else decided about this run (superseded, expired), or its slot had a row already, as after a clock
    // that was set back: then ours was never inserted, and is over.
    active.run = (await store.run(before.runId)) ?? { ...before, status: "expired", reason: "already_decided" };
    return;
  }
  active.run = sending;
  let answer: BackupInfo;
  try {
    answer = await context.calls.create({
      runId: sending.runId,
      job: sending.job,
      slot: sending.slot,
      fence: store.fence,
      body: context.job.createBody,
    });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await commitNoStart(context, active, error, before);
    return;
  }
  await adopt(context, active, answer, ["sending"]);
}

/** Binds the provider's id to the run, in whatever state the provider says it is. */
export async function adopt(
  context: RunContext,
  active: ActiveRun,
  answer: BackupInfo,
  from: Run["status"][],
): Promise<void> {
  const moved = await surelyMove(context, active.run, bindMove(context, active.run, answer, from));
  active.run = moved.run;
  if (moved.conflict !== "duplicate_id") return;
  const owner = await context.store.byProviderId(active.run.providerKey, answer.id);
  const message = `The provider answered the start of run ${active.run.runId} with id '${answer.id}', ` +
    `which already belongs to run ${owner?.runId ?? "of another job"}: expected an id never used before`;
  const failed = await surelyMove(context, active.run, {
    from,
    set: { status: "unknown", reason: "duplicate_id", message },
    also: [{
      write: "latch",
      guard: { job: active.run.job, guard: "duplicate_id", latchedAt: context.clock.now(), message },
    }],
    events: [runEvent(context, active.run, "run.unknown", "error", message, { reason: "duplicate_id" })],
  });
  active.run = failed.run;
  // The id is doubtful for every job of this provider.
  const others = (await context.store.jobs()).filter((other) =>
    other.job !== active.run.job && other.providerKey === active.run.providerKey
  );
  for (const other of others) {
    await context.store.commit({
      job: other.job,
      writes: [{
        write: "latch",
        guard: { job: other.job, guard: "duplicate_id", latchedAt: context.clock.now(), message },
      }],
      events: [
        jobEvent(context, other.job, "retention.guarded", "error", message, { guard: "duplicate_id" }),
      ],
    });
  }
}

/** The move a provider's first description of our backup leads to. */
export function bindMove(context: RunContext, run: Run, answer: BackupInfo, from: Run["status"][]): Move {
  const now = context.clock.now();
  const bound = { id: answer.id, message: answer.message ?? null };
  if (answer.state === "running") {
    return {
      from,
      set: { ...bound, status: "running", reason: null, dataId: dataIdOf(answer) },
      events: [
        runEvent(
          context,
          run,
          "run.started",
          "info",
          `Backup '${answer.id}' of job '${run.job}' is running`,
          {
            id: answer.id,
          },
        ),
      ],
    };
  }
  const end = endMove(context, { ...run, id: answer.id, startTime: run.startTime ?? now }, answer, from);
  return { ...end, set: { ...bound, ...end.set } };
}

/** The move the end of a backup leads to: available with its size and data id, or failed with the message. */
export function endMove(context: RunContext, run: Run, info: BackupInfo, from: Run["status"][]): Move {
  const now = context.clock.now();
  const durationMs = run.startTime === null ? null : now - run.startTime;
  if (info.state === "available") {
    return {
      from,
      set: {
        status: "available",
        reason: null,
        endTime: now,
        dataId: dataIdOf(info),
        sizeMb: info.sizeMb ?? null,
        message: info.message ?? null,
      },
      also: resetGrace(run),
      events: [
        runEvent(
          context,
          run,
          "run.available",
          "info",
          `Backup '${info.id}' of job '${run.job}' is available`,
          {
            id: info.id,
            data_id: dataIdOf(info),
            size_mb: info.sizeMb ?? null,
            duration_ms: durationMs,
          },
        ),
      ],
    };
  }
  const why = info.message ?? `the provider says '${info.status}'`;
  return {
    from,
    set: { status: "failed", reason: info.reason ?? "provider", endTime: now, message: why },
    events: [
      runEvent(
        context,
        run,
        "run.failed",
        "error",
        `Backup '${info.id}' of job '${run.job}' failed: ${why}`,
        {
          id: info.id,
          reason: info.reason ?? "provider",
        },
      ),
    ],
  };
}

function resetGrace(run: Run): Write[] {
  const set: JobChanges = { graceFactor: 1 };
  return [{ write: "job", job: run.job, set }];
}

function dataIdOf(info: BackupInfo): string | null {
  return info.dataId ?? null;
}

async function commitNoStart(
  context: RunContext,
  active: ActiveRun,
  error: ProviderError,
  before: Run,
): Promise<void> {
  const { clock, job } = context;
  const run = active.run;
  const now = clock.now();
  const again = before.uncertainAttempts > 0;
  if (error.kind === "refused" && !again) {
    active.run = (await surelyMove(context, run, {
      from: ["sending"],
      set: {
        status: "failed",
        reason: "refused",
        endTime: now,
        message: error.message,
        uncertainAttempts: 0,
      },
      events: [runEvent(context, run, "run.failed", "error", error.message, { reason: "refused" })],
    })).run;
    return;
  }
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
      active.run = (await surelyMove(context, run, {
        from: ["sending"],
        set: { ...set, status: "unknown", reason: "lost_answer" },
        events: [runEvent(context, run, "run.retry", "warning", error.message, data)],
      })).run;
      return;
    }
    if (run.trigger === "manual") {
      return await giveUp(context, active, "failed", "unreachable", error.message);
    }
    active.run = (await surelyMove(context, run, {
      from: ["sending"],
      set: { ...set, status: "intent", reason: "retry" },
      events: [runEvent(context, run, "run.retry", "warning", error.message, data)],
    })).run;
    return;
  }
  active.run = (await surelyMove(context, run, {
    from: ["sending"],
    set: {
      status: "unknown",
      reason: "lost_answer",
      message: error.message,
      notBefore: now + context.job.retryIntervalMs,
    },
    events: [
      runEvent(
        context,
        run,
        "run.unknown",
        "warning",
        `It is not known whether the backup of job '${run.job}' started: ${error.message}`,
        { reason: "lost_answer" },
      ),
    ],
  })).run;
}

/** Ends a run whose start never reached the provider. */
async function giveUp(
  context: RunContext,
  active: ActiveRun,
  status: "failed" | "cancelled",
  reason: string,
  message = active.run.message ?? "the provider could not be reached",
): Promise<void> {
  const run = active.run;
  const text = status === "failed"
    ? `Backup of job '${run.job}' was not started within grace time: ${message}`
    : `Start of job '${run.job}' was cancelled before anything was sent: ${reason}`;
  active.run = (await surelyMove(context, run, {
    from: [run.status],
    set: { status, reason, endTime: context.clock.now(), message, uncertainAttempts: 0 },
    events: [
      runEvent(context, run, status === "failed" ? "run.failed" : "run.cancelled", "error", text, { reason }),
    ],
  })).run;
}

function sendingMessage(run: Run): string {
  if (run.uncertainAttempts > 0) {
    return `Asking again for the backup of job '${run.job}', whose start may have taken effect already`;
  }
  return `Asking for a backup of job '${run.job}'`;
}
