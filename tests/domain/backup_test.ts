// What a run may become, how the original calls it, and when its next DELETE may go.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertMove,
  canMove,
  countBackups,
  isUnfinished,
  LONGEST_DELETE_WAIT_MS,
  mayDeleteAt,
  newRun,
  STATUS_WORDS,
  STATUSES,
  statusesOf,
  UNFINISHED,
  WIRE_STATUSES,
  wireStatus,
} from "../../src/domain/backup.ts";

test("canMove() lets a run be available only from where a provider's word is asked for", () => {
  const before = STATUSES.filter((status) => canMove(status, "available"));
  assert.deepEqual(
    before,
    ["sending", "unknown", "running", "cancelling", "missing", "deleting", "failed", "lost"],
  );
});

test("canMove() lets nothing become deleted but what was being deleted, and nothing after it", () => {
  assert.deepEqual(
    STATUSES.filter((status) => canMove(status, "deleted")),
    // The last two where the provider says that it kept nothing of them.
    ["deleting", "delete-error", "failed", "cancelled"],
  );
  for (const end of ["deleted", "skipped", "expired"] as const) {
    assert.deepEqual(STATUSES.filter((status) => canMove(end, status)), [], end);
  }
});

test("assertMove() takes staying for no move, and names the first move that is none", () => {
  assertMove(["running", "cancelling"], "cancelled");
  assertMove(["available"], "available");
  assert.throws(
    () => assertMove(["running", "deleted"], "available"),
    /never moves from deleted to available/,
  );
});

test("isUnfinished() is true for exactly what occupies a job", () => {
  assert.deepEqual(STATUSES.filter(isUnfinished), [...UNFINISHED]);
});

test("wireStatus() has a word of the original's for each status, and `available` for one alone", () => {
  for (const status of STATUSES) assert.ok(WIRE_STATUSES.includes(wireStatus(status)), status);
  assert.deepEqual(STATUSES.filter((status) => wireStatus(status) === "available"), ["available"]);
  assert.deepEqual(STATUSES.filter((status) => wireStatus(status) === "running"), [...UNFINISHED]);
});

test("mayDeleteAt() waits as long as it was told, and not for an instant that only a wrong clock can have written", () => {
  const at = (deleteNotBefore: number | null) => mayDeleteAt({ deleteNotBefore }, 1_000);
  assert.deepEqual([null, 999, 1_000, 1_001].map(at), [true, true, true, false]);
  assert.equal(at(1_000 + LONGEST_DELETE_WAIT_MS), false);
  assert.equal(at(1_000 + LONGEST_DELETE_WAIT_MS + 1), true);
});

test("newRun() dates a run by its slot, and marks nothing", () => {
  const base = { runId: "r", job: "db", status: "intent", providerKey: "p", createdAt: 5 } as const;
  const due = newRun({ ...base, trigger: "schedule", slot: 3 });
  assert.deepEqual([due.slots, due.periodTime, due.id, due.holdAt, due.deleteSentAt], [
    1,
    3,
    null,
    null,
    null,
  ]);
  const byHand = newRun({ ...base, trigger: "manual", slot: null, id: "b" });
  assert.deepEqual([byHand.slots, byHand.periodTime, byHand.id], [0, null, "b"]);
});

test("countBackups() counts in words", () => {
  assert.deepEqual([0, 1, 2].map(countBackups), ["0 backups", "1 backup", "2 backups"]);
});

test("statusesOf() takes the original's words for all that they stand for, and each exact one for itself", () => {
  assert.deepEqual(statusesOf("error"), ["missing", "failed", "lost", "skipped", "expired"]);
  assert.deepEqual(statusesOf("running"), ["intent", "sending", "unknown", "running", "cancelling"]);
  assert.deepEqual(statusesOf("failed"), ["failed"]);
  assert.deepEqual(STATUSES.filter((status) => !STATUS_WORDS.includes(status)), []);
});
