// What a report adds up, and what it says that it cannot know.
// Also tests report_page.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { markdownPage } from "../../../src/domain/recovery/page.ts";
import { makeReport, type ReportFacts, type ReportRun } from "../../../src/domain/report/report.ts";
import { reportBlocks } from "../../../src/domain/report/report_page.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 28);

function run(state: string, more: Partial<ReportRun> = {}): ReportRun {
  return { job: "db", state, reason: null, slots: null, retryEnd: null, isImport: false, ...more };
}
const event = (type: string, daysAgo: number, job: string | null = "db", by: string | null = null) => ({
  ...{ type, job, by, at: NOW - daysAgo * DAY, message: `${type} was done` },
});
const FACTS: ReportFacts = {
  since: NOW - 30 * DAY,
  until: NOW,
  runs: [
    ...["available", "missing", "deleting", "delete-error", "deleted"].map((state) => run(state)),
    run("available", { isImport: true }),
    run("failed", { retryEnd: "tried_again" }),
    run("failed", { retryEnd: "used_up" }),
    run("lost", { job: "web" }),
    run("cancelled"),
    run("skipped", { reason: "missed", slots: 7 }),
    run("skipped", { reason: "still_running" }),
    run("skipped", { reason: "paused", slots: 3 }),
    run("expired"),
    run("running"),
  ],
  events: [
    event("delete.done", 31),
    event("delete.done", 3),
    event("delete.done", 2, "web"),
    event("run.held", 5, "db", "ops"),
    event("delete.sent", 4.5, "db", "boss"),
    event("delete.sent", 4.5, "db"),
    event("freeze.begun", 4, null),
    event("job.policy_changed", 6),
    event("api.login", 1, null),
  ],
  head: "7:abc",
  oldest: NOW - 400 * DAY,
  isPruned: true,
  records: { verifications: false, restores: false },
  troubles: [],
};

test("a report counts each backup, slot and deletion once, by job and in sum", () => {
  const { total, jobs, changes } = makeReport(FACTS);
  const counts = {
    ...{ made: 5, failed: 2, cancelled: 1, missed: 9, skipped: 3, deleted: 2, missing: 0 },
    ...{ proved: null, proof_failed: null, restored: null },
  };
  assert.deepEqual(total, counts);
  assert.deepEqual(jobs, [
    { job: "db", ...counts, failed: 1, deleted: 1 },
    { job: "web", ...counts, made: 0, failed: 1, cancelled: 0, missed: 0, skipped: 0, deleted: 1 },
  ]);
  assert.deepEqual(changes.map(({ kind, job, by }) => [kind, job, by]), [
    ["policy", "db", null],
    ["hold", "db", "ops"],
    // What somebody had deleted by its id; what retention deletes is counted alone.
    ["deletion", "db", "boss"],
    ["freeze", null, null],
  ]);
  assert.match(markdownPage(reportBlocks(makeReport(FACTS))), /hold +\| db +\| ops +\| run\.held was done/);
});

test("proofs and restores are counted where they are on record", () => {
  const events = [event("verification.passed", 1), event("verification.failed", 1), event("restore.done", 1)];
  const { total, unknown } = makeReport({
    ...{ ...FACTS, events },
    records: { verifications: true, restores: true },
  });
  assert.deepEqual([total.proved, total.proof_failed, total.restored], [1, 1, 1]);
  assert.doesNotMatch(unknown.join(), /Restores are not on record|proved restorable is not/);
  assert.match(unknown.join(), /Restores are those that the server made/);
});

test("what a report cannot know it says", () => {
  const unknown = (more: Partial<ReportFacts>) => makeReport({ ...FACTS, ...more }).unknown.join("\n");
  assert.doesNotMatch(unknown({}), /went by their age|begins at/);
  assert.match(unknown({}), /proved restorable is not on record[^]*Restores are not on record/);
  assert.match(unknown({ oldest: NOW - DAY }), /Events before 2026-11-27T00:00:00\.000Z went by their age/);
  assert.match(
    unknown({ oldest: NOW - DAY, isPruned: false }),
    /The audit trail begins at 2026-11-27T00:00:00\.000Z/,
  );
  assert.match(unknown({ oldest: null }), /has no event/);
  assert.match(unknown({ since: NOW - 100 * DAY }), /older than 90 days/);
  assert.match(unknown({ since: NOW - 400 * DAY }), /older than a year/);
  assert.match(unknown({ head: null, troubles: ["It is broken."] }), /^It is broken\.[^]*could not be read/);
});

test("the page has every number, each change, and what is not known as such", () => {
  const text = markdownPage(reportBlocks(makeReport(FACTS)));
  assert.match(
    text,
    /^\| all \| 5 \| 2 \| 1 \| 9 \| 3 \| 2 \| 0 \| not known \| not known \| not known \|$/m,
  );
  assert.match(text, /\*\*audit trail ends at\*\*: 7:abc/);
  assert.match(text, /\| hold \| db \| ops \| run\.held was done \|/);
});
