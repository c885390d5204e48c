// explain(): each status, mark and decision in a sentence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../src/api/explain.ts";
import { type Run, STATUSES } from "../../src/domain/backup.ts";
import type { RetentionView } from "../../src/ports/views.ts";
import { testRetention } from "../support/fake_operations.ts";
import { testRun } from "../support/memory_reads.ts";

const AT = Date.UTC(2026, 2, 1, 12);

function row(fields: Partial<RetentionView["keep"][number]> = {}) {
  return {
    id: "b1",
    run_id: "r1",
    period_time: "2026-03-01T00:00:00.000Z",
    tags: [],
    reasons: [],
    ...fields,
  };
}

function notesOf(fields: Partial<Run>, retention: RetentionView | undefined = testRetention("db")) {
  const view = explain(testRun({ runId: "r1", id: "b1", ...fields }), retention);
  return { ...view, text: view.notes.join(" ") };
}

test("explain() has at least one sentence for every status", () => {
  for (const status of STATUSES) {
    const { notes } = notesOf({ status });
    assert.ok(notes.length > 0, status);
    for (const note of notes) assert.match(note, /^[A-Z].*[.:]$/, note);
  }
});

test("explain() takes a fresh decision over the reasons stored by the last pass", () => {
  const stored = { tags: ["daily" as const], reasons: ["daily 4 of 4 (2026-02-25)"] };
  const kept = notesOf(
    stored,
    testRetention("db", { keep: [row({ tags: ["weekly"], reasons: ["weekly 1 of 4"] })] }),
  );
  assert.deepEqual([kept.kept, kept.tags, kept.reasons], [true, ["weekly"], ["weekly 1 of 4"]]);
  assert.match(kept.text, /kept as weekly 1 of 4/);
  const victim = notesOf(stored, testRetention("db", { remove: [row()] }));
  assert.deepEqual([victim.kept, victim.reasons], [false, []]);
  assert.match(victim.text, /next retention pass deletes it/);
});

test("explain() names the guards that hold a deletion up, unless it was approved", () => {
  const guards = [{ guard: "max_percent", since: null, latched: true, message: "60 % would go" }];
  const held = notesOf({}, testRetention("db", { remove: [row()], guards }));
  assert.match(held.text, /a guard stops all deletions of this job: max_percent: 60 % would go/);
  const approved = notesOf({}, testRetention("db", { remove: [row()], guards, approved: true }));
  assert.doesNotMatch(approved.text, /guard/);
});

test("explain() says that backups of a job that is not configured are untouched", () => {
  const view = explain(testRun({ runId: "r1", id: "b1" }), undefined);
  assert.equal(view.kept, true);
  assert.match(view.notes.join(" "), /'db' is not in the configuration/);
});

test("explain() tells of holds, suspicion, import and possible duplicates", () => {
  const held = notesOf({ holdAt: AT, holdOwner: "ops", holdReason: "audit" });
  assert.match(held.text, /held by ops until it is released \(audit\)/);
  assert.match(notesOf({ holdAt: AT, holdUntil: AT }).text, /until 2026-03-01T12:00:00Z/);
  assert.match(
    notesOf({ suspectAt: AT, suspectReason: "1 MB, median 900 MB" }).text,
    /suspect \(1 MB, median 900 MB\)/,
  );
  assert.match(notesOf({ suspectAt: AT, acceptedAt: AT }).text, /was accepted/);
  assert.match(notesOf({ importedAt: AT }).text, /imported/);
  assert.match(notesOf({ maybeDuplicateAt: AT }).text, /second one/);
});

test("explain() tells a deletion that may still be taken back from one that may not", () => {
  const intended = notesOf({ status: "deleting", deleteIntentAt: AT, deleteReason: "retention" });
  assert.match(intended.text, /decided at 2026-03-01T12:00:00Z \(retention\).*Nothing was sent/);
  const sent = notesOf({ status: "deleting", deleteIntentAt: AT, deleteSentAt: AT });
  assert.match(sent.text, /counts as gone/);
  assert.deepEqual([intended.kept, sent.kept, notesOf({ status: "deleted" }).kept], [false, false, false]);
  const failed = notesOf({ status: "delete-error", deleteAttempts: 3, message: "403", deleteNotBefore: AT });
  assert.match(failed.text, /failed after 3 tries \(403\); .* no sooner than 2026-03-01T12:00:00Z/);
});
