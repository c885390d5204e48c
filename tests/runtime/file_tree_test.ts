// Trees of files: links are looked at and removed, never followed.

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { systemTree } from "../../src/runtime/file_tree.ts";
import { tempFolder } from "../support/backup_rig.ts";

test("look() tells a link from what it leads to, and realPath() where that is", async () => {
  await using folder = await tempFolder();
  const at = (name: string) => `${folder.path}/${name}`;
  await writeFile(at("file"), "abc", { mode: 0o640 });
  await symlink(at("file"), at("link"));
  await symlink(at("nowhere"), at("dangling"));
  const file = await systemTree.look(at("file"));
  assert.deepEqual([file?.type, file?.size, file?.mode], ["file", 3, 0o640]);
  assert.equal((await systemTree.look(at("link")))?.type, "link");
  const [entry, again] = [await systemTree.look(folder.path), await systemTree.look(`${folder.path}/.`)];
  assert.equal(entry?.type, "folder");
  assert.deepEqual([again?.device, again?.inode], [entry?.device, entry?.inode]);
  assert.equal(file?.device, entry?.device);
  assert.notEqual(file?.inode, entry?.inode);
  assert.equal(file?.uid, systemTree.user());
  assert.deepEqual([await systemTree.mayFill(folder.path), await systemTree.mayFill(at("nowhere"))], [
    true,
    false,
  ]);
  assert.equal(await systemTree.look(at("file/below")), undefined);
  assert.equal(await systemTree.realPath(at("link")), await systemTree.realPath(at("file")));
  assert.equal(await systemTree.realPath(at("dangling")), undefined);
});

test("removeAll() takes folders that may not be written, and of a link only the link", async () => {
  await using folder = await tempFolder();
  await mkdir(`${folder.path}/tree/locked`, { recursive: true });
  await writeFile(`${folder.path}/mine`, "mine");
  await writeFile(`${folder.path}/tree/locked/file`, "");
  await symlink(`${folder.path}/mine`, `${folder.path}/tree/link`);
  await chmod(`${folder.path}/tree/locked`, 0o500);
  await systemTree.removeAll(`${folder.path}/tree`);
  await systemTree.removeAll(`${folder.path}/tree`);
  assert.deepEqual(await readdir(folder.path), ["mine"]);
  assert.equal(await readFile(`${folder.path}/mine`, "utf8"), "mine");
});

test("move() replaces a link, and not what it leads to", async () => {
  await using folder = await tempFolder();
  await writeFile(`${folder.path}/mine`, "mine");
  await writeFile(`${folder.path}/new`, "new");
  await symlink(`${folder.path}/mine`, `${folder.path}/link`);
  await systemTree.move(`${folder.path}/new`, `${folder.path}/link`);
  assert.equal(await readFile(`${folder.path}/link`, "utf8"), "new");
  assert.equal(await readFile(`${folder.path}/mine`, "utf8"), "mine");
});
