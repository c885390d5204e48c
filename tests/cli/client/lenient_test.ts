// Answers of a server of another version: what may lack, what may come besides, and what a command cannot do without.
// Also tests answers.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import {
  BackupAnswer,
  CheckAnswer,
  EventAnswer,
  ExplainAnswer,
  ForecastAnswer,
  FreezeAnswer,
  ImportAnswer,
  JobAnswer,
  MigrationAnswer,
  ReloadAnswer,
  RetentionAnswer,
  RunAnswer,
  SnapshotAnswer,
} from "../../../src/cli/client/answers.ts";
import { lenient } from "../../../src/cli/client/lenient.ts";

const Thing = z.object({
  name: z.string(),
  kind: z.enum(["old", "older"]),
  parts: z.array(z.object({ id: z.number().int(), at: z.string().nullable() })),
  place: z.object({ street: z.string(), number: z.union([z.number().int(), z.literal("none")]) }).nullable(),
  note: z.string(),
  more: z.array(z.string()).optional(),
  odd: z.boolean(),
});

const answer = lenient(Thing, {
  needed: ["name", "parts.id", "place.street"],
  unread: ["odd"],
  otherwise: { note: "none" },
});

test("lenient() lets lack what is not needed, and says what stands for it", () => {
  assert.deepEqual(answer.parse({ name: "a" }), { name: "a", parts: [], note: "none" });
  const nulls = { name: "a", kind: null, parts: [], place: null, note: "x" };
  assert.deepEqual(answer.parse(nulls), nulls);
});

test("lenient() takes words and fields of a newer server, in its order", () => {
  const sent = {
    odd: { was: "a boolean" },
    kind: "newest",
    name: "a",
    parts: [{ id: 1.5, at: null, size: 3 }],
    place: { street: "s", number: "several", zip: "1" },
    note: "x",
    color: "red",
  };
  const read = answer.parse(sent);
  assert.deepEqual(read, sent);
  assert.deepEqual(Object.keys(read).at(-1), "color");
});

test("lenient() refuses what lacks a needed field, or has another type", () => {
  const wrong = (value: unknown) => answer.safeParse(value).error?.issues[0]?.path.join(".");
  assert.equal(wrong({}), "name");
  assert.equal(wrong({ name: null }), "name");
  assert.equal(wrong({ name: "a", kind: 1 }), "kind");
  assert.equal(wrong({ name: "a", parts: [{ id: 1 }, { at: "x" }] }), "parts.1.id");
  assert.equal(wrong({ name: "a", place: {} }), "place.street");
  assert.equal(wrong({ name: "a", note: null }), "note");
  assert.equal(wrong({ name: "a", more: null }), "more");
});

/** The least that commands can work with, whatever the server's age. */
const LEAST: [string, z.ZodType, Record<string, unknown>][] = [
  ["a backup", BackupAnswer, { status: "word" }],
  ["a run", RunAnswer, { run_id: "r", status: "word", events: [{ seq: 1, at: "t", type: "word" }] }],
  ["an event", EventAnswer, { seq: 1, at: "t", type: "word" }],
  ["a job", JobAnswer, { job: "j", running: { run_id: "r" }, guards: [{ guard: "word" }] }],
  ["an unmanaged job", JobAnswer, { job: "j", unmanaged: [{ provider: "p", available: 1 }] }],
  ["a decision", RetentionAnswer, { job: "j", keep: [{ run_id: "r" }], remove: [], digest: "d" }],
  ["an explanation", ExplainAnswer, {
    levels: [{ level: "word", period: "p", limit: 1, instead: { run_id: "r" } }],
    fate: { fate: "word" },
  }],
  ["a forecast", ForecastAnswer, {
    job: "j",
    dates: [{
      at: "t",
      backups: 1,
      levels: [{ level: "word", kept: 1, limit: 1 }],
      largest_gap: { from: "t", until: "t" },
    }],
    backups: [{ period_time: "t" }],
  }],
  ["a check", CheckAnswer, { name: "n", ok: true }],
  ["a freeze", FreezeAnswer, { frozen: true, on_the_wire: [{ job: "j", run_id: "r", state: "word" }] }],
  ["an import", ImportAnswer, {
    job: "j",
    imported: [{ id: "i" }],
    skipped: [{ id: "i", why: "w" }],
    would_delete: [{ id: "i" }],
  }],
  ["a migration", MigrationAnswer, { job: "j", imported: [] }],
  ["a snapshot", SnapshotAnswer, {
    path: "p",
    taken_at: "t",
    bytes: 1,
    store_id: "s",
    jobs: 1,
    runs: 1,
    available: 1,
  }],
  ["a reload", ReloadAnswer, {}],
];

/** Each copy of a value that lacks one field somewhere, with the field's path. */
function* poorer(value: unknown, path = ""): Generator<[string, unknown]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (Array.isArray(value)) {
      for (const [where, less] of poorer(inner, at)) yield [where, value.with(Number(key), less)];
      continue;
    }
    yield [at, Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))];
    for (const [where, less] of poorer(inner, at)) yield [where, { ...value, [key]: less }];
  }
}

/** Lists and objects that may lack as a whole, though something in them is needed. */
const MAY_LACK =
  /\b(events|running|guards|unmanaged|levels|instead|fate|dates|largest_gap|on_the_wire|skipped|would_delete)$/;

for (const [what, schema, least] of LEAST) {
  test(`a command can work with the least of ${what}, and with no less`, () => {
    const read = schema.parse({ ...least, of_a_newer_server: [1] }) as Record<string, unknown>;
    assert.deepEqual(read.of_a_newer_server, [1]);
    for (const [path, less] of poorer(least)) {
      // Not the word itself at the end of `fate.fate`.
      const mayLack = MAY_LACK.test(path) && path !== "fate.fate";
      assert.equal(schema.safeParse(less).success, mayLack, path);
    }
  });
}
