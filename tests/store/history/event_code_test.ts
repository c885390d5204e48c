// Events come out of their code as they went in, whatever is in them.
// Also tests id_words.ts and deflate.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeEvents, encodeEvents, type OldEvent } from "../../../src/store/history/event_code.ts";

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(..."0123456789abcdef"),
    minLength: length,
    maxLength: length,
  });
const id = fc.oneof(fc.uuid(), hex(32), hex(64), hex(31), hex(40));
const text = fc.array(fc.oneof(id, fc.constantFrom("\u007f", "u", "3;", "m", "'", "-"), fc.string()))
  .map((parts) => parts.join("").toWellFormed());
const event: fc.Arbitrary<OldEvent> = fc.record({
  seq: fc.nat(),
  at: fc.integer({ min: -1, max: 4e12 }),
  type: fc.constantFrom("run.due", "delete.done"),
  level: fc.constantFrom("info", "error"),
  job: fc.option(fc.string().map((name) => name.toWellFormed())),
  runId: fc.option(id),
  message: text,
  data: fc.option(text),
}, { noNullPrototype: true });

test("whatever events say, they come out as they went in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
      assert.deepEqual(await decodeEvents(await encodeEvents(events)), events);
    }),
  );
});

test("a thousand deletions of named backups take less than 30 bytes each", async () => {
  const random = (n: number) => n.toString(16).padStart(8, "0").repeat(4);
  const events = Array.from({ length: 1000 }, (_, n): OldEvent => {
    const mixed = Math.imul(Math.floor(n / 2), 0x9e3779b1) >>> 0;
    const runId = `${random(mixed).slice(0, 8)}-0000-7000-8000-${random(mixed).slice(0, 12)}`;
    const message = `Deleting backup '${random(mixed)}' of job 'postgres-${n % 9}'`;
    const data = JSON.stringify({ id: random(mixed), attempt: 1 });
    return { seq: n * 2, at: n * 1000, type: "delete.sent", level: "info", job: "db", runId, message, data };
  });
  const { ids, body } = await encodeEvents(events);
  assert.ok(ids.length + body.length < 30_000, `${ids.length + body.length} bytes`);
});

test("what is no code is told from one", async () => {
  const code = await encodeEvents([]);
  await assert.rejects(decodeEvents({ ...code, body: code.body.slice(1) }));
  await assert.rejects(decodeEvents({ ...code, body: new Uint8Array(0) }));
});
