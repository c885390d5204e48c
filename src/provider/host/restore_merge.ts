// Puts what was restored aside into a folder that is not empty: file by file, without ever following a link there.

import { BackupFailure } from "./backup_failure.ts";
import { demandUnclaimed } from "./restore_claim.ts";
import type { TargetPorts } from "./restore_target.ts";

/**
 * Moves all of `staging` into `target`: files and links that have the same path are replaced,
 * folders that are there keep their owners and modes, the rest stays. Where a folder and something else have the same path,
 * or another restore is at work in a folder that this one would fill, nothing is moved, and it rejects. `claim`: its own.
 */
export async function mergeInto(
  ports: TargetPorts,
  staging: string,
  target: string,
  claim: string,
): Promise<void> {
  await demandAlike(ports, staging, target, claim);
  await moveInto(ports, staging, target);
}

async function demandAlike(ports: TargetPorts, from: string, to: string, claim: string): Promise<void> {
  await demandUnclaimed(ports, to, claim);
  for (const name of await ports.files.list(from)) {
    const [ours, theirs] = [await ports.tree.look(`${from}/${name}`), await ports.tree.look(`${to}/${name}`)];
    if (ours === undefined || theirs === undefined) continue;
    if (ours.type === "folder" && theirs.type === "folder") {
      await demandAlike(ports, `${from}/${name}`, `${to}/${name}`, claim);
    } else if (ours.type === "folder" || theirs.type === "folder") {
      const word = { file: "a file", folder: "a folder", link: "a link", other: "a special file" };
      const why = `'${to}/${name}' is ${word[theirs.type]}, and ${word[ours.type]} in the backup`;
      throw new BackupFailure("in_the_way", `${why}: move it away first`);
    }
  }
}

async function moveInto(ports: TargetPorts, from: string, to: string): Promise<void> {
  if (await ports.tree.realPath(to) !== to) {
    const message = `somebody put a link in the way to '${to}': nothing more is moved there`;
    throw new BackupFailure("replaced", message);
  }
  for (const name of await ports.files.list(from)) {
    const [source, end] = [`${from}/${name}`, `${to}/${name}`];
    const isFolder = (await ports.tree.look(end))?.type === "folder";
    if (isFolder) await moveInto(ports, source, end);
    else await ports.tree.move(source, end);
  }
}
