// The wire format: what is believed, what is dropped, what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BackupInfo } from "../../../src/ports/provider.ts";
import {
  cleanText,
  encodeId,
  foldStatus,
  idProblem,
  MAX_ID_BYTES,
  MAX_MESSAGE,
  type ReadBackup,
  readBackup,
  readStarted,
  toWire,
} from "../../../src/provider/protocol/protocol.ts";

const GOOD = { id: "a-1", data_id: "d-1", status: "available", message: "done", size_mb: 12.5 };

function backupOf(read: ReadBackup): BackupInfo {
  assert.ok(read.ok, read.ok ? "" : read.problem);
  return read.backup;
}

function problemOf(read: ReadBackup): string {
  assert.ok(!read.ok, "expected it to be refused");
  return read.problem;
}

test("foldStatus() makes a backup available by that one word alone", () => {
  for (const word of ["available", "Available", " AVAILABLE\n"]) {
    assert.equal(foldStatus(word).state, "available");
  }
  for (const word of ["done", "complete", "success", "ok", "not available", "avail", "availablé", ""]) {
    assert.notEqual(foldStatus(word).state, "available", word);
  }
  fc.assert(fc.property(fc.string(), (word) => {
    const { state } = foldStatus(word);
    assert.equal(state === "available", word.trim().toLowerCase() === "available");
  }));
});

test("foldStatus() ends a run on the words of failure and lets it run on unknown ones", () => {
  for (const word of ["failed", "error", "cancelled", "canceled", "aborted", "FAILED", "deleted"]) {
    assert.deepEqual(foldStatus(word), { state: "failed", known: true }, word);
  }
  for (const word of ["running", "queued", "in-progress"]) {
    assert.deepEqual(foldStatus(word), { state: "running", known: true }, word);
  }
  for (const word of ["verifying", "42", "läuft"]) {
    assert.deepEqual(foldStatus(word), { state: "running", known: false }, word);
  }
});

test("readBackup() reads the original's answer", () => {
  assert.deepEqual(readBackup(GOOD), {
    ok: true,
    backup: {
      id: "a-1",
      dataId: "d-1",
      state: "available",
      status: "available",
      message: "done",
      sizeMb: 12.5,
    },
    notes: [],
  });
});

test("readBackup() reads whose a backup is, and drops what is no name with a word", () => {
  const whose = { job: "home", host: "nas", paths: ["/home", "/etc"] };
  assert.deepEqual(readBackup({ ...GOOD, ...whose }), {
    ok: true,
    backup: { ...backupOf(readBackup(GOOD)), ...whose },
    notes: [],
  });
  const odd = readBackup({ ...GOOD, job: 7, host: "", paths: ["/a", 1] });
  assert.ok(odd.ok);
  assert.deepEqual([odd.backup.job, odd.backup.host, odd.backup.paths], [undefined, undefined, undefined]);
  assert.deepEqual(odd.notes, [
    "'job' is not a text and was dropped",
    "'paths' is no list of texts and was dropped",
  ]);
});

test("readBackup() takes unknown keys, nulls and absent fields without a word", () => {
  const read = readBackup({
    id: "a",
    status: "running",
    data_id: null,
    message: null,
    size_mb: null,
    extra: { a: 1 },
  });
  assert.deepEqual(read, { ok: true, backup: { id: "a", state: "running", status: "running" }, notes: [] });
});

test("readBackup() refuses what could be taken for another backup", () => {
  const cases: [string, unknown, RegExp][] = [
    ["null", null, /expected an object/],
    ["array", [GOOD], /expected an object/],
    ["text", "available", /expected an object/],
    ["no id", { status: "available" }, /'id'.*expected a text/],
    ["empty id", { ...GOOD, id: "" }, /'id'.*empty/],
    ["number id", { ...GOOD, id: 17 }, /'id'.*expected a text/],
    ["folder id", { ...GOOD, id: ".." }, /'id'.*folder/],
    ["control id", { ...GOOD, id: "a\nb" }, /'id'.*control/],
    ["nul id", { ...GOOD, id: "a\0" }, /'id'.*control/],
    ["half surrogate", { ...GOOD, id: "a\ud800" }, /'id'.*surrogate/],
    ["long id", { ...GOOD, id: "x".repeat(MAX_ID_BYTES + 1) }, /'id'.*longer/],
    ["no status", { id: "a" }, /'status'.*expected a text/],
    ["number status", { ...GOOD, status: 1 }, /'status'/],
    ["empty status", { ...GOOD, status: "" }, /'status'.*empty/],
    ["number data_id", { ...GOOD, data_id: 5 }, /'data_id'/],
    ["number run_id", { ...GOOD, run_id: 5 }, /'run_id'/],
  ];
  for (const [name, value, expected] of cases) assert.match(problemOf(readBackup(value)), expected, name);
});

test("readStarted() needs nothing but an id", () => {
  assert.deepEqual(backupOf(readStarted({ id: "a" })), { id: "a", state: "running", status: "running" });
  assert.deepEqual(backupOf(readStarted({ id: "a", status: 7, data_id: 8 })), {
    id: "a",
    state: "running",
    status: "running",
  });
  assert.equal(backupOf(readStarted({ id: "a", status: "available" })).state, "available");
  assert.equal(backupOf(readStarted({ id: "a", status: "failed" })).state, "failed");
  assert.match(problemOf(readStarted({ status: "running" })), /'id'/);
  assert.match(problemOf(readStarted({ id: ".", status: "running" })), /'id'/);
});

test("readBackup() drops absurd sizes, messages and times, and says so", () => {
  for (const size_mb of [-1, "12", Infinity, 1e300, true, {}]) {
    const read = readBackup({ ...GOOD, size_mb });
    assert.equal(backupOf(read).sizeMb, undefined);
    assert.ok(read.ok && read.notes.length === 1 && read.notes[0]!.includes("size_mb"), String(size_mb));
  }
  assert.equal(backupOf(readBackup({ ...GOOD, size_mb: 0 })).sizeMb, 0);
  for (
    const start_time of [
      "yesterday",
      "2026-11-20T03:00:00",
      "0001-01-01T00:00:00Z",
      "9999-01-01T00:00:00Z",
      5,
    ]
  ) {
    const read = readBackup({ ...GOOD, start_time });
    assert.equal(backupOf(read).startTime, undefined);
    assert.ok(read.ok && read.notes.length === 1, String(start_time));
  }
  const backwards = readBackup({
    ...GOOD,
    start_time: "2026-11-20T03:00:00Z",
    end_time: "2026-11-20T02:00:00Z",
  });
  assert.equal(backupOf(backwards).endTime, undefined);
  assert.ok(backwards.ok && backwards.notes.length === 1);
  const object = readBackup({ ...GOOD, message: { a: 1 } });
  assert.equal(backupOf(object).message, undefined);
  assert.ok(object.ok && object.notes.length === 1);
});

test("readBackup() notes an unknown status word", () => {
  const read = readBackup({ ...GOOD, status: "verif\x1b[31mying" });
  assert.equal(backupOf(read).state, "running");
  assert.ok(
    read.ok && read.notes[0] === "the status 'verif[31mying' is not of the protocol and counts as running",
  );
});

test("readBackup() keeps control characters and broken halves out of messages", () => {
  const message = `a\0b\x1b[2Jc\nd\te\ud800f${"x".repeat(2 * MAX_MESSAGE)}`;
  const read = backupOf(readBackup({ ...GOOD, message }));
  assert.ok(read.message!.startsWith("ab[2Jc\nd\tefx"));
  assert.ok(read.message!.length <= MAX_MESSAGE);
});

test("readBackup() reads times with any offset as UTC", () => {
  const read = readBackup({
    ...GOOD,
    start_time: "2026-11-20T03:00:00+02:00",
    end_time: "2026-11-20T03:00:00.5Z",
  });
  assert.equal(backupOf(read).startTime, Date.UTC(2026, 10, 20, 1));
  assert.equal(backupOf(read).endTime, Date.UTC(2026, 10, 20, 3) + 500);
});

test("readBackup() never throws, whatever JSON it is given", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const read = readBackup(value);
    assert.equal(typeof read.ok, "boolean");
  }));
  const record = fc.record({
    id: fc.jsonValue(),
    status: fc.jsonValue(),
    size_mb: fc.jsonValue(),
    start_time: fc.jsonValue(),
    message: fc.jsonValue(),
  }, { requiredKeys: [] });
  fc.assert(fc.property(record, (value) => {
    const read = readBackup(value);
    if (read.ok) assert.equal(idProblem(read.backup.id), undefined);
  }));
});

test("toWire() writes what readBackup() reads again", () => {
  const time = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2050, 0, 1) });
  const words = { running: "running", available: "available", failed: "failed" } as const;
  const info = fc.record({
    id: fc.string({ minLength: 1 }).filter((id) => idProblem(id) === undefined),
    state: fc.constantFrom("running", "available", "failed"),
    dataId: fc.string({ minLength: 1 }).filter((id) => idProblem(id) === undefined),
    message: fc.string({ minLength: 1 }).filter((text) => cleanText(text, 1000) === text),
    sizeMb: fc.double({ min: 0, max: 1e9, noNaN: true }).map((size) => size + 0),
    runId: fc.uuid(),
    job: fc.constant("home"),
    host: fc.constant("nas.lan"),
    paths: fc.constant(["/home", "/größe"]),
    startTime: time,
    reason: fc.constant("cut_off"),
  }, { requiredKeys: ["id", "state", "dataId"] });
  fc.assert(fc.property(info, (fields) => {
    const backup = { ...fields, status: words[fields.state as keyof typeof words] } as BackupInfo;
    const read = readBackup(JSON.parse(JSON.stringify(toWire(backup))));
    assert.deepEqual(backupOf(read), backup);
    assert.ok(read.ok && read.notes.length === 0);
  }));
});

test("toWire() repeats the id as data_id while the storage has named none", () => {
  assert.equal(toWire({ id: "a", state: "running", status: "running" }).data_id, "a");
});

test("encodeId() keeps every usable id within one path segment", () => {
  const id = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => idProblem(text) === undefined);
  fc.assert(
    fc.property(fc.oneof(id, fc.constantFrom("a/b", "%2e%2e", "..%2f", "...", "?", "#", "\\", " ")), (id) => {
      const url = new URL(`http://host/backups/${encodeId(id)}?key=1`);
      const segments = url.pathname.split("/");
      assert.deepEqual(segments.slice(0, 2), ["", "backups"]);
      assert.equal(segments.length, 3);
      assert.equal(decodeURIComponent(segments[2]!), id);
      assert.equal(url.search, "?key=1");
    }),
  );
});

test("readBackup() leaves no piece of a secret at the end of what it cuts", () => {
  const redact = (text: string) => text.replaceAll("planted-secret", "<redacted>");
  const message = `${"x".repeat(MAX_MESSAGE - 5)}planted-secret`;
  const read = backupOf(readBackup({ ...GOOD, message, status: `${"y".repeat(95)}planted-secret` }, redact));
  assert.doesNotMatch(`${read.message} ${read.status}`, /plan/);
});

test("readBackup() makes one line of a status word", () => {
  const read = readBackup({ ...GOOD, status: "avail\r\nable\tnow" });
  assert.ok(read.ok && read.backup.state === "running");
  assert.equal(read.backup.status, "avail able now");
  assert.deepEqual(read.notes, ["the status 'avail able now' is not of the protocol and counts as running"]);
});
