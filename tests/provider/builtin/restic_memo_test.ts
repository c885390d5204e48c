// Which repository was used before is known under every text that named the same place.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProviderNotes } from "../../../src/ports/backup_memory.ts";
import { createRepositoryMemo } from "../../../src/provider/builtin/restic_memo.ts";
import { createResticSiblings } from "../../../src/provider/builtin/restic_siblings.ts";

function notesWith(text?: string): ProviderNotes {
  let kept = text;
  return {
    read: () => Promise.resolve(kept),
    write(_name: string, next: string) {
      kept = next;
      return Promise.resolve();
    },
    toForget: (name: string) => `forget ${name}`,
  } as ProviderNotes;
}

function knownAs(noted: string, repository: string, written?: string) {
  const notes = notesWith(JSON.stringify({ repository: noted, id: "0123456789" }));
  const home = createResticSiblings().join(repository, "p");
  const place = { isHidden: false, written, folder: "/home/me" };
  return createRepositoryMemo(notes, repository, home, place).known();
}

test("a relative text of before is the place that it leads to now, so that nothing new is made there", async () => {
  assert.equal(
    await knownAs("repo", "/etc/schelly/repo", "repo"),
    "0123456789",
    "also where it led elsewhere",
  );
  assert.equal(await knownAs("./repo", "/home/me/repo"), "0123456789", "it is written in full since");
  assert.equal(await knownAs("local:repo", "/home/me/repo/"), "0123456789");
});

test("what is written as a relative path is noted so, and stays the same wherever it leads", async () => {
  const notes = notesWith();
  const memo = (repository: string, folder: string) =>
    createRepositoryMemo(notes, repository, createResticSiblings().join(repository, "p"), {
      ...{ isHidden: false, written: "repo", folder },
    });
  await memo("/home/me/repo", "/home/me").remember("0123456789");
  assert.equal(await memo("/etc/schelly/repo", "/").known(), "0123456789");
});

test("another place is another repository, which the settings chose", async () => {
  assert.equal(await knownAs("repo", "/srv/repo"), undefined);
  assert.equal(await knownAs("/srv/repo", "/home/me/srv/repo"), undefined);
  assert.equal(await knownAs("/srv/repo", "/srv/repo"), "0123456789");
});

test("a place that must not be read is kept as a digest, and known by that", async () => {
  const notes = notesWith();
  const place = { isHidden: true, written: undefined, folder: "/" };
  const memo = (repository: string) =>
    createRepositoryMemo(notes, repository, createResticSiblings().join(repository, "p"), place);
  await memo("/srv/secret").remember("0123456789");
  assert.doesNotMatch((await notes.read("repository"))!, /secret/);
  assert.equal(await memo("/srv/secret").known(), "0123456789");
  assert.equal(await memo("/srv/other").known(), undefined);
});
