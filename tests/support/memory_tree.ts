// The FileTree port over files in memory: no links, no owners.

import type { FileTree, TreeEntry } from "../../src/ports/file_tree.ts";
import type { MemoryFiles } from "./memory_files.ts";

/** What `files` has, as a tree. */
export function memoryTree(files: MemoryFiles): FileTree {
  const look = (path: string): TreeEntry | undefined => {
    const info = path === "/"
      ? { isFile: false, isDirectory: true, size: 0, mode: 0o755 }
      : files.infoSync(path);
    if (info === undefined) return undefined;
    const type = info.isFile ? "file" : info.isDirectory ? "folder" : "other";
    return { type, size: info.size, uid: 0, gid: 0, mode: info.mode ?? 0o600, device: "memory", inode: path };
  };
  return {
    look: (path) => Promise.resolve(look(path)),
    realPath: (path) => Promise.resolve(look(path) === undefined ? undefined : path),
    mayFill: (path) => Promise.resolve(look(path)?.type === "folder"),
    user: () => 0,
    move: (from, to) => files.move(from, to),
    freeBytes: () => Promise.resolve(Infinity),
    giveTo: (path) => Promise.reject(new Error(`nothing has an owner here: ${path}`)),
    async removeAll(path) {
      if (look(path)?.type === "folder") {
        for (const name of await files.list(path)) await this.removeAll(`${path}/${name}`);
      }
      await files.remove(path);
    },
  };
}
