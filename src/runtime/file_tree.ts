// Trees of files over node:fs, which Deno and Node have alike.

import { chmod, chown, lstat, mkdtemp, readdir, realpath, rename, rm, rmdir, statfs } from "node:fs/promises";
import process from "node:process";
import type { FileTree, TreeEntry } from "../ports/file_tree.ts";
import { named } from "./node_errors.ts";

/** The file system of the machine. */
export const systemTree: FileTree = {
  look: (path) => named(look(path)),
  realPath: (path) => named(realpath(path).catch(nothingThere)),
  // By trying: Deno's access() knows neither groups nor mounts that are read-only.
  mayFill: (path) => mkdtemp(`${path}/.schelly-`).then(rmdir).then(() => true, () => false),
  // Where users have no numbers everything belongs to 0.
  user: () => process.getuid?.() ?? 0,
  move: (from, to) => named(rename(from, to)),
  removeAll: (path) => named(removeAll(path)),
  freeBytes: (path) => named(statfs(path).then(({ bsize, bavail }) => bsize * bavail)),
  giveTo: (path, uid, gid) => named(chown(path, uid, gid)),
};

async function look(path: string): Promise<TreeEntry | undefined> {
  const info = await lstat(path, { bigint: true }).catch(nothingThere);
  if (info === undefined) return undefined;
  const type = info.isSymbolicLink()
    ? "link"
    : info.isDirectory()
    ? "folder"
    : info.isFile()
    ? "file"
    : "other";
  return {
    ...{ type, size: Number(info.size), uid: Number(info.uid), gid: Number(info.gid) },
    ...{ mode: Number(info.mode & 0o7777n), device: String(info.dev), inode: String(info.ino) },
  };
}

async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // A restored folder may be one that even its owner may not write.
    await makeWritable(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function makeWritable(path: string): Promise<void> {
  if ((await look(path))?.type !== "folder") return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await makeWritable(`${path}/${name}`);
}

/** `a/b` where `a` is a file is as absent as `a/b` in an empty folder. */
function nothingThere(error: unknown): undefined {
  const { code } = error as { code?: string };
  if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
}
