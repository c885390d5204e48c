// The private folder in which a restore gathers what it writes, until all of that is put into its place: tools are handed a
// path, and whoever may rename a folder on the way could lead them elsewhere while they write.

import type { TreeEntry } from "../../ports/file_tree.ts";
import { BackupFailure } from "./backup_failure.ts";
import { claimOf, gatheringIn } from "./gather_place.ts";
import { mergeInto } from "./restore_merge.ts";
import { OF_THE_DISK, type Target, type TargetPorts } from "./restore_target.ts";

/** What a restore writes into, and where that goes. */
export interface Gathering {
  /** Private to this user. */
  path: string;
  /** Rejects where it is not the folder that was made. */
  demandOurs(): Promise<void>;
  /** Puts all that is in it into the target, and ends it; rejects before it touches a target that is not what it was. */
  settle(): Promise<void>;
  /** Ends it if nothing is in it; whether something is. */
  leave(): Promise<boolean>;
}

/** Makes it, where `target` says; in the target itself where nothing can be moved there from outside of it. */
export async function openGathering(
  ports: TargetPorts,
  target: Target,
  operationId: string,
): Promise<Gathering> {
  const beside = await makePrivate(ports, gatheringIn(target.gatherIn.folder, operationId));
  const claim = claimOf(beside.path);
  if (!target.isThere || target.gatherIn.folder === target.path) return of(ports, target, beside, claim);
  // One file system may be mounted at two places, between which nothing can be moved.
  const within = gatheringIn(target.path, operationId);
  try {
    await ports.tree.move(beside.path, within);
    await ports.tree.move(within, beside.path);
    return of(ports, target, beside, claim);
  } catch {
    await ports.files.remove(beside.path).catch(() => {});
    return of(ports, target, await makePrivate(ports, within), claim);
  }
}

interface Made {
  path: string;
  entry: TreeEntry;
}

async function makePrivate({ files, tree }: TargetPorts, path: string): Promise<Made> {
  await files.makeFolder(path, 0o700);
  const entry = await tree.look(path);
  const isOurs = entry?.type === "folder" && entry.uid === tree.user() && await tree.realPath(path) === path;
  if (!isOurs || (await files.list(path)).length > 0) throw replaced(path);
  if (entry.mode !== 0o700) await files.setMode(path, 0o700);
  return { path, entry };
}

function of(ports: TargetPorts, target: Target, { path, entry }: Made, claim: string): Gathering {
  const { files, tree } = ports;
  async function demandOurs(): Promise<void> {
    const now = await tree.look(path);
    // A tool may make the folder anew; where others could as well, it must be the same one.
    const isSame = now?.type === "folder" && (target.gatherIn.isSafe || isAlike(now, entry));
    if (!isSame || await tree.realPath(path) !== path) throw replaced(path);
  }
  return {
    path,
    demandOurs,
    async settle() {
      await demandOurs();
      if (target.isThere) {
        const now = await tree.look(target.path);
        if (now === undefined || !isAlike(now, target.entry!)) throw replaced(target.path);
        if (target.isEmpty && !await isStillEmpty(ports, target.path, [path, claim])) {
          const message =
            `somebody put something into '${target.path}' meanwhile, and nothing of it is replaced`;
          throw new BackupFailure("in_the_way", message);
        }
        await mergeInto(ports, path, target.path, claim);
        await tree.removeAll(path);
        return;
      }
      const parent = target.path.slice(0, target.path.lastIndexOf("/")) || "/";
      if (await tree.look(parent) === undefined) await files.makeFolder(parent, 0o700);
      if (await tree.realPath(parent) !== parent || await tree.look(target.path) !== undefined) {
        throw replaced(target.path);
      }
      await tree.move(path, target.path);
      if (await tree.realPath(target.path) !== target.path) throw replaced(target.path);
    },
    async leave() {
      const names = await files.list(path).catch(() => []);
      if (names.length > 0) return true;
      await files.remove(path).catch(() => {});
      return false;
    },
  };
}

async function isStillEmpty(
  { files }: TargetPorts,
  folder: string,
  ours: readonly string[],
): Promise<boolean> {
  return (await files.list(folder)).every((name) =>
    name === OF_THE_DISK || ours.includes(`${folder}/${name}`)
  );
}

function isAlike(one: TreeEntry, other: TreeEntry): boolean {
  return one.type === other.type && one.device === other.device && one.inode === other.inode;
}

function replaced(path: string): BackupFailure {
  return new BackupFailure(
    "replaced",
    `somebody put something else in the place of '${path}' while it was restored: it is not touched, and who may ` +
      "change the folders on the way to it should be looked at",
  );
}
