// Notes in a folder: a file each, which a person may remove.

import assert from "node:assert/strict";
import { test } from "node:test";
import { folderNotes } from "../../../src/provider/host/folder_notes.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

test("folderNotes() keeps each under its name, and says what to remove to have it forgotten", async () => {
  const files = new MemoryFiles();
  files.putFolder("/state");
  const notes = folderNotes(files, "/state");
  assert.equal(await notes.read("repository"), undefined);
  await notes.write("repository", "{}\n");
  await notes.write("upkeep", "[]\n");
  assert.equal(await folderNotes(files, "/state").read("repository"), "{}\n");
  assert.equal(notes.toForget("repository"), "remove '/state/repository.json'");
  await files.remove("/state/repository.json");
  assert.equal(await notes.read("repository"), undefined);
  assert.equal(await notes.read("upkeep"), "[]\n");
});
