// Shows what lies in a snapshot, a page of one folder at a time.

import type { BackupEntry, BackupPage, BrowseTask } from "../../ports/restore.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import type { ResticProgram } from "./restic_program.ts";
import type { ResticRepository } from "./restic_repository.ts";
import { isAbsent, type ResticSnapshots } from "./restic_snapshots.ts";
import { readTreeLine } from "./restic_tree.ts";

/** What looks into a repository. */
export interface ResticParts {
  restic: ResticProgram;
  repository: ResticRepository;
  snapshots: ResticSnapshots;
}

/** The snapshot of a backup, in the repository that was used before. */
export async function snapshotOf(
  { restic, repository, snapshots }: ResticParts,
  id: string,
  dataId: string,
): Promise<string> {
  const found = await repository.lookInSame(() => snapshots.find(id, dataId), isAbsent);
  if (found !== undefined) return found.id;
  throw new BackupFailure(
    "no_snapshot",
    `the repository '${restic.repository}' has no snapshot of backup '${id}'`,
  );
}

/** `browse` of the repository: one page, however large the snapshot is. */
export async function browseRestic(parts: ResticParts, task: BrowseTask): Promise<BackupPage | undefined> {
  const { path, after, limit, signal } = task;
  const snapshot = await snapshotOf(parts, task.id, task.dataId);
  const enough = new AbortController();
  const entries: BackupEntry[] = [];
  let isFolder = path === "";
  let isPast = after === undefined;
  const call = {
    signal: AbortSignal.any([signal, enough.signal]),
    keepBytes: 0,
    onLine(line: string) {
      const node = readTreeLine(line);
      if (node === undefined) return;
      if (node.path === path) isFolder ||= node.type === "folder";
      const cut = node.path.lastIndexOf("/");
      if (node.path === path || node.path.slice(0, Math.max(0, cut)) !== path) return;
      const { uid: _, gid: __, ...entry } = node;
      if (isPast && entries.length <= limit) entries.push(entry);
      if (node.path.slice(cut + 1) === after) isPast = true;
      if (entries.length > limit) enough.abort();
    },
  };
  const args = ["ls", "--json", "--no-lock", snapshot, `/${path}`];
  await parts.restic.must("list what is in the backup", args, call).catch((error) => {
    if (!enough.signal.aborted) throw error;
  });
  if (!isFolder) return undefined;
  const page = entries.slice(0, limit);
  if (entries.length <= limit) return { entries: page };
  return { entries: page, next: page.at(-1)!.path.split("/").at(-1)! };
}
