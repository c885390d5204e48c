// Makes one backup: pre command, the Backuper's work within its time limit, post command. Keeps no state.
// The journal shows that `post` is due before anything here begins, and until `post` has ended.

import { z } from "zod";
import { iso } from "../../domain/instant.ts";
import type { HookSpec } from "../../domain/provider_spec.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import type { Backuper, BackupResult, BackupTask } from "../../ports/provider.ts";
import { BackupFailure } from "./backup_failure.ts";
import { closeScope, scopesOf } from "./backup_processes.ts";
import { type HookOutcome, outcomeEnv, runHook } from "./hooks.ts";

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
  /** True when somebody cancelled it; aborted otherwise, it is cut off. */
  isCancelled(): boolean;
  /** True once this program no longer waits for it: what has not begun is left to the next start. */
  isGivenUp(): boolean;
  /**
   * The work has ended by itself, whole or failed; resolves when that is on disk, or could not be written. Called where
   * there is a `post`, before it.
   */
  worked(outcome: Outcome): Promise<void>;
  /** `post` has run, whatever its end; resolves when that is on disk, or could not be written. */
  postEnded(): Promise<void>;
  /** A message without secrets. */
  clean(text: string): string;
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
 * Never rejects. `post` runs whatever became of `pre` and of the backup, after a cancel too: it gives back what `pre`
 * took (a snapshot, a lock, a mount), and `pre` may have failed half-way.
 */
export async function makeBackup(
  ports: { clock: Clock; processes: Processes },
  work: BackupWork,
): Promise<Outcome> {
  const outcome = await runPre(ports, work) ?? await create(ports, work);
  if (work.post !== null && !work.isGivenUp()) {
    const word = outcomeWord(work, outcome);
    if (word === "available" || word === "failed") await work.worked(outcome);
    await runPost(ports, work, work.post, outcome);
  }
  return outcome;
}

/** Null: there is none, or it passed. */
async function runPre(
  ports: { clock: Clock; processes: Processes },
  work: BackupWork,
): Promise<Outcome | null> {
  const { task } = work;
  if (work.pre === null) return null;
  const scope = scopesOf(task.id).pre;
  try {
    task.progress("running the pre command");
    const { output, started, signal } = task;
    const env = hookEnv(task);
    await runHook(ports, { which: "pre", spec: work.pre, env, signal, scope, output, started });
    return null;
  } catch (error) {
    return failure(error, "the backup was not begun");
  }
}

/** Adds to the outcome's message when it fails. */
async function runPost(
  ports: { clock: Clock; processes: Processes },
  work: BackupWork,
  spec: HookSpec,
  outcome: Outcome,
): Promise<void> {
  const { task } = work;
  if (!task.signal.aborted) task.progress("running the post command");
  const { reason, message } = outcome;
  const end = outcomeEnv(outcomeWord(work, outcome), { reason, message: work.clean(message) });
  const { output, started } = task;
  let why: string | undefined;
  try {
    await runHook(ports, { which: "post", spec, env: { ...hookEnv(task), ...end }, output, started });
  } catch (error) {
    why = (error as Error).message;
  }
  // It was ended with this program, and is run again at the next start.
  if (work.isGivenUp()) return;
  if (why !== undefined) outcome.message = joinMessages(outcome.message, why);
  await work.postEnded();
}

function outcomeWord(work: BackupWork, { state }: Outcome): HookOutcome {
  if (work.isCancelled()) return "cancelled";
  if (state === "available") return "available";
  return work.task.signal.aborted ? "cut_off" : "failed";
}

/** How a backup went, and what went wrong after it. */
export function joinMessages(...texts: (string | null)[]): string {
  return texts.filter((text) => text !== null && text !== "").join("; ");
}

async function create(ports: { clock: Clock; processes: Processes }, work: BackupWork): Promise<Outcome> {
  const limit = work.limitMs === null ? undefined : ports.clock.timeout(work.limitMs);
  const signal = limit === undefined ? work.task.signal : AbortSignal.any([work.task.signal, limit.signal]);
  const scope = scopesOf(work.task.id).create;
  try {
    const making = work.backuper.create({ ...work.task, signal, scope });
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
    await closeScope(ports.processes, scope, signal.aborted);
  }
}

/** The work's own end, or a rejection when it goes on long after it was aborted. */
export async function untilGivenUp<T>(
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
