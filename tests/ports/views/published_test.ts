// The shapes of answers as the OpenAPI document publishes them: a change of one shows here.
// Where a change is meant, record it, and read the difference in tests/testdata/openapi.json:
// SCHELLY_TEST_WRITE=1 deno test -P --no-check tests/ports/views
// Also tests views/audit.ts, backup.ts, contact.ts, coverage.ts, departures.ts, event.ts, explain.ts, fields.ts, forecast.ts, forgotten.ts, freeze.ts, guard.ts, health.ts, job_days.ts, job.ts, job_edit.ts, instance.ts,
// keep_reason.ts, locks.ts, notify.ts, problem.ts, proof.ts, restores.ts, retention.ts, run.ts, server.ts, state.ts, status.ts, storage.ts and waiting.ts.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { testApi } from "../../support/test_api.ts";

const PUBLISHED = new URL("../../testdata/openapi.json", import.meta.url);
const WIDTH = 110;

/** JSON with sorted keys, on one line as far as it fits: what `deno fmt` leaves alone. */
function normalised(value: unknown, indent = "", before = 0): string {
  const isList = Array.isArray(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const parts = isList
    ? value.map((item): [string, unknown] => ["", item])
    : Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map((
      [key, item],
    ): [string, unknown] => [`${JSON.stringify(key)}: `, item]);
  if (parts.length === 0) return isList ? "[]" : "{}";
  const texts = parts.map(([key, item]) => `${key}${normalised(item, inner, key.length)}`);
  const line = isList ? `[${texts.join(", ")}]` : `{ ${texts.join(", ")} }`;
  const room = WIDTH - indent.length - before - ",".length;
  if (!line.includes("\n") && line.length <= room) return line;
  const [open, close] = isList ? "[]" : "{}";
  return `${open}\n${texts.map((text) => `${inner}${text}`).join(",\n")}\n${indent}${close}`;
}

test("GET /openapi.json is what is published", async () => {
  const answer = await testApi().ask("GET /openapi.json");
  const document = `${normalised(await answer.json())}\n`;
  if (process.env.SCHELLY_TEST_WRITE) writeFileSync(PUBLISHED, document);
  assert.equal(document, readFileSync(PUBLISHED, "utf8"), "another document: see the top of this test");
});
