// Ten thousand new jobs are a few lines of the log, and none of what matters is lost among them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { foldedLog } from "../../src/observe/folded_log.ts";
import type { EngineEvent } from "../../src/ports/events.ts";

function play() {
  const lines: string[] = [];
  let debug = 0;
  const log = foldedLog({
    emit: ({ level, message }) => void (level === "debug" ? debug++ : lines.push(`${level} ${message}`)),
  });
  const emit = (type: EngineEvent["type"], level: EngineEvent["level"], data?: EngineEvent["data"]) =>
    log.emit({ type, level, at: 0, message: type, ...(data === undefined ? {} : { data }) });
  return { lines, emit, debug: () => debug };
}

test("of many new jobs the first are told, then how many more there are, before what comes next", () => {
  const { lines, emit, debug } = play();
  for (let at = 0; at < 10_000; at++) {
    if (at % 250 === 0) emit("store.commit", "debug");
    emit("job.added", "info");
  }
  assert.equal(lines.length, 20);
  emit("engine.started", "info");
  assert.deepEqual(lines.slice(20), [
    "info 9980 more jobs are new: their schedules start now",
    "info engine.started",
  ]);
  assert.equal(debug(), 9_980 + 40, "whoever listens closely hears each");
});

test("few are told as they are, and each time anew", () => {
  const { lines, emit } = play();
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < 20; at++) emit("job.added", "info");
    emit("config.reloaded", "info");
  }
  assert.equal(lines.length, 63);
  for (let at = 0; at < 21; at++) emit("job.added", "info");
  emit("config.reloaded", "info");
  assert.equal(lines.at(-2), "info Another job is new: its schedule starts now");
});

test("a job with an earlier name that nobody knows is always told", () => {
  const { lines, emit } = play();
  for (let at = 0; at < 30; at++) emit("job.added", "info");
  emit("job.added", "info", { renamed_from: "former" });
  assert.equal(lines.length, 21);
  emit("engine.started", "info");
  assert.equal(lines[21], "info 10 more jobs are new: their schedules start now");
});
