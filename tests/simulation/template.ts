// A state file that was made and closed once, so that each world begins with a copy instead of making its own.

import { openStore } from "../../src/store/run_store.ts";
import { FakeIds } from "../support/fake_ids.ts";
import { Dice } from "./scenario.ts";
import { readingAt, trusting } from "../support/hand_watch.ts";
import { SimClock } from "./sim_clock.ts";
import { simFiles, StateFolder } from "./sim_files.ts";

/** Written as a text, it cannot be read as one. */
const NO_MEMORY = { wall: NaN, uptime: NaN, slack: 0, doubt: null };

/** The path of an empty state and what removes it. */
export async function makeTemplate(): Promise<{ path: string } & Disposable> {
  const folder = new StateFolder();
  const clock = new SimClock(0, new Dice(0));
  const store = await openStore({
    url: `file:${folder.path}`,
    token: null,
    files: simFiles,
    clock,
    // Each world has a clock of its own: what this one says is not to be remembered.
    watch: { ...trusting(clock), read: () => ({ ...readingAt(0), memory: NO_MEMORY }) },
    ids: new FakeIds(clock, 0),
    sink: { emit() {} },
    http: () => Promise.reject(new Error("no network here")),
    waitMs: 0,
  });
  const closed = store[Symbol.asyncDispose]();
  await clock.settle();
  await closed;
  return { path: folder.path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
