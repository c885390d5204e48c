// What a provider's description of our backup makes of a run: an id bound to it, or its end.

import type { Run } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import { afterFailure } from "../../domain/schedule/retry.ts";
import { type BackupInfo, UNSEEN } from "../../ports/provider.ts";
import type { JobChanges, Write } from "../../ports/store.ts";
import { type Move, persist, surelyMove } from "../context/commit.ts";
import { type ActiveRun, type RunContext, runEvent } from "../context/context.ts";
import { kinKeys, ownerAt } from "../context/kin_keys.ts";
import { latchChange } from "../context/latch.ts";
import { lockChange } from "../retention/locks.ts";
import { judgeSize } from "../safekeeping/suspects.ts";

/** Binds the provider's id to the run, in whatever state the provider says it is. */
export async function adopt(
  context: RunContext,
  active: ActiveRun,
  answer: BackupInfo,
  from: Run["status"][],
): Promise<void> {
  const { run } = active;
  // Under its own key the store says whose an id is, in the very commit; other keys of the service are asked before.
  const { keys, atKin } = await persist(
    context,
    run,
    `see whose the provider's id '${answer.id}' is`,
    async () => {
      const keys = await kinKeys(context, [run.providerKey]);
      return {
        keys,
        atKin: await ownerAt(context, keys.filter((key) => key !== run.providerKey), answer.id),
      };
    },
  );
  if (atKin === undefined) {
    const moved = await surelyMove(context, run, await bindMove(context, run, answer, from));
    active.run = moved.run;
    if (moved.conflict !== "duplicate_id") return;
  }
  const owner = atKin ?? await context.store.byProviderId(run.providerKey, answer.id);
  const message = `The provider answered the start of run ${active.run.runId} with id '${answer.id}', ` +
    `which already belongs to run ${owner?.runId ?? "of another job"}${
      owner === undefined || owner.providerKey === run.providerKey
        ? ""
        : ` of job '${owner.job}' at the same service, by the key '${owner.providerKey}'`
    }: expected an id never used before`;
  const latching = (job: string) => latchChange(job, "duplicate_id", message, context.clock.now());
  const { writes, events } = latching(active.run.job);
  const failed = await surelyMove(context, active.run, {
    from,
    set: { status: "unknown", reason: "duplicate_id", message },
    also: writes,
    events: [
      runEvent(context, active.run, "run.unknown", "error", message, { reason: "duplicate_id" }),
      ...events,
    ],
  });
  active.run = failed.run;
  // The id is doubtful for every job of this service.
  const others = (await context.store.jobs()).filter((other) =>
    other.job !== active.run.job && keys.includes(other.providerKey)
  );
  for (const other of others) await context.store.commit(latching(other.job));
}

/** The move a provider's first description of our backup leads to. */
async function bindMove(
  context: RunContext,
  run: Run,
  answer: BackupInfo,
  from: Run["status"][],
): Promise<Move> {
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
  const started = { ...run, id: answer.id, startTime: run.startTime ?? now };
  const end = await endMove(context, started, answer, from);
  return { ...end, set: { ...bound, ...end.set } };
}

/**
 * The move the end of a backup leads to: available with its size and data id, suspect where that size is, or failed
 * with the message.
 */
export async function endMove(
  context: RunContext,
  run: Run,
  info: BackupInfo,
  from: Run["status"][],
): Promise<Move> {
  const now = context.clock.now();
  const durationMs = run.startTime === null ? null : now - run.startTime;
  if (info.state === "available") {
    const suspicion = await judgeSize(context, context.job, run, info.id, info.sizeMb ?? null);
    return {
      from,
      set: {
        ...suspicion.set,
        status: "available",
        reason: null,
        endTime: now,
        dataId: dataIdOf(info),
        sizeMb: info.sizeMb ?? null,
        message: info.message ?? null,
        ...lockChange(run, info.lockedUntil, context.watch.read().ends),
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
        ...suspicion.events,
      ],
    };
  }
  const why = info.message ?? `the provider says '${info.status}'`;
  const reason = info.reason ?? "provider";
  // Somebody else makes it: then this state is a copy, and what it would delete may be the other's.
  const copied = reason === UNSEEN ? copyChange(run, why, now) : { writes: [], events: [] };
  // One that was being cancelled, or that somebody cancelled at the provider, was not to be made.
  const isUnwanted = from.includes("cancelling") || CANCELLED.test(info.status);
  const retry = isUnwanted
    ? { retryAt: null, retryEnd: null }
    : afterFailure(run, reason, context.job.retry, now);
  return {
    from,
    set: { status: "failed", reason, endTime: now, message: why, ...retry },
    also: copied.writes,
    events: [
      ...copied.events,
      runEvent(
        context,
        run,
        "run.failed",
        "error",
        `Backup '${info.id}' of job '${run.job}' failed: ${why}`,
        {
          id: info.id,
          reason,
          ...(retry.retryAt === null ? {} : { retry_at: iso(retry.retryAt) }),
        },
      ),
    ],
  };
}

/** The words of a provider for a backup that was ended on purpose. */
const CANCELLED = /^(cancell?ed|deleted)$/i;

function copyChange(run: Run, why: string, now: number) {
  const message =
    `the state looks like a copy of one that is in use, backup '${run.id}' is ${why}: look with ` +
    `'schelly retention show ${run.job}', then 'schelly retention approve ${run.job}'`;
  return latchChange(run.job, "restored_store", message, now);
}

function resetGrace(run: Run): Write[] {
  const set: JobChanges = { graceFactor: 1 };
  return [{ write: "job", job: run.job, set }];
}

function dataIdOf(info: BackupInfo): string | null {
  return info.dataId ?? null;
}
