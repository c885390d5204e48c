// What retention would do with all backups of a job, made in pieces: the text that JSON.stringify would make of it at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { retentionJson } from "../../src/api/retention_json.ts";
import { testRetention } from "../support/fake_operations.ts";

const row = (id: string) => ({
  id,
  run_id: `r-${id}`,
  period_time: "2026-03-01T00:00:00.000Z",
  tags: [],
  reasons: ['a "word"'],
  size_mb: null,
  kept_for: [],
});

for (const [keep, remove] of [[0, 0], [3, 0], [0, 3], [3, 2]] as const) {
  test(`retentionJson() of ${keep} kept and ${remove} to be removed is what was to be told`, async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, at) => row(String(at)));
    const view = testRetention("db", { keep: rows(keep), remove: rows(remove) });
    const { keep: kept, remove: removed, ...summary } = view;
    async function* slices() {
      for (let at = 0; at < keep; at += 2) yield { decision: "keep" as const, rows: kept.slice(at, at + 2) };
      for (let at = 0; at < remove; at++) yield { decision: "remove" as const, rows: [removed[at]!] };
    }
    let text = "";
    for await (const piece of retentionJson({ summary, slices })) text += piece;
    assert.equal(text, JSON.stringify(view));
  });
}
