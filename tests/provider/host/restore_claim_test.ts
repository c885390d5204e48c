// Of two restores that would fill the same folder, or one of which would fill a folder inside of the other's, the second is
// refused, whichever of them began, and what a killed one left is in nobody's way.

import assert from "node:assert/strict";
import { mkdir, readdir, rename, stat, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { claimTarget } from "../../../src/provider/host/restore_claim.ts";
import { openGathering } from "../../../src/provider/host/gathering.ts";
import { findTarget } from "../../../src/provider/host/restore_target.ts";
import { systemTree } from "../../../src/runtime/file_tree.ts";
import { systemFiles } from "../../../src/runtime/files.ts";
import { nodeFiles } from "../../../src/runtime/node_files.ts";
import { tempFolder } from "../../support/backup_rig.ts";

// The locks of Node say at once that somebody has one; those of Deno wait for it a while.
const PORTS = { files: { ...systemFiles, lock: nodeFiles.lock }, tree: systemTree };

async function targetAt(path: string, roots: readonly string[] | null = null) {
  return await findTarget(PORTS, path, { overwrite: true, roots });
}

/** Claims it; what it is told goes into `told`. */
async function claim(path: string, id: string, told: string[] = []) {
  return await claimTarget(PORTS, await targetAt(path), id, (message) => told.push(message));
}

test("a second restore into the same folder, into one inside and into one around is refused, and into another is not", async () => {
  await using folder = await tempFolder();
  const at = (path: string) => `${folder.path}/${path}`;
  for (const isThere of [false, true]) {
    const name = isThere ? "old" : "new";
    if (isThere) await mkdir(at("old/deep/er"), { recursive: true });
    const first = await claim(at(name), "one");
    await assert.rejects(claim(at(name), "two"), /another restore is filling it, and what both write/);
    await assert.rejects(claim(at(`${name}/deep/er`), "two"), /filling '.*(old|new)', in which it lies/);
    const beside = await claim(at(`${name}er`), "three");
    await beside.release();
    await first.release();
    const inner = await claim(at(`${name}/deep/er`), "four");
    await assert.rejects(claim(at(name), "five"), /filling '.*\/deep\/er', which lies in it/);
    await assert.rejects(claim(folder.path, "five"), /filling '.*\/deep\/er', which lies in it/);
    await inner.release();
    await (await claim(at(name), "six")).release();
  }
  assert.deepEqual(await readdir(folder.path), ["old"], "nothing is left of any");
});

test("a claim inside of what is filled stops it before anything is moved, however deep it is", async () => {
  await using folder = await tempFolder();
  const target = `${folder.path}/target`;
  await mkdir(`${target}/a/b`, { recursive: true });
  const outer = await targetAt(target);
  const gathering = await openGathering(PORTS, outer, "outer");
  await mkdir(`${gathering.path}/a/b`, { recursive: true });
  await writeFile(`${gathering.path}/a/b/file`, "from the backup");
  const inner = await claim(`${target}/a/b/c`, "inner");
  await assert.rejects(gathering.settle(), /another restore is filling '.*\/a\/b\/c', which lies in it/);
  assert.deepEqual((await readdir(`${target}/a/b`)).filter((name) => !name.startsWith(".")), []);
  await inner.release();
  await gathering.settle();
  assert.deepEqual(await readdir(`${target}/a/b`), ["file"]);
});

test("the claim of one that was killed goes, and where its files are is told", async () => {
  await using folder = await tempFolder();
  const left = `${folder.path}/.schelly-restore-dead`;
  await mkdir(left);
  await writeFile(`${left}.lock`, JSON.stringify({ target: `${folder.path}/data` }));
  const told: string[] = [];
  await (await claim(`${folder.path}/data/deep`, "next", told)).release();
  assert.deepEqual(told, [
    `a restore into '${folder.path}/data' was cut off before: what it had restored until then is in '${left}'`,
  ]);
  assert.deepEqual(await readdir(folder.path), [".schelly-restore-dead"]);
});

test("what only looks like a claim is left alone, and a living one can be read by others", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/data`;
  await writeFile(`${folder.path}/.schelly-restore-x.lock`, "no claim");
  await symlink(`${folder.path}/nothing`, `${folder.path}/.schelly-restore-y.lock`);
  await mkdir(`${folder.path}/.schelly-restore-z.lock`);
  const first = await claim(path, "one");
  const file = `${folder.path}/.schelly-restore-one.lock`;
  assert.equal((await stat(file)).mode & 0o777, 0o644);
  // Somebody gave it another name: it is locked all the same.
  await rename(file, `${folder.path}/.schelly-restore-other.lock`);
  await assert.rejects(claim(path, "two"), /is filling it/);
  await first.release();
  await (await claim(path, "three")).release();
  const left = (await readdir(folder.path)).sort();
  assert.deepEqual(left, ["x", "y", "z"].map((name) => `.schelly-restore-${name}.lock`));
});
