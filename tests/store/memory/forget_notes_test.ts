// A note is taken out of a state that nobody holds, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetNotes } from "../../../src/store/memory/forget_notes.ts";
import { filePlace, storeOptions } from "../fixture.ts";

test("forgetNotes() takes one note of one provider out, and says when there is none", async () => {
  await using place = filePlace();
  const ports = storeOptions(place.url);
  const state = { url: place.url, token: null };
  assert.equal(await forgetNotes(state, "nas", "repository", ports), false);
  const store = await place.open();
  for (const key of ["nas", "other"]) {
    await using memory = await store.memories.open(key, []);
    await memory.notes.write("repository", "id");
    await memory.notes.write("upkeep", "done");
  }
  await store[Symbol.asyncDispose]();
  assert.equal(await forgetNotes(state, "nas", "repository", ports), true);
  assert.equal(await forgetNotes(state, "nas", "repository", ports), false);
  const later = await place.open();
  await using memory = await later.memories.open("nas", []);
  assert.equal(await memory.notes.read("repository"), undefined);
  assert.equal(await memory.notes.read("upkeep"), "done");
  await using other = await later.memories.open("other", []);
  assert.equal(await other.notes.read("repository"), "id");
});
