// The mark knows which file it is: a copy of a state in use is noticed, and nothing else is taken for one.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { openStore } from "../../src/store/run_store.ts";
import { at } from "../support/node_files.ts";
import { addJobs, asKilled, backup, filePlace, insert, NOW, storeOptions } from "./fixture.ts";

const IN_USE = /a copy, made while the original was in use, which may have gone on since/;

/** Copies state, log and mark, as `cp -a` does: into files of their own, or over those that are there. */
function copyTo(path: string, target: string): void {
  for (const suffix of ["", "-wal", ".mark"]) {
    if (existsSync(path + suffix)) copyFileSync(path + suffix, target + suffix);
    else rmSync(target + suffix, { force: true });
  }
}

test("openStore() notices a copy of state and mark that was made while the original was in use", () =>
  at(filePlace(), async (place) => {
    const running = await place.open();
    await addJobs(running, "db", "files");
    const other = filePlace("other.db");
    copyTo(place.path, other.path);
    await insert(running, backup());
    const copy = await other.open();
    assert.match(copy.restored!, IN_USE);
    assert.deepEqual((await copy.latched()).map(({ job, guard }) => [job, guard]), [
      ["db", "restored_store"],
      ["files", "restored_store"],
    ]);
    await copy[Symbol.asyncDispose]();
    assert.equal((await other.open()).restored, null, "from then on it is a state of its own");
    await other[Symbol.asyncDispose]();
    await running[Symbol.asyncDispose]();
    assert.equal((await place.open()).restored, null, "nothing is wrong with the original");
  }));

test("openStore() notices such a copy in the place of the original, also written over its files after a stop", () =>
  at(filePlace(), async (place) => {
    const first = await place.open();
    await addJobs(first, "db");
    copyTo(place.path, `${place.path}.copy`);
    await insert(first, backup());
    await first[Symbol.asyncDispose]();
    copyTo(`${place.path}.copy`, place.path);
    const second = await place.open();
    assert.match(second.restored!, IN_USE);
    await second[Symbol.asyncDispose]();
  }));

test("openStore() takes a state that nobody used when it was copied or moved for what it is", () =>
  at(filePlace(), async (place) => {
    const first = await place.open();
    await addJobs(first, "db");
    await first[Symbol.asyncDispose]();
    const other = filePlace("other.db");
    copyTo(place.path, other.path);
    const moved = await other.open();
    assert.equal(moved.restored, null);
    assert.deepEqual(await moved.latched(), []);
    await other[Symbol.asyncDispose]();
  }));

test("letting go of a state writes over no mark that was put there meanwhile", () =>
  at(filePlace(), async (place) => {
    const running = await place.open();
    await addJobs(running, "db");
    rmSync(`${place.path}.mark`);
    writeFileSync(`${place.path}.mark`, "another's");
    await running[Symbol.asyncDispose]();
    assert.equal(readFileSync(`${place.path}.mark`, "utf8"), "another's");
  }));

/** Options for a store on a system that says so of when each file was made. */
function withBirths(path: string, born: number | null) {
  const options = storeOptions(`file:${path}`);
  const info = async (path: string) => {
    const info = await options.files.info(path);
    return info && { ...info, born };
  };
  return { ...options, files: { ...options.files, info } };
}

for (const [before, after] of [[NOW, NOW], [null, null], [NOW, null], [null, NOW]]) {
  test(`the mark is known again after kill -9 where its file was made at ${before}, then at ${after}`, () =>
    at(filePlace(), async (place) => {
      const running = await openStore(withBirths(place.path, before!));
      await addJobs(running, "db");
      const killed = asKilled(place.path);
      await running[Symbol.asyncDispose]();
      killed();
      const again = await openStore(withBirths(place.path, after!));
      assert.equal(again.restored, null);
      await again[Symbol.asyncDispose]();
    }));
}

test("a number that was given anew does not make a copy of the mark the file it says it is", () =>
  at(filePlace(), async (place) => {
    const running = await openStore(withBirths(place.path, NOW));
    await addJobs(running, "db");
    const killed = asKilled(place.path);
    await running[Symbol.asyncDispose]();
    killed();
    const copy = await openStore(withBirths(place.path, NOW + 1));
    assert.match(copy.restored!, IN_USE);
    await copy[Symbol.asyncDispose]();
  }));
