// A provider that is down is a handful of lines, however many jobs it has and however often they are due.

import assert from "node:assert/strict";
import { test } from "node:test";
import { repeatedLog } from "../../src/observe/repeated_log.ts";
import type { EngineEvent } from "../../src/ports/events.ts";

const MINUTE = 60_000;

function play() {
  const lines: string[] = [];
  const now = { at: 0 };
  let debug = 0;
  const log = repeatedLog(
    { emit: ({ level, message }) => void (level === "debug" ? debug++ : lines.push(message)) },
    { monotonic: () => now.at },
  );
  const emit = (message: string, more: Partial<EngineEvent> = {}) =>
    log.emit({ type: "run.retry", level: "warning", at: 0, message, ...more });
  const waits = (job: number, cause = "connection refused: cannot start a backup at provider 'down'") =>
    emit(`The start of job 'j${job}' waits for its provider and is tried again: ${cause}`, {
      job: `j${job}`,
    });
  return { lines, now, emit, waits, debug: () => debug };
}

test("of thirty jobs whose provider is down the first are told, the others counted, again ever more rarely", () => {
  const { lines, now, waits, emit, debug } = play();
  for (let slot = 0; slot < 4 * 60; slot++) {
    now.at = slot * 15_000;
    for (let job = 0; job < 30; job++) waits(job);
  }
  assert.equal(lines.filter((line) => line.startsWith("The start of job")).length, 3);
  assert.equal(
    lines[3],
    "117 more starts, of 30 jobs in all, wait for the same: connection refused: cannot start a " +
      "backup at provider 'down'",
  );
  assert.ok(lines.length <= 10, lines.join("\n"));
  assert.ok(debug() > 7_000, "whoever listens closely hears each");
  // What is left is counted with whatever comes next once it is time.
  now.at += 3 * 60 * MINUTE;
  const before = lines.length;
  emit("something else", { type: "run.available", level: "info" });
  assert.match(lines[before]!, /^\d+ more starts/);
  assert.equal(lines[before + 1], "something else");
});

test("each cause is told, few are told as they are, and what comes back much later is told again", () => {
  const { lines, now, waits, emit } = play();
  for (let job = 0; job < 3; job++) waits(job);
  waits(0, "wrong password");
  emit("kept as it is", { level: "info" });
  assert.equal(lines.length, 5);
  now.at = 11 * MINUTE;
  waits(7);
  assert.match(lines[5]!, /^The start of job 'j7'/);
});
