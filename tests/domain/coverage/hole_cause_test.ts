// Why a period has no backup, from what became of its slots.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Status, STATUSES } from "../../../src/domain/backup.ts";
import { causeOf, type PeriodRecord } from "../../../src/domain/coverage/hole_cause.ts";

const cause = (status: Status, fields: Partial<PeriodRecord> = {}) =>
  causeOf({
    status,
    reason: null,
    deleteReason: null,
    deleteAskedBy: null,
    message: null,
    suspect: false,
    runId: "r",
    rows: 1,
    ...fields,
  });

test("causeOf() gives each status a cause", () => {
  assert.deepEqual(STATUSES.map((status) => cause(status)), [
    ...["running", "running", "running", "running", "running"],
    ...["not_counted", "missing", "deleted", "deleted", "deleted"],
    ...["failed", "cancelled", "lost", "missed", "expired"],
  ]);
});

test("causeOf() tells why a slot was skipped, who deleted, and a suspect", () => {
  assert.equal(cause("skipped", { reason: "paused" }), "paused");
  assert.equal(cause("deleted", { deleteReason: "too old", deleteAskedBy: "ops" }), "deleted_by_hand");
  assert.equal(cause("deleted", { deleteReason: "by hand: not kept by daily=7" }), "deleted");
  assert.equal(cause("available", { suspect: true }), "suspect");
});
