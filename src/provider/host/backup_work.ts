// Makes one backup: pre command, the Backuper's work within its time limit, post command. Keeps no state.

import { z } from "zod";
import { iso } from "../../domain/instant.ts";
import type { HookSpec } from "../../domain/provider_spec.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import type { Backuper, BackupResult, BackupTask } from "../../ports/provider.ts";
import { BackupFailure } from "./backup_failure.ts";
import { runHook } from "./hooks.ts";

/** How a backup ended; `dataId` of a failed one names what lies in the storage nevertheless. */
export interface Outcome {
  state: "available" | "failed";
  reason: string | null;
  message: string;
  dataId: string | null;
  sizeMb: number | null;
}

interface BackupWork {
  backuper: Backuper;
  task: BackupTask;
  pre: HookSpec | null;
  post: HookSpec | null;
  /** Null: no limit. */
  limitMs: number | null;
  /** Ends all process groups of the work at once, when it did not end by itself. */
  killAll(): void;
}

/** How long an aborted Backuper has to end; then its processes are killed and it is given up. */
const STOP_WAIT_MS = 30_000;

const resultSchema = z.object({
  dataId: z.string().min(1).max(4096).optional(),
  sizeMb: z.number().nonnegative().optional(),
  files: z.number().nonnegative().optional(),
  message: z.string().optional(),
});

/**
 * Never rejects. `post` runs whenever `pre` passed, after a failure or a cancel too: it gives back what `pre`
 * took (a snapshot, a lock, a mount).
 */
export async function makeBackup(
  ports: { clock: Clock; processes: Processes },
  work: BackupWork,
): Promise<Outcome> {
  const { task } = work;
  const env = hookEnv(task);
  const hook = { env, output: task.output, started: task.started };
  if (work.pre !== null) {
    try {
      task.progress("running the pre command");
      await runHook(ports, { ...hook, which: "pre", spec: work.pre, signal: task.signal });
    } catch (error) {
      return failure(error, "the backup was not begun");
    }
  }
  const outcome = await create(ports, work);
  if (work.post !== null) {
    try {
      if (!task.signal.aborted) task.progress("running the post command");
      const end = task.signal.aborted ? "cancelled" : outcome.state;
      await runHook(ports, {
        ...hook,
        which: "post",
        spec: work.post,
        env: { ...env, SCHELLY_OUTCOME: end },
      });
    } catch (error) {
      outcome.message = [outcome.message, (error as Error).message].filter((text) => text !== "").join("; ");
    }
  }
  return outcome;
}

async function create(ports: { clock: Clock }, work: BackupWork): Promise<Outcome> {
  const limit = work.limitMs === null ? undefined : ports.clock.timeout(work.limitMs);
  const signal = limit === undefined ? work.task.signal : AbortSignal.any([work.task.signal, limit.signal]);
  try {
    const making = work.backuper.create({ ...work.task, signal });
    const result = resultSchema.parse(await untilGivenUp(ports.clock, making, signal, work.killAll));
    // Made in full before the signal was heard: whether it may live is for the caller to say.
    return success(result);
  } catch (error) {
    if (limit?.signal.aborted && !work.task.signal.aborted) {
      return { ...failure(error), reason: "too_long", message: tooLong(work.limitMs!) };
    }
    return failure(error);
  } finally {
    limit?.dispose();
  }
}

/** The work's own end, or a rejection when it goes on long after it was aborted. */
async function untilGivenUp<T>(
  clock: Clock,
  work: Promise<T>,
  signal: AbortSignal,
  killAll: () => void,
): Promise<T> {
  const over = new AbortController();
  const givenUp = new Promise<never>((_, reject) => {
    const begin = () => {
      clock.sleep(STOP_WAIT_MS, over.signal).then(() => {
        killAll();
        const why = `it was told to stop and did not within ${STOP_WAIT_MS / 1000} s`;
        reject(new BackupFailure("stuck", why));
      }, () => {});
    };
    if (signal.aborted) begin();
    else signal.addEventListener("abort", begin, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    over.abort();
  }
}

function success(result: BackupResult): Outcome {
  return {
    state: "available",
    reason: null,
    message: result.message ?? "",
    dataId: result.dataId ?? null,
    // An archive of nothing is not nothing, and what it is an archive of may not have been mounted.
    sizeMb: result.files === 0 ? 0 : result.sizeMb ?? null,
  };
}

function failure(error: unknown, note = ""): Outcome {
  const foreseen = error instanceof BackupFailure ? error : undefined;
  const message = error instanceof z.ZodError
    ? `the backup program gave an answer that cannot be used: ${z.prettifyError(error)}`
    : (error instanceof Error && error.message !== "" ? error.message : String(error));
  return {
    state: "failed",
    reason: foreseen?.reason ?? null,
    message: note === "" ? message : `${message}: ${note}`,
    dataId: foreseen?.left.dataId ?? null,
    sizeMb: foreseen?.left.sizeMb ?? null,
  };
}

function tooLong(limitMs: number): string {
  return `it took longer than its limit of ${limitMs / 1000} s and was ended`;
}

/** What every command of a backup finds in its environment. */
export function hookEnv(
  task: Pick<BackupTask, "id" | "runId" | "job" | "slot" | "body">,
): Record<string, string> {
  return {
    SCHELLY_BACKUP_ID: task.id,
    SCHELLY_RUN_ID: task.runId ?? "",
    SCHELLY_JOB: task.job ?? "",
    SCHELLY_SLOT: task.slot === null ? "" : iso(task.slot),
    SCHELLY_BODY: task.body === undefined ? "" : JSON.stringify(task.body),
  };
}
