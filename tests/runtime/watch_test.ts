// Watching a folder: every way a config file is changed is told, once it is quiet.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../src/ports/host.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { watchFolder } from "../../src/runtime/watch.ts";
import { withFolder } from "../support/folder.ts";

/** Real time, but the slow look every 10 s comes every 40 ms. */
const impatient: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === 10_000 ? 40 : ms, signal),
};

async function changeIsTold(path: string, change: () => Promise<void>, clock: Clock): Promise<void> {
  let told = () => {};
  const changed = new Promise<void>((resolve) => told = resolve);
  const end = watchFolder(path, told, undefined, undefined, clock);
  const limit = new AbortController();
  try {
    await systemClock.sleep(20);
    await change();
    const late = systemClock.sleep(3000, limit.signal).then(
      () => assert.fail("the change was not told"),
      () => {},
    );
    await Promise.race([changed, late]);
  } finally {
    limit.abort();
    end();
  }
}

test("watchFolder() tells a file written, replaced and removed", () =>
  withFolder(async (folder) => {
    const path = `${folder}/schelly.yaml`;
    const kernelOnly: Clock = {
      ...systemClock,
      sleep: (ms, signal) => systemClock.sleep(ms === 10_000 ? Infinity : ms, signal),
    };
    await changeIsTold(folder, () => Deno.writeTextFile(path, "a"), kernelOnly);
    await changeIsTold(folder, async () => {
      await Deno.writeTextFile(`${path}.tmp`, "b");
      await Deno.rename(`${path}.tmp`, path);
    }, kernelOnly);
    await changeIsTold(folder, () => Deno.remove(path), kernelOnly);
  }));

test("watchFolder() tells changes again after the folder was replaced, and when it appears", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/config`;
    await changeIsTold(folder, async () => {
      await Deno.mkdir(folder);
      await Deno.writeTextFile(`${folder}/a`, "1");
    }, impatient);
    await changeIsTold(folder, async () => {
      await Deno.rename(folder, `${parent}/old`);
      await Deno.mkdir(folder);
      await systemClock.sleep(60);
      await Deno.writeTextFile(`${folder}/a`, "22");
    }, impatient);
  }));

test("watchFolder() tells many changes at once as one, and nothing after its end", () =>
  withFolder(async (folder) => {
    let told = 0;
    const end = watchFolder(folder, () => told++);
    await systemClock.sleep(20);
    for (let i = 0; i < 30; i++) await Deno.writeTextFile(`${folder}/${i}`, "x");
    await systemClock.sleep(250);
    assert.equal(told, 1);
    end();
    await Deno.writeTextFile(`${folder}/late`, "x");
    await systemClock.sleep(150);
    assert.equal(told, 1);
  }));

test("watchFolder() looks less often at a folder that takes long to look at, and at any once a minute", () =>
  withFolder(async (folder) => {
    for (const [tookMs, rest] of [[1, 1_000], [30, 6_000], [2_000, 60_000]] as const) {
      const sleeps: number[] = [];
      let at = 0;
      const clock: Clock = {
        ...systemClock,
        monotonic: () => at += tookMs,
        // Two looks, then none until the end.
        sleep: (ms, signal) => sleeps.push(ms) > 2 ? systemClock.sleep(60_000, signal) : Promise.resolve(),
      };
      const end = watchFolder(folder, () => {}, undefined, `${folder}/state.db`, clock);
      while (sleeps.length < 3) await systemClock.sleep(1);
      end();
      assert.deepEqual(sleeps, [1_000, rest, rest], `${tookMs} ms`);
    }
  }));
