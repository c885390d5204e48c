// Restores one backup into a folder, for whoever asks: the rules of where, then the Backuper's work, then what came of it.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import { insidePath } from "../../domain/inside_path.ts";
import type { Backuper } from "../../ports/provider.ts";
import type { RestoreCall, RestoreResult } from "../../ports/restore.ts";
import type { ToolTask } from "../../ports/tool_task.ts";
import { BackupFailure } from "./backup_failure.ts";
import { type Gathering, openGathering } from "./gathering.ts";
import { claimTarget } from "./restore_claim.ts";
import { findTarget, type Target, type TargetPorts } from "./restore_target.ts";

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
  target: Target;
}

/** A variable that is not set leads to it, and all of the backup is not what was meant. */
const NOTHING_NAMED =
  "Cannot restore '': it names no path: expected one as 'browse' shows it, or none for all of it";

/** Looks at the call and its target, and changes nothing. Rejects with `refused` and a sentence for whoever asks. */
export async function checkRestore(ports: TargetPorts, work: RestoreWork): Promise<CheckedRestore> {
  const { call, backuper } = work;
  if (backuper.restore === undefined) {
    throw new ProviderError("refused", "Cannot restore: this provider has no way to", { status: 405 });
  }
  const include = call.include.map((written) => {
    if (written.trim() === "") throw new ProviderError("refused", NOTHING_NAMED, { status: 422 });
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
  const claim = await claimTarget(ports, target, call.operationId, work.task.progress);
  try {
    return await restoreAside(ports, work);
  } finally {
    await claim.release();
  }
}

async function restoreAside(ports: TargetPorts, work: CheckedRestore): Promise<RestoreResult> {
  const { call, target } = work;
  const gathering = await openGathering(ports, target, call.operationId);
  const result = await restoreInto(work, gathering.path).catch(async (error) => {
    const { signal } = work.task;
    throw await leftIn(gathering, target, named(signal.aborted ? signal.reason : error, gathering, target));
  });
  await gathering.settle().catch(async (error) => {
    throw await leftIn(gathering, { ...target, isEmpty: false }, error);
  });
  if (result.lost === undefined || call.anyOwner) return result;
  const message = `everything is there, but ${result.lost}: restore as root, or accept it (--any-owner)`;
  throw new BackupFailure("owners", message);
}

async function restoreInto(work: CheckedRestore, target: string): Promise<RestoreResult> {
  const { task, dataId, call, include, backuper } = work;
  const plain = (text: string) => text.replaceAll(target, work.target.path);
  const result = await backuper.restore!({
    ...{ ...task, dataId, target, include, dryRun: call.dryRun },
    progress: (message) => task.progress(plain(message)),
  });
  task.signal.throwIfAborted();
  const read = resultSchema.parse(result);
  return read.message === undefined ? read : { ...read, message: plain(read.message) };
}

/** The same error, which names the place that was chosen instead of ours. */
function named(error: unknown, { path }: Gathering, target: Target): unknown {
  if (!(error instanceof BackupFailure) || !error.message.includes(path)) return error;
  return new BackupFailure(error.reason, error.message.replaceAll(path, target.path));
}

/** The same error where nothing was left. Into what was empty goes what there is. */
async function leftIn(gathering: Gathering, { path, isEmpty }: Target, error: unknown): Promise<unknown> {
  const ours = await gathering.demandOurs().then(() => true, () => false);
  if (!ours) return await gathering.demandOurs().then(() => error, (replaced) => replaced);
  if (!await gathering.leave()) return error;
  const isSettled = isEmpty && await gathering.settle().then(() => true, () => false);
  const why = error instanceof Error && error.message !== "" ? error.message : String(error);
  const reason = error instanceof BackupFailure ? error.reason : "restore";
  const where = isSettled ? path : gathering.path;
  return new BackupFailure(reason, `${why}; what was restored until then is in '${where}'`);
}
