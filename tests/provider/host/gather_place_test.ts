// Where a restore gathers: as near as nobody else can put something in its way, and never on another file system.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileTree, TreeEntry } from "../../../src/ports/file_tree.ts";
import { findGatherPlace } from "../../../src/provider/host/gather_place.ts";

/** Folders by path: what differs from one of root's that only root may write. This user is 7. */
function treeOf(folders: Record<string, Partial<TreeEntry> & { closed?: boolean }>): FileTree {
  const look = (path: string): TreeEntry | undefined =>
    folders[path] && {
      ...{ type: "folder", size: 0, uid: 0, gid: 0, mode: 0o755, device: "disk", inode: path },
      ...folders[path],
    };
  return {
    look: (path) => Promise.resolve(look(path)),
    realPath: (path) => Promise.resolve(look(path) && path),
    mayFill: (path) => Promise.resolve(look(path) !== undefined && folders[path]!.closed !== true),
    user: () => 7,
    freeBytes: () => Promise.resolve(Infinity),
    giveTo: () => Promise.reject(new Error("nothing has an owner here")),
    move: () => Promise.reject(new Error("nothing is moved")),
    removeAll: () => Promise.reject(new Error("nothing is removed")),
  };
}

const ALICE = { uid: 1000 };
const at = (folder: string, isSafe = true) => ({ folder, isSafe });

test("it is the folder around the target, or the nearest above in which others can rename nothing", async () => {
  const place = async (folders: Parameters<typeof treeOf>[0], target = "/home/alice/new", isThere = false) =>
    await findGatherPlace({ tree: treeOf(folders) }, target, isThere, null);
  assert.deepEqual(await place({ "/": {}, "/home": {}, "/home/alice": { uid: 7 } }), at("/home/alice"));
  assert.deepEqual(await place({ "/": {}, "/home": {}, "/home/alice": ALICE }), at("/home"));
  assert.deepEqual(await place({ "/": {}, "/home": {}, "/home/alice": { mode: 0o775 } }), at("/home"));
  assert.deepEqual(
    await place({ "/": {}, "/home": {}, "/home/alice": { mode: 0o1777 } }),
    at("/home/alice"),
    "as /tmp: nobody renames what is ours",
  );
  assert.deepEqual(
    await place({ "/": {}, "/home": ALICE, "/home/alice": {} }),
    at("/"),
    "whoever has a folder on the way can rename what is in it",
  );
});

test("where it is safe nowhere it is the nearest, and said to be unsafe; where nothing may be written there is none", async () => {
  const folders = { "/": { closed: true }, "/home": { closed: true }, "/home/alice": ALICE };
  const place = async (more: Parameters<typeof treeOf>[0]) =>
    await findGatherPlace({ tree: treeOf({ ...folders, ...more }) }, "/home/alice/new", false, null);
  assert.deepEqual(await place({}), at("/home/alice", false));
  assert.equal(await place({ "/home/alice": { closed: true } }), undefined);
});

test("never on another file system, nor outside of the roots: then in the target itself", async () => {
  const disk = { "/": {}, "/mnt": {}, "/mnt/usb": { device: "usb" } };
  const there = async (roots: readonly string[] | null, folders: Parameters<typeof treeOf>[0] = disk) =>
    await findGatherPlace({ tree: treeOf(folders) }, "/mnt/usb", true, roots);
  assert.deepEqual(await there(null), at("/mnt/usb"));
  assert.deepEqual(await there(null, { ...disk, "/mnt/usb": {} }), at("/mnt"));
  assert.deepEqual(await there(["/mnt/usb"], { ...disk, "/mnt/usb": {} }), at("/mnt/usb"));
});
