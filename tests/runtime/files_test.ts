// Files on a real file system: whole or not at all, modes, and what absence looks like.
// Also tests file_lock.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemFiles as files } from "../../src/runtime/files.ts";
import { withFolder } from "../support/folder.ts";

test("systemFiles.writeText() writes and replaces, and leaves nothing beside", () =>
  withFolder(async (folder) => {
    const path = `${folder}/state`;
    await files.writeText(path, "one");
    await files.writeText(path, "two – zwei");
    assert.equal(await files.readText(path), "two – zwei");
    assert.deepEqual(await files.list(folder), ["state"]);
  }));

test("systemFiles.writeText() sets the mode asked for, else keeps the one the file had", () =>
  withFolder(async (folder) => {
    const path = `${folder}/secret`;
    await files.writeText(path, "a", 0o600);
    assert.equal(files.infoSync(path)?.mode, 0o600);
    await files.writeText(path, "b");
    assert.equal(files.infoSync(path)?.mode, 0o600);
    await files.writeText(`${folder}/plain`, "c");
    assert.equal(files.infoSync(`${folder}/plain`)?.mode, 0o644);
  }));

test("systemFiles.writeText() leaves the old text and no litter when it cannot replace it", () =>
  withFolder(async (folder) => {
    await files.makeFolder(`${folder}/taken`);
    await files.writeText(`${folder}/taken/inside`, "old");
    await assert.rejects(files.writeText(`${folder}/taken`, "new"));
    assert.deepEqual(await files.list(folder), ["taken"]);
    assert.equal(await files.readText(`${folder}/taken/inside`), "old");
    await assert.rejects(files.writeText(`${folder}/no/such`, "x"), { name: "NotFound" });
  }));

test("systemFiles.appendText() appends, also to a new file and from several callers", () =>
  withFolder(async (folder) => {
    const path = `${folder}/journal`;
    await files.appendText(path, "first\n");
    await Promise.all(["a", "b", "c"].map((text) => files.appendText(path, `${text}\n`)));
    assert.deepEqual((await files.readText(path)).split("\n").sort(), ["", "a", "b", "c", "first"]);
  }));

test("systemFiles.info() tells what is there and answers undefined for what is not", () =>
  withFolder(async (folder) => {
    await files.writeText(`${folder}/file`, "12345");
    const info = await files.info(`${folder}/file`);
    assert.ok(info?.isFile && info.size === 5 && info.ino !== null && info.mtime !== null);
    assert.deepEqual(files.infoSync(`${folder}/file`), info);
    assert.ok((await files.info(folder))?.isDirectory);
    for (const path of [`${folder}/none`, `${folder}/file/below`]) {
      assert.equal(await files.info(path), undefined);
      assert.equal(files.infoSync(path), undefined);
    }
  }));

test("systemFiles.remove() takes a file or an empty folder, never a full one", () =>
  withFolder(async (folder) => {
    await files.makeFolder(`${folder}/a/b`, 0o700);
    await assert.rejects(files.remove(`${folder}/a`));
    await files.remove(`${folder}/a/b`);
    await files.remove(`${folder}/a`);
    assert.equal(await files.info(`${folder}/a`), undefined);
    await assert.rejects(files.remove(`${folder}/a`), { name: "NotFound" });
  }));

const LOCK = `const file = await Deno.open(Deno.args[0], { write: true, create: true });
await file.lock(true);
console.log("held");
await new Promise((resolve) => setTimeout(resolve, 60_000));`;

test("systemFiles.lock() is held by one, ends with its process however that ends, and is given back", () =>
  withFolder(async (folder) => {
    const path = `${folder}/owner.lock`;
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", LOCK, path],
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "held\n");
    assert.deepEqual(await files.lock(path), { held: false, why: "taken" });
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    const mine = await files.lock(path);
    assert.ok(mine.held);
    assert.deepEqual(
      await files.lock(path),
      { held: false, why: "taken" },
      "a second holder in this process",
    );
    await mine.release();
    const again = await files.lock(path);
    assert.ok(again.held);
    await again.release();
  }));
