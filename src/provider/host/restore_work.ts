// Restores one backup into a folder, for whoever asks: the rules of where, then the Backuper's work, then what came of it.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import { insidePath } from "../../domain/inside_path.ts";
import type { Backuper } from "../../ports/provider.ts";
import type { RestoreCall, RestoreResult } from "../../ports/restore.ts";
import type { ToolTask } from "../../ports/tool_task.ts";
import { BackupFailure } from "./backup_failure.ts";
import { mergeInto } from "./restore_merge.ts";
import { findTarget, makeTarget, type TargetPorts } from "./restore_target.ts";

interface RestoreWork {
  backuper: Pick<Backuper, "restore">;
  call: RestoreCall;
  /** The storage's id of the backup. */
  dataId: string;
  task: ToolTask;
  /** Folders in which the target must lie; null: anywhere. */
  roots: readonly string[] | null;
}

const amount = z.number().nonnegative().optional();
const resultSchema = z.object({
  files: amount,
  bytes: amount,
  message: z.string().optional(),
  lost: z.string().optional(),
});

/** What can be said before anything is done; what `restoreBackup` wants. */
interface CheckedRestore extends RestoreWork {
  include: string[];
  target: Awaited<ReturnType<typeof findTarget>>;
}

/** Looks at the call and its target, and changes nothing. Rejects with `refused` and a sentence for whoever asks. */
export async function checkRestore(ports: TargetPorts, work: RestoreWork): Promise<CheckedRestore> {
  const { call, backuper } = work;
  if (backuper.restore === undefined) {
    throw new ProviderError("refused", "Cannot restore: this provider has no way to", { status: 405 });
  }
  const include = call.include.map((written) => {
    const inside = insidePath(written);
    if (inside.ok) return inside.path;
    const message = `Cannot restore '${written}': ${inside.problem}: expected a path as 'browse' shows it`;
    throw new ProviderError("refused", message, { status: 422 });
  });
  const all = include.length === 0 || include.includes("");
  const target = await findTarget(ports, call.target, { ...call, roots: work.roots });
  return { ...work, include: all ? [] : [...new Set(include)], target };
}

/** Rejects with what went wrong, and where that is which was restored until then. */
export async function restoreBackup(ports: TargetPorts, work: CheckedRestore): Promise<RestoreResult> {
  const { call, target } = work;
  if (call.dryRun) return await restoreInto(work, target.path);
  await makeTarget(ports, target);
  const result = target.isEmpty
    ? await restoreInto(work, target.path).catch(async (error) => {
      const { signal } = work.task;
      // Of ours, and empty still: nothing shows that somebody tried.
      if (!target.isThere) await ports.files.remove(target.path).catch(() => {});
      throw await leftIn(ports, target.path, signal.aborted ? signal.reason : error);
    })
    : await restoreBeside(ports, work);
  if (result.lost === undefined || call.anyOwner) return result;
  const message = `everything is there, but ${result.lost}: restore as root, or accept it (--any-owner)`;
  throw new BackupFailure("owners", message);
}

/** The folder in a target that has something in it, where a restore gathers what is to replace that. */
export function stagingOf(target: string, operationId: string): string {
  return `${target === "/" ? "" : target}/.schelly-restore-${operationId.replaceAll(/[^\w.-]/g, "_")}`;
}

/** Beside what is there: a tool may follow links, and what fails half-way has replaced nothing. */
async function restoreBeside(
  ports: TargetPorts,
  work: CheckedRestore,
): Promise<RestoreResult> {
  const staging = stagingOf(work.target.path, work.call.operationId);
  await ports.files.makeFolder(staging, 0o700);
  try {
    const result = await restoreInto(work, staging);
    await mergeInto(ports, staging, work.target.path);
    await ports.tree.removeAll(staging);
    return result;
  } catch (error) {
    const failure = await leftIn(ports, staging, work.task.signal.aborted ? work.task.signal.reason : error);
    if (!await hasAny(ports, staging)) await ports.tree.removeAll(staging).catch(() => {});
    throw failure;
  }
}

async function restoreInto(work: CheckedRestore, target: string): Promise<RestoreResult> {
  const { task, dataId, call, include, backuper } = work;
  const result = await backuper.restore!({ ...task, dataId, target, include, dryRun: call.dryRun });
  task.signal.throwIfAborted();
  return resultSchema.parse(result);
}

/** The same error where nothing was left. */
async function leftIn(
  { files }: Pick<TargetPorts, "files">,
  folder: string,
  error: unknown,
): Promise<unknown> {
  if (!await hasAny({ files }, folder)) return error;
  const why = error instanceof Error && error.message !== "" ? error.message : String(error);
  const reason = error instanceof BackupFailure ? error.reason : "restore";
  return new BackupFailure(reason, `${why}; what was restored until then is in '${folder}'`);
}

async function hasAny({ files }: Pick<TargetPorts, "files">, folder: string): Promise<boolean> {
  return (await files.list(folder).catch(() => [])).length > 0;
}
