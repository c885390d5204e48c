// Restores a snapshot. restic ends with 0 when it found nothing of what was asked for, and when
// it could give back no owner at all: both are found out from the list of the snapshot.

import { counted } from "../../domain/count_text.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { Processes, ProcessResult } from "../../ports/host.ts";
import type { Backuper } from "../../ports/provider.ts";
import type { RestoreResult, RestoreTask } from "../../ports/restore.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { browseRestic, type ResticParts, snapshotOf } from "./restic_browse.ts";
import type { ResticPorts } from "./restic_program.ts";
import { filesThatFailed, named } from "./restic_damage.ts";
import { includePattern, readTreeLine } from "./restic_tree.ts";
import { countRestored } from "./restored_folder.ts";

/** What restic says where the system takes no more. */
const FULL = /no space left on device|disk quota exceeded/i;

/** Of what it says: one line for each file that it could not restore. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** What of a snapshot is to be restored. */
interface Chosen {
  files: number;
  bytes: number;
  /** How many entries have an owner or group that this user cannot give, and the first of them. */
  foreign: number;
  firstForeign: string;
}

/** By path that was asked for: the first that ends with it, and how many do. */
type Endings = Map<string, { first: string; count: number }>;

/** `restore` and `browse` of the repository of `spec`. */
export function createResticRestore(
  spec: ResticProviderSpec,
  { processes }: ResticPorts,
  parts: ResticParts,
): Required<Pick<Backuper, "restore" | "browse">> {
  const { restic } = parts;

  /** Counts what is chosen; rejects where a path of `include` is not in the snapshot. */
  async function choose(task: RestoreTask, snapshot: string): Promise<Chosen> {
    const may = await ownersItMaySet(processes);
    const seen = new Set<string>();
    // Of a path that was written without its beginning: what ends with it, and how often.
    const ending: Endings = new Map(task.include.map((path) => [path, { first: "", count: 0 }]));
    const chosen: Chosen = { files: 0, bytes: 0, foreign: 0, firstForeign: "" };
    await restic.must("list what is in the backup", ["ls", "--json", "--no-lock", snapshot], {
      signal: task.signal,
      onStart: task.started,
      scope: task.scope,
      keepBytes: 0,
      onLine(line) {
        const node = readTreeLine(line);
        if (node === undefined) return;
        const asked = task.include.filter((path) => node.path === path || node.path.startsWith(`${path}/`));
        if (task.include.length > 0 && asked.length === 0) {
          for (const [path, end] of ending) {
            if (node.path.endsWith(`/${path}`) && end.count++ === 0) {
              end.first = node.path;
            }
          }
          return;
        }
        for (const path of asked) seen.add(path);
        if (node.type === "file") chosen.files++;
        chosen.bytes += node.size ?? 0;
        if (may(node)) return;
        chosen.foreign++;
        if (chosen.firstForeign === "") chosen.firstForeign = node.path;
      },
    });
    const missing = task.include.filter((path) => !seen.has(path));
    if (missing.length === 0) return chosen;
    throw noPath(missing, ending);
  }

  async function restore(task: RestoreTask): Promise<RestoreResult> {
    const snapshot = await snapshotOf(parts, task.id, task.dataId);
    task.progress("counting what is to be restored");
    const { files, bytes, foreign, firstForeign } = await choose(task, snapshot);
    const what = `${counted(files, "file")}, ${bytesText(bytes)}`;
    const lost = foreign === 0 ? {} : {
      lost: `the owner or group of ${foreign} files and folders cannot be restored by this user ` +
        `(first: '${firstForeign}')`,
    };
    if (task.dryRun) return { files, bytes, message: `${what} would be restored`, ...lost };
    task.progress(`restoring ${what}`);
    const includes = task.include.map((path) => `--include=${includePattern(path)}`);
    const result = await restic.run(["restore", snapshot, `--target=${task.target}`, ...includes], {
      signal: task.signal,
      onStart: task.started,
      scope: task.scope,
      onLine: task.output,
      lockWaitMs: spec.lockWaitMs,
      keepBytes: KEPT_BYTES,
      onLocked: () => task.progress("waiting for the lock of another restic on the repository"),
    });
    if (result.code !== 0) {
      // Its last words are how many errors there were.
      const full = FULL.exec(result.stderr);
      if (full === null) throw withFiles(restic.failure("restore the backup", result), result);
      throw new BackupFailure("no_space", `the disk is full (${full[0]}): ${what} do not fit there`);
    }
    await demandAll(processes, task, files);
    return { files, bytes, message: `${what} restored from snapshot ${snapshot.slice(0, 8)}`, ...lost };
  }

  return { restore, browse: (task) => browseRestic(parts, task) };
}

/** What is not in the backup; where each of it is the end of one path, this is what was meant. */
function noPath(missing: readonly string[], ending: Endings): BackupFailure {
  const named = missing.slice(0, 5).map((path) => `'${path}'`).join(", ");
  const meant = missing.map((path) => ending.get(path)!);
  const help = missing.length <= 5 && meant.every(({ count }) => count === 1)
    ? `it has ${meant.map(({ first }) => `'${first}'`).join(", ")}`
    : "'browse' shows what it has";
  return new BackupFailure("no_path", `the backup has no ${named}: ${help}; nothing was written`);
}

/** Rejects where fewer files are there than were to be; restic says nothing of what it did not find. */
async function demandAll(
  processes: Processes,
  { target, signal }: RestoreTask,
  files: number,
): Promise<void> {
  // Where nothing counts them restic's word is all there is.
  const found = await countRestored({ processes }, { scratch: target, signal }).catch(() => undefined);
  signal.throwIfAborted();
  if (found === undefined || found.files >= files) return;
  throw new BackupFailure(
    "not_all",
    `restic ended without an error, but ${found.files} of ${
      counted(files, "file")
    } are there: restore the folder ` +
      "around what is lacking",
  );
}

/** The failure with the files that restic named; of a damaged repository all others are restored. */
function withFiles(failure: BackupFailure, { stdout, stderr }: ProcessResult): BackupFailure {
  const files = filesThatFailed(`${stdout}\n${stderr}`);
  if (files.length === 0) return failure;
  const which = `${counted(files.length, "file")} could not be restored whole: ${named(files)}`;
  return new BackupFailure(failure.reason, `${failure.message}; ${which}`);
}

/** Whether the user that runs restic can give a file its owner and group. */
async function ownersItMaySet(
  processes: Processes,
): Promise<(node: { uid: number; gid: number }) => boolean> {
  const said = async (flag: string) => {
    const { stdout } = await processes.run({ argv: ["id", flag] });
    return stdout.trim().split(/\s+/).map(Number);
  };
  const [[user], groups] = [await said("-u"), await said("-G")];
  return user === 0 ? () => true : ({ uid, gid }) => uid === user && groups.includes(gid);
}
