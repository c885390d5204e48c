// The folder of the state file: made where it is missing, and none for the state of a server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeStateFolder } from "../../src/app/state_folder.ts";
import { MemoryFiles } from "../support/memory_files.ts";

test("makeStateFolder() makes the folder of the file, also of a relative one", async () => {
  for (
    const [url, folder] of [
      ["file:/var/lib/schelly/schelly.db", "/var/lib/schelly"],
      ["file:///var/lib/schelly/schelly.db", "/var/lib/schelly"],
      ["file:state/schelly.db", "/home/me/state"],
      ["file:schelly.db", "/home/me"],
      ["file:/schelly.db", "/"],
    ] as const
  ) {
    const made: unknown[][] = [];
    const files = new MemoryFiles();
    files.makeFolder = (...args: unknown[]) => Promise.resolve(void made.push(args));
    assert.equal(await makeStateFolder(url, files), folder);
    assert.deepEqual(made, [[folder, 0o700]], url);
  }
});

test("makeStateFolder() makes none for a server, and leaves it to the state to say why one cannot be made", async () => {
  const files = new MemoryFiles();
  files.makeFolder = () => Promise.reject(new Error("read-only file system"));
  assert.equal(await makeStateFolder("https://db.example:8080", files), null);
  assert.equal(await makeStateFolder("file:/ro/schelly.db", files), "/ro");
});
