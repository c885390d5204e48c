// The sheet is written at each start and then as often as it is asked for; old ones go, and nothing else in the folder.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSheetKeeper } from "../../../src/app/recovery/sheet_keeper.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const HOUR = 3_600_000;

test("the newest sheets stay, whatever else lies there stays too, and a failure shows until it is fixed", async () => {
  const clock = new FakeClock(Date.UTC(2026, 10, 28));
  const files = new MemoryFiles({ "/sheets/recovery-sheet-of-mine.md": "mine" });
  const events: EngineEvent[] = [];
  let fails = false;
  const make = (format: string) =>
    fails ? Promise.reject(new Error("the disk is full")) : Promise.resolve(format);
  const keeper = createSheetKeeper(
    {
      host: { clock, files },
      config: { recoverySheet: { to: "/sheets", everyMs: HOUR, keep: 2 } },
      followers: { sink: { emit: (event) => void events.push(event) } },
    },
    () => ({ recoverySheet: make }),
  );
  keeper.start();
  await clock.advance(0);
  assert.equal(await files.readText("/sheets/recovery-sheet-2026-11-28T00-00-00Z.md"), "markdown");
  assert.equal(await files.readText("/sheets/recovery-sheet-2026-11-28T00-00-00Z.html"), "html");
  await clock.advance(3 * HOUR + 60_000);
  const names = (await files.list("/sheets")).sort();
  assert.equal(names.length, 5);
  assert.ok(names.includes("recovery-sheet-of-mine.md"));
  assert.ok(!names.includes("recovery-sheet-2026-11-28T00-00-00Z.md"));

  fails = true;
  await clock.advance(HOUR);
  assert.match(keeper.trouble()!, /^Cannot write the recovery sheet to '\/sheets': the disk is full/);
  await clock.advance(HOUR);
  assert.equal(events.length, 1, "it is told once");
  assert.equal((await files.list("/sheets")).length, 5, "what was good stays");
  fails = false;
  await clock.advance(60_000);
  assert.equal(keeper.trouble(), null);
  await keeper[Symbol.asyncDispose]();
});
