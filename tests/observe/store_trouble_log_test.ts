// A full disk is in the log once, then at growing intervals, and when it is over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sparedLog } from "../../src/observe/store_trouble_log.ts";
import type { EngineEvent } from "../../src/ports/events.ts";

const MINUTE = 60_000;

function play() {
  const clock = { at: 0, monotonic: () => clock.at };
  const lines: string[] = [];
  let debug = 0;
  const log = sparedLog({
    emit: ({ level, message }) => void (level === "debug" ? debug++ : lines.push(`${level} ${message}`)),
  }, clock);
  const emit = (type: EngineEvent["type"], level: EngineEvent["level"], kind = "not_writable") =>
    log.emit({ type, level, at: 0, message: type, data: { kind } });
  /** An error every half second, for so long. */
  const fail = (ms: number) => {
    for (const end = clock.at + ms; clock.at < end; clock.at += 500) emit("store.error", "error");
  };
  return { clock, lines, emit, fail, debug: () => debug };
}

test("an hour of a full disk is a handful of lines, each of which says how often it came", () => {
  const { lines, fail, debug } = play();
  fail(60 * MINUTE);
  assert.equal(lines.length, 6);
  assert.equal(lines[0], "error store.error");
  assert.equal(lines[1], "error store.error (and 119 times more since the last line of it)");
  assert.equal(debug(), 7_200 - 6, "whoever listens closely hears each");
});

test("its end is said once, and what comes back at once is the same trouble", () => {
  const { clock, lines, emit, fail } = play();
  fail(10_000);
  emit("store.commit", "debug");
  emit("store.commit", "debug");
  for (let round = 0; round < 20; round++) {
    fail(500);
    emit("store.commit", "debug");
  }
  assert.deepEqual(lines, [
    "error store.error",
    "info The state can be saved again, 10 s after it could not",
  ]);
  clock.at += 11 * MINUTE;
  fail(500);
  assert.equal(lines.length, 3, "another one");
});

test("another trouble is told beside it, and all else as it is", () => {
  const { lines, emit, fail } = play();
  fail(1_000);
  emit("store.error", "error", "fenced");
  emit("store.error", "warning");
  emit("run.available", "info");
  assert.deepEqual(lines, [
    "error store.error",
    "error store.error",
    "warning store.error",
    "info run.available",
  ]);
});
