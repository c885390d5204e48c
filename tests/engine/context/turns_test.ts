// Work that is done in turns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../../src/engine/context/turns.ts";

test("work is done one piece after the other, and a failure stops nothing behind it", async () => {
  const turns = new Turns();
  const done: string[] = [];
  let release = () => {};
  const first = turns.add(async () => {
    await new Promise<void>((resolve) => release = resolve);
    done.push("first");
  });
  const second = turns.add(() => Promise.reject(new Error("odd")));
  const third = turns.add(() => Promise.resolve(done.push("third")));
  assert.equal(turns.busy, true);
  assert.deepEqual(done, []);
  release();
  await first;
  await assert.rejects(second, /odd/);
  assert.equal(await third, 2);
  await turns.idle();
  assert.deepEqual(done, ["first", "third"]);
  assert.equal(turns.busy, false);
  assert.equal(await turns.add(() => Promise.resolve(7)), 7, "and it goes on after a rest");
});
