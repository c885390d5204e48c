// Headers: what a client writes, a server reads again.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseCapabilities,
  readCallHeaders,
  renderCapabilities,
  writeCallHeaders,
  writeCapabilities,
} from "../../../src/provider/protocol/call_headers.ts";

test("readCallHeaders() reads what writeCallHeaders() wrote", () => {
  for (const slot of [null, Date.UTC(2026, 10, 20, 3)]) {
    const call = { runId: "019a-1", job: "postgres", slot, fence: 12 };
    assert.deepEqual(readCallHeaders(new Headers(writeCallHeaders(call))), { ok: true, call });
  }
});

test("readCallHeaders() takes a program that sends none of them", () => {
  const nothing = { runId: null, job: null, slot: null, fence: null };
  assert.deepEqual(readCallHeaders(new Headers()), { ok: true, call: nothing });
});

test("readCallHeaders() takes a quoted key and prefers it to the run", () => {
  const read = readCallHeaders(new Headers({ "idempotency-key": '"key-1"', "x-schelly-run": "run-1" }));
  assert.ok(read.ok && read.call.runId === "key-1");
  const run = readCallHeaders(new Headers({ "x-schelly-run": "run-1" }));
  assert.ok(run.ok && run.call.runId === "run-1");
});

test("readCallHeaders() names the header it cannot read", () => {
  const cases: Record<string, [string, RegExp]> = {
    "x-schelly-fence": ["-1", /'X-Schelly-Fence': expected a whole number/],
    "x-schelly-slot": ["yesterday", /'X-Schelly-Slot': expected an ISO 8601 time/],
    "idempotency-key": ["x".repeat(201), /'Idempotency-Key': it is longer/],
  };
  for (const [name, [value, expected]] of Object.entries(cases)) {
    const read = readCallHeaders(new Headers({ [name]: value }));
    assert.ok(!read.ok);
    assert.match(read.problem, expected);
  }
});

test("parseCapabilities() reads known words in any order and case and passes over others", () => {
  const none = { idempotency: false, list: false, lookup: false, fence: false };
  assert.deepEqual(parseCapabilities(null), none);
  assert.deepEqual(parseCapabilities(""), none);
  assert.deepEqual(parseCapabilities("listing, idempotencyx"), none);
  assert.deepEqual(parseCapabilities("LIST ,teleport,  idempotency"), {
    ...none,
    list: true,
    idempotency: true,
  });
  const all = { idempotency: true, list: true, lookup: true, fence: true };
  assert.equal(renderCapabilities(all), "idempotency, list, lookup, fence");
  assert.deepEqual(parseCapabilities(renderCapabilities(all)), all);
});

test("parseCapabilities() reads the machine that writeCapabilities() names, in its own letters", () => {
  const all = { idempotency: true, list: true, lookup: true, fence: true };
  assert.equal(
    writeCapabilities({ ...all, host: "NAS.lan" }),
    "idempotency, list, lookup, fence, host=NAS.lan",
  );
  assert.deepEqual(parseCapabilities("idempotency, list, lookup, fence, host=NAS.lan"), {
    ...all,
    host: "NAS.lan",
  });
  assert.equal(writeCapabilities({ ...all, host: "no, name" }), "idempotency, list, lookup, fence");
  assert.deepEqual(parseCapabilities("host=a b, list"), { ...parseCapabilities(null), list: true });
});
