// Who has a journal's folder: the lock decides, and where there is none, only proof that the last owner has ended.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileLock, Processes, ProcessFate } from "../../../src/ports/host.ts";
import { ownJournal } from "../../../src/provider/host/journal_owner.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const OWNER = "/state/owner.json";
const LOCKED = JSON.stringify({ pid: 7, identity: "token", locked: true });
const UNLOCKED = JSON.stringify({ pid: 7, identity: "token", locked: false });
const OF_THE_FIRST_VERSION = JSON.stringify({ pid: 7, identity: "unknown" });

/** Tries to own a folder whose last owner wrote `owner`. */
async function own(lock: "held" | "taken" | "unsupported", owner: string | null, fate: ProcessFate) {
  const files = new MemoryFiles(owner === null ? {} : { [OWNER]: owner });
  let released = 0;
  files.lock = () =>
    Promise.resolve<FileLock>(
      lock === "held"
        ? { held: true, release: () => Promise.resolve(void released++) }
        : { held: false, why: lock },
    );
  const processes: Processes = {
    run: () => Promise.reject(new Error("no programs here")),
    killGroup: () => false,
    identity: (pid) => Promise.resolve(`life of ${pid}`),
    fate: (pid) => Promise.resolve(pid === 7 ? fate : "unseen"),
  };
  const outcome = await ownJournal({ files, processes, pid: 9 }, "/state").then(
    () => "owned",
    (error) => (error as Error).message,
  );
  return { outcome, released, text: await files.readText(OWNER).catch(() => null) };
}

test("ownJournal() is refused while another holds the lock, whatever can be seen of it", async () => {
  const { outcome, text } = await own("taken", LOCKED, "ended");
  assert.match(outcome, /process 7 keeps its backups there and is alive: stop that process, or give each/);
  assert.equal(text, LOCKED);
  assert.match((await own("taken", null, "ended")).outcome, /a process keeps its backups there/);
});

test("ownJournal() with the lock takes over from who held it before, seen or not", async () => {
  for (const fate of ["ended", "unseen", "alive"] as const) {
    const { outcome, text } = await own("held", LOCKED, fate);
    assert.equal(outcome, "owned");
    assert.deepEqual(JSON.parse(text!), { pid: 9, identity: "life of 9", locked: true });
  }
});

test("ownJournal() takes over from an owner without a lock only once it has surely ended", async () => {
  for (const lock of ["held", "unsupported"] as const) {
    for (const owner of lock === "held" ? [UNLOCKED, OF_THE_FIRST_VERSION] : [UNLOCKED, LOCKED]) {
      assert.equal((await own(lock, owner, "ended")).outcome, "owned");
      assert.match(
        (await own(lock, owner, "alive")).outcome,
        /process 7 keeps its backups there and is alive/,
      );
      const unseen = await own(lock, owner, "unseen");
      assert.match(
        unseen.outcome,
        /cannot be seen from here: if it surely has, remove '\/state\/owner.json'/,
      );
      assert.equal(unseen.text, owner);
      assert.equal(unseen.released, lock === "held" ? 1 : 0, "the lock goes back");
    }
  }
});
