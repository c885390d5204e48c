// Log lines: readable, levelled, and impossible to forge through what an event holds.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLog, type LogOptions } from "../../src/observe/log.ts";
import type { EngineEvent } from "../../src/ports/events.ts";

const EVENT: EngineEvent = {
  type: "run.available",
  level: "info",
  at: Date.UTC(2026, 2, 1, 23, 59, 59),
  job: "db",
  runId: "r1",
  message: "Backup 'b1' of job 'db' is available",
  data: { id: "b1", size_mb: 12.5, note: "two words", absent: null },
};

function linesOf(options: Partial<LogOptions>, ...events: EngineEvent[]): string[] {
  const lines: string[] = [];
  const log = createLog({
    level: "debug",
    format: "text",
    write: (line) => void lines.push(line),
    ...options,
  });
  for (const event of events) log.emit(event);
  return lines;
}

test("createLog() writes time, level, message and key=value pairs as text", () => {
  assert.deepEqual(linesOf({}, EVENT), [
    "2026-03-01T23:59:59.000Z INFO  Backup 'b1' of job 'db' is available " +
    'job=db run_id=r1 id=b1 size_mb=12.5 note="two words"',
  ]);
});

test("createLog() writes one JSON object a line, whose own fields an event cannot replace", () => {
  const [line] = linesOf({ format: "json" }, {
    ...EVENT,
    data: { size_mb: 12.5, level: "debug", time: "never" },
  });
  assert.deepEqual(JSON.parse(line!), {
    time: "2026-03-01T23:59:59.000Z",
    level: "info",
    event: "run.available",
    message: "Backup 'b1' of job 'db' is available",
    job: "db",
    run_id: "r1",
    size_mb: 12.5,
    data_level: "debug",
    data_time: "never",
  });
});

test("createLog() leaves out what is below its level", () => {
  const events = (["debug", "info", "warning", "error"] as const).map((level) => ({ ...EVENT, level }));
  const counts = (["debug", "info", "warning", "error"] as const).map((level) =>
    linesOf({ level }, ...events).length
  );
  assert.deepEqual(counts, [4, 3, 2, 1]);
});

test("createLog() colours only the level, and only when asked to", () => {
  const event = { ...EVENT, level: "error" as const, data: {} };
  assert.ok(linesOf({ colour: true }, event)[0]!.includes("Z \x1b[31mERROR\x1b[0m Backup"));
  assert.ok(!linesOf({}, event)[0]!.includes("\x1b"));
});

test("createLog() lets no event begin a line, steer a terminal or turn the text around", () => {
  const hostile = "ok\n2026-03-01T00:00:00Z ERROR forged\r\x1b[2J\u0085\u2028\u202e\u2066";
  for (const format of ["text", "json"] as const) {
    const [line] = linesOf({ format }, {
      ...EVENT,
      message: hostile,
      data: { [hostile]: hostile, list: [hostile] },
    });
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line!, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
    assert.match(line!, /\\u000a|\\n/);
  }
});

test("createLog() writes any text as JSON that reads back the same", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const [line] = linesOf({ format: "json" }, { ...EVENT, message: text, data: { value: text } });
    const { message, value } = JSON.parse(line!);
    assert.deepEqual([message, value], [text, text]);
    assert.ok(!/[\n\r]/.test(line!));
  }));
});

test("createLog() goes on when a line cannot be written", () => {
  const log = createLog({
    level: "info",
    format: "text",
    write: () => {
      throw new Error("broken pipe");
    },
  });
  log.emit(EVENT);
});
