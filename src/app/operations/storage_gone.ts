// What becomes of the rows of a job whose storage is gone, on the word of a person: nobody can be asked any more, so what
// is recorded is who said so. Nothing is sent. Part of the composition root.

import { isUnfinished, type Run, type Status, STATUSES } from "../../domain/backup.ts";
import { isHeld } from "../../domain/hold.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Caller } from "../../ports/operations.ts";
import type { Condition } from "../../ports/condition.ts";
import type { JobState, RunChanges, RunStore } from "../../ports/store.ts";

interface GoneParts {
  engine: Engine;
  store: RunStore;
  watch: Pick<ClockWatch, "read">;
}

/** Statuses whose rows stand for something that would be at the provider; failed ones only with an id. */
const STANDING: readonly Status[] = STATUSES.filter((status) =>
  !isUnfinished(status) && status !== "deleted" && status !== "skipped" && status !== "expired"
);
const ENDED = ["failed", "cancelled"] as const;

/**
 * Takes all rows of a job that left the configuration off, as somebody says that their storage is gone. Answers why not,
 * with nothing changed; undefined when it is done. Said again after a crash in between it goes on.
 */
export async function takeStorageAsGone(
  { engine, store, watch }: GoneParts,
  { job, cursor }: Pick<JobState, "job" | "cursor">,
  by: Caller,
): Promise<string | undefined> {
  const busy = await giveUpRun({ engine, store }, job, by);
  if (busy !== undefined) return busy;
  const rows = (await store.runsInStatus(STANDING, job)).filter(({ id }) => id !== null);
  const { ends, steady: now } = watch.read();
  const held = rows.filter((row) => isHeld(row, ends));
  if (held.length > 0) return `${held.length} of its backups are held: see 'schelly backups release'`;
  const asked = new Set(engine.jobNames().flatMap((name) => engine.job(name)!.job.providerKeys));
  const there = rows.find(({ providerKey }) => asked.has(providerKey));
  if (there !== undefined) {
    return `provider '${there.providerKey}' is in the configuration and can be asked: ` +
      `'schelly backups delete --job ${job} --all' deletes what it has`;
  }
  if (rows.length === 0) return undefined;
  const message = `${by.name} says that its storage is gone: nobody has looked, and nothing was sent`;
  const idsOf = (isMeant: (row: Run) => boolean) => rows.filter(isMeant).map(({ runId }) => runId);
  const isEnded = ({ status }: Run) => status === "failed" || status === "cancelled";
  const intended: RunChanges = { deleteIntentAt: now, deleteReason: null, deleteAskedBy: by.name };
  const conditions: Condition[] = [
    // It did not come back meanwhile.
    { condition: "cursor", job, is: cursor },
    ...rows.map(({ runId }) => ({ condition: "unheld", runId }) as const),
  ];
  const moved = await store.commit({
    job,
    conditions,
    writes: [{
      write: "runs",
      runIds: idsOf((row) => !isEnded(row) && row.status !== "deleting"),
      from: ["available", "missing", "delete-error", "lost"],
      set: { status: "deleting", ...intended },
    }],
    events: [{
      type: "delete.intended",
      level: "warning",
      at: now,
      job,
      message:
        `${rows.length} rows of job '${job}' are to be taken off the record for ${by.name}, who says that their ` +
        "storage is gone",
      data: { by: by.name, rows: rows.length },
    }],
  });
  const changed = "it changed at the same moment: look again";
  if (moved.result === "conflict") return changed;
  const { result } = await store.commit({
    job,
    conditions,
    writes: [
      {
        write: "runs",
        runIds: idsOf((row) => !isEnded(row)),
        from: ["deleting"],
        set: { status: "deleted", reason: "storage_gone", message, deleteNotBefore: null },
      },
      ...ENDED.map((endedAs) => ({
        write: "runs" as const,
        runIds: idsOf(({ status }) => status === endedAs),
        from: [endedAs],
        set: { status: "deleted", endedAs, ...intended } as RunChanges,
      })),
    ],
    events: [{
      type: "job.storage_gone",
      level: "warning",
      at: now,
      job,
      message:
        `${by.name} says that the storage of job '${job}' is gone: ${rows.length} of its rows are taken off ` +
        "without anybody having looked; nothing was sent to any provider",
      data: { by: by.name, run_ids: rows.slice(0, 1_000).map(({ runId }) => runId), rows: rows.length },
    }],
  });
  return result === "done" ? undefined : changed;
}

/** Gives up the run that nobody can be asked about; why not, where its provider is. */
async function giveUpRun(
  { engine, store }: Pick<GoneParts, "engine" | "store">,
  job: string,
  by: Caller,
): Promise<string | undefined> {
  const [run] = await store.unfinished(job);
  if (run === undefined) return undefined;
  const isGivenUp = !engine.followsLeft(run) &&
    await engine.cancel(run, `${by.name} says that its storage is gone`);
  return isGivenUp ? undefined : `run ${run.runId} is under way: wait for it, or cancel it`;
}
