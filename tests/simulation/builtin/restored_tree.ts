// What restores have written, as a tree of files on the simulated disk, and the programs that look at it: `find` and `df`.

import type { FileTree, TreeEntry } from "../../../src/ports/file_tree.ts";
import { type Life, never } from "../sim_clock.ts";
import type { SimDisk } from "./disk.ts";
import { type Machine, named } from "./machine.ts";
import type { SimStorage } from "./restic_repository.ts";

/** The numbers of users: whoever is not root has one. */
export const USER = 1000;

/** The `FileTree` port of one life. */
export function restoredTree(storage: SimStorage, disk: SimDisk, life: Life): FileTree {
  const answer = <T>(work: () => T): Promise<T> =>
    life.dead ? never() : new Promise((resolve) => resolve(work()));
  const look = (path: string): TreeEntry | undefined => {
    const type = disk.typeOf(path) ?? (storage.restored.has(path) ? "folder" : undefined);
    if (type === undefined) return undefined;
    return { type, size: 0, uid: USER, gid: USER, mode: 0o700, device: "disk", inode: disk.inodeOf(path) };
  };
  return {
    look: (path) => answer(() => look(path)),
    realPath: (path) => answer(() => look(path) && path),
    mayFill: (path) => answer(() => look(path)?.type === "folder"),
    user: () => USER,
    move: (from, to) =>
      answer(() => {
        if (look(from) === undefined) throw named("NotFound", `no such file: ${from}`);
        disk.move(from, to);
        const files = storage.restored.get(from);
        if (files === undefined) return;
        storage.restored.delete(from);
        storage.restored.set(to, [...storage.restored.get(to) ?? [], ...files]);
      }),
    removeAll: (path) =>
      answer(() => {
        disk.removeAll(path);
        storage.restored.delete(path);
      }),
    freeBytes: () => answer(() => 1e12),
    giveTo: () => answer(() => {}),
  };
}

/** What counts restored files, and says how much room there is. */
export function installReaders(machine: Machine, storage: SimStorage): void {
  machine.programs.set("df", ({ out }) => {
    out("Filesystem 1024-blocks Used Available Capacity Mounted on");
    out("/dev/disk 100000000 1 99999999 1% /");
    return Promise.resolve(0);
  });
  machine.programs.set("find", ({ argv, out }) => {
    for (const { bytes } of storage.restored.get(argv[0]!) ?? []) out(String(bytes));
    return Promise.resolve(0);
  });
}
