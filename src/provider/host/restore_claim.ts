// Which folder a restore fills now, said in the file system beside it: so that no second one, of whatever program on whatever
// machine that sees these folders, fills the same folder, one inside of it or one around it.

import { z } from "zod";
import { isNested } from "../../domain/server_restore.ts";
import { BackupFailure } from "./backup_failure.ts";
import { ancestorsOf, claimOf, gatheringIn } from "./gather_place.ts";
import type { Target, TargetPorts } from "./restore_target.ts";

interface Claim {
  release(): Promise<void>;
}

const CLAIM = /^\.schelly-restore-[\w.-]+\.lock$/;
const claimSchema = z.object({ target: z.string() });
/** Of a path and what is around it. */
const MOST_BYTES = 8_192;
/** So much of a folder that is not empty is looked through at the beginning; at the end all is that is filled. */
const MOST_LOOKS = 2_000;

/**
 * Claims the target until it is released or this process ends; rejects with `BackupFailure` where another living restore fills
 * it, or a folder inside or around. `tell` hears of one that was cut off there before.
 */
export async function claimTarget(
  ports: TargetPorts,
  target: Target,
  operationId: string,
  tell: (message: string) => void,
): Promise<Claim> {
  const { files } = ports;
  const path = claimOf(gatheringIn(target.gatherIn.folder, operationId));
  const release = await writeClaim(ports, path, target.path);
  const claim = {
    async release() {
      await files.remove(path).catch(() => {});
      await release();
    },
  };
  try {
    // Only now: of two that begin at once neither misses the other.
    for (const folder of [target.path, ...ancestorsOf(target.path)]) {
      await demandUnclaimed(ports, folder, path, { target: target.path, tell });
    }
    if (!target.isEmpty) await demandUnclaimedBelow(ports, target.path, path);
    return claim;
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** It is locked and whole before it has the name by which others find it. */
async function writeClaim(
  { files }: TargetPorts,
  path: string,
  target: string,
): Promise<() => Promise<void>> {
  const unnamed = `${path}-new`;
  const lock = await files.lock(unnamed);
  // Where there are no locks others can only see that the file is there.
  const release = lock.held ? () => lock.release() : () => Promise.resolve();
  try {
    await files.setMode(unnamed, 0o644);
    await files.appendText(unnamed, `${JSON.stringify({ target })}\n`);
    await files.rename(unnamed, path);
    return release;
  } catch (error) {
    await files.remove(unnamed).catch(() => {});
    await release();
    throw error;
  }
}

/**
 * Rejects where a claim in this folder is of a living restore, and for a folder that `target` has to do with; `own` is passed
 * over.
 */
export async function demandUnclaimed(
  ports: TargetPorts,
  folder: string,
  own: string,
  { target = folder, tell = () => {} }: { target?: string; tell?: (message: string) => void } = {},
): Promise<void> {
  // What may not be looked into cannot be filled by this user either.
  const names = await ports.files.list(folder).catch(() => []);
  for (const name of names.filter((one) => CLAIM.test(one))) {
    const path = `${folder === "/" ? "" : folder}/${name}`;
    if (path === own) continue;
    const other = await targetOf(ports, path);
    if (other === undefined) continue;
    if (!isNested({ machine: "", path: target }, { machine: "", path: other })) continue;
    if (await isLiving(ports, path)) throw inUse(target, other, path);
    const gathered = path.slice(0, -".lock".length);
    if (await ports.tree.look(gathered) === undefined) continue;
    tell(`a restore into '${other}' was cut off before: what it had restored until then is in '${gathered}'`);
  }
}

/** What is not a claim, or is gone by now, says nothing. */
async function targetOf({ files, tree }: TargetPorts, path: string): Promise<string | undefined> {
  const entry = await tree.look(path);
  if (entry?.type !== "file" || entry.size > MOST_BYTES) return undefined;
  try {
    return claimSchema.parse(JSON.parse(await files.readText(path))).target;
  } catch {
    return undefined;
  }
}

/** What nobody holds is left from one that was killed, and goes. What cannot be found out counts as living. */
async function isLiving({ files }: TargetPorts, path: string): Promise<boolean> {
  try {
    const lock = await files.lock(path, "there");
    if (!lock.held) return true;
    await files.remove(path).catch(() => {});
    await lock.release();
    return false;
  } catch (error) {
    return (error as Error).name !== "NotFound";
  }
}

async function demandUnclaimedBelow(ports: TargetPorts, target: string, own: string): Promise<void> {
  const folders = [target];
  for (let looks = 0; folders.length > 0 && looks < MOST_LOOKS;) {
    const folder = folders.shift()!;
    const names = await ports.files.list(folder).catch(() => []);
    if (folder !== target && names.some((name) => CLAIM.test(name))) {
      await demandUnclaimed(ports, folder, own);
    }
    for (const name of names.slice(0, MOST_LOOKS - looks)) {
      looks++;
      if ((await ports.tree.look(`${folder}/${name}`))?.type === "folder") folders.push(`${folder}/${name}`);
    }
  }
}

function inUse(target: string, other: string, path: string): BackupFailure {
  const which = other === target
    ? "another restore is filling it"
    : `another restore is filling '${other}', ${
      other.startsWith(target === "/" ? target : `${target}/`) ? "which lies in it" : "in which it lies"
    }`;
  return new BackupFailure(
    "in_use",
    `Cannot restore into '${target}' now: ${which}, and what both write would be mixed: wait for its end, or ` +
      `choose another folder; if no restore is running, remove '${path}'`,
  );
}
