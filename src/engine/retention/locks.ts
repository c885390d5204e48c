// What becomes of a backup whose storage refuses to delete it: it stays, locked, until the date that its provider named;
// without one it is asked again a day later. What the provider says of the lock later is followed.

import type { Run } from "../../domain/backup.ts";
import { DAY } from "../../domain/duration.ts";
import { ProviderError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import { isLocked, LOCK_HEARD_MS, lockHeard, lockText, lockTextOf } from "../../domain/lock.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { RunChanges } from "../../ports/store.ts";
import { surelyMove, tryMove } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";
import type { DeleteContext, RetentionContext } from "./retention_context.ts";
import { ask } from "./verify.ts";

/** Those whose locks end together are not all asked for at once. */
const MOST_AFTER_MS = 60_000;

/** Locks looked at again in one pass. */
const MOST_HEARD = 10;

/** What takes a lock off a row. */
export const NO_LOCK: Pick<Run, "lockedAt" | "lockedUntil"> = { lockedAt: null, lockedUntil: null };

/** What takes an intent or a DELETE that did nothing off a row. */
const AS_BEFORE: RunChanges = {
  deleteIntentAt: null,
  deleteReason: null,
  deleteAskedBy: null,
  deleteSentAt: null,
  deleteAttempts: 0,
  deleteNotBefore: null,
};

/** What a row knows of its lock after its provider said this (UTC ms; null: it is not locked); undefined: nothing new. */
export function lockChange(
  run: Pick<Run, "lockedAt" | "lockedUntil">,
  said: number | null | undefined,
  now: number,
): Pick<Run, "lockedAt" | "lockedUntil"> | undefined {
  const until = lockHeard(said, now);
  if (until === undefined) return undefined;
  if (until === null) return run.lockedAt === null ? undefined : NO_LOCK;
  const isNews = run.lockedAt === null || run.lockedUntil !== until || now - run.lockedAt >= LOCK_HEARD_MS;
  return isNews ? { lockedAt: now, lockedUntil: until } : undefined;
}

/** Tells of what changed of a lock; none where it was only heard of again. */
function lockEvents(
  context: EngineContext,
  run: Run,
  change: Pick<Run, "lockedAt" | "lockedUntil">,
): EngineEvent[] {
  const { lockedAt, lockedUntil } = change;
  const data = { id: run.id, until: iso(lockedUntil) };
  const what = `Backup '${run.id}' of job '${run.job}'`;
  if (lockedAt === null) {
    return [runEvent(context, run, "run.unlocked", "info", `${what} is not locked any more`, data)];
  }
  if (run.lockedAt !== null && run.lockedUntil === lockedUntil) return [];
  const text = lockText({ until: lockedUntil, again: null });
  return [runEvent(context, run, "run.locked", "info", `${what} is ${text}`, data)];
}

/** Takes over what a provider says of the lock of an available backup, where that is news. */
export async function followLock(context: EngineContext, run: Run, said: number | null | undefined) {
  const change = lockChange(run, said, context.watch.read().ends);
  if (change === undefined) return;
  await tryMove(context, run, {
    from: [run.status],
    set: change,
    events: lockEvents(context, run, change),
  });
}

/** Looks again at backups whose lock was heard of a day ago or longer: it may have been made shorter, or longer. */
export async function hearLocks(context: RetentionContext): Promise<void> {
  const { store, job, watch } = context;
  if (!store.hasLocks) return;
  const { ends, inDoubtUntil } = watch.read();
  if (inDoubtUntil !== null) return;
  for (const run of await store.locksToHear(job.name, ends - LOCK_HEARD_MS, MOST_HEARD)) {
    context.stop.throwIfAborted();
    if (!job.providerKeys.includes(run.providerKey)) continue;
    const answer = await ask(context, run);
    if (answer instanceof ProviderError) return;
    if (answer.found === "yes" && answer.backup.state === "available") {
      const { lockedUntil: said } = answer.backup;
      // Where it does not say, the date that it named once still stands.
      await followLock(
        context,
        run,
        said !== undefined || !isLocked(run, ends) ? said ?? null : run.lockedUntil,
      );
    }
  }
}

/** Takes the intent of a victim back that was found to be locked before anything was sent. */
export async function keepUnsent(context: EngineContext, run: Run, until: number): Promise<void> {
  const change = { lockedAt: context.watch.read().ends, lockedUntil: until };
  await surelyMove(context, run, {
    from: ["deleting"],
    conditions: [{ condition: "unsent", runId: run.runId }],
    set: { ...AS_BEFORE, status: "available", ...change },
    events: lockEvents(context, run, change),
  });
}

/**
 * Commits that a DELETE was answered with a lock. The first one did nothing, by the provider's own word: where its GET
 * shows the backup as it was, that is available again. Of another nobody knows what those before did: it waits.
 */
export async function keepAnswered(context: DeleteContext, row: Run, error: ProviderError): Promise<void> {
  const ends = context.watch.read().ends;
  const change = { lockedAt: ends, lockedUntil: lockHeard(error.lock?.until, ends) ?? null };
  const events = [
    ...lockEvents(context, { ...row, ...NO_LOCK }, change),
    runEvent(context, row, "delete.locked", "warning", error.message, {
      id: row.id,
      until: iso(change.lockedUntil),
    }),
  ];
  const wasAvailable = row.endedAs === null && row.reason === null;
  if (wasAvailable && row.deleteAttempts <= 1 && await isAsBefore(context, row)) {
    await surelyMove(context, row, {
      from: ["deleting"],
      set: { ...AS_BEFORE, status: "available", ...change },
      events,
    });
    return;
  }
  await surelyMove(context, row, {
    from: [row.status],
    set: { status: "deleting", ...change, message: error.message, deleteNotBefore: againAt(context, change) },
    events,
  });
}

async function isAsBefore(context: DeleteContext, row: Run): Promise<boolean> {
  const answer = await ask(context, row);
  if (answer instanceof ProviderError || answer.found !== "yes" || answer.backup.state !== "available") {
    return false;
  }
  const { dataId } = answer.backup;
  return row.dataId === null || dataId === undefined || dataId === row.id || dataId === row.dataId;
}

/**
 * Whether the lock of a row that was sent before still stands, after its provider said `said` of it, or nothing: then no
 * DELETE is sent, and it is looked at again a day later.
 */
export async function waitsForLock(
  context: DeleteContext,
  row: Run,
  said: number | null | undefined,
): Promise<boolean> {
  const ends = context.watch.read().ends;
  const change = lockChange(row, said, ends);
  const after = { ...row, ...change };
  const text = lockTextOf(after, ends);
  if (text === undefined && change === undefined) return false;
  await surelyMove(context, row, {
    from: [row.status],
    set: {
      ...change,
      ...(text === undefined
        ? {}
        : { status: "deleting", deleteNotBefore: againAt(context, after), message: text }),
    },
    events: change === undefined ? [] : lockEvents(context, row, change),
  });
  return text !== undefined;
}

/** Some time after its end, or a day from now, whichever is sooner: a lock made shorter is to be noticed. */
function againAt({ clock, random }: EngineContext, { lockedUntil }: Pick<Run, "lockedUntil">): number {
  const now = clock.now();
  const later = now + Math.round(DAY * (0.9 + 0.2 * random.next()));
  return Math.min(later, Math.max(now, lockedUntil ?? later) + Math.round(MOST_AFTER_MS * random.next()));
}
