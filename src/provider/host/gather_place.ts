// Where what is restored is gathered before it is put into its place: on the file system of the target, and where nobody
// but root and this user can put something else in its way.

import type { FileTree } from "../../ports/file_tree.ts";

/** A folder in which one of our own is made. */
export interface GatherPlace {
  folder: string;
  /** False where others may rename what is on the way to it: then it is looked at afterwards whether they did. */
  isSafe: boolean;
}

interface Ports {
  tree: FileTree;
}

/** The folder of one restore, where it gathers. */
export function gatheringIn(folder: string, operationId: string): string {
  return `${folder === "/" ? "" : folder}/.schelly-restore-${operationId.replaceAll(/[^\w.-]/g, "_")}`;
}

/** The file beside a gathering that says which folder it is for, and is locked for as long as that restore lives. */
export function claimOf(gathering: string): string {
  return `${gathering}.lock`;
}

const OTHERS_MAY_WRITE = 0o022;
/** In such a folder nobody renames what belongs to others. */
const STICKY = 0o1000;

/**
 * The nearest that is safe, else the nearest; undefined where this user may write nowhere. Beside the target rather than in
 * it, so that whatever happens to the target meanwhile leads nobody astray. `roots`: as for the target.
 */
export async function findGatherPlace(
  { tree }: Ports,
  target: string,
  isThere: boolean,
  roots: readonly string[] | null,
): Promise<GatherPlace | undefined> {
  const above = ancestorsOf(target);
  const there = [];
  for (const folder of above) if ((await tree.look(folder))?.type === "folder") there.push(folder);
  const [beside, ...further] = there;
  const folders = [...(beside === undefined ? [] : [beside]), ...(isThere ? [target] : []), ...further];
  const device = (await tree.look(isThere ? target : beside ?? "/"))?.device;
  let nearest: GatherPlace | undefined;
  for (const folder of folders) {
    if ((await tree.look(folder))?.device !== device || !await tree.mayFill(folder)) continue;
    if (roots !== null && !await isBelow({ tree }, folder, roots)) continue;
    if (await isSafe({ tree }, folder)) return { folder, isSafe: true };
    nearest ??= { folder, isSafe: false };
  }
  return nearest;
}

/** Nearest first; the root of all is the last. */
export function ancestorsOf(path: string): string[] {
  const found = [];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    found.push(path.slice(0, at));
  }
  return path === "/" ? [] : [...found, "/"];
}

async function isSafe({ tree }: Ports, folder: string): Promise<boolean> {
  for (const one of [folder, ...ancestorsOf(folder)]) {
    const entry = await tree.look(one);
    if (entry === undefined || entry.uid !== 0 && entry.uid !== tree.user()) return false;
    if ((entry.mode & OTHERS_MAY_WRITE) !== 0 && (entry.mode & STICKY) === 0) return false;
  }
  return true;
}

/** Whether a path, of which no part is a link, lies in one of the folders. */
export async function isBelow(
  { tree }: Ports,
  path: string,
  roots: readonly string[],
): Promise<boolean> {
  for (const root of roots) {
    const real = await tree.realPath(root);
    if (real !== undefined && (real === "/" || path === real || path.startsWith(`${real}/`))) return true;
  }
  return false;
}
