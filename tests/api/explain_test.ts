// explain(): each status, mark and decision in a sentence.
// Also tests fate_notes.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { explain, type Explained } from "../../src/api/explain.ts";
import { type Run, STATUSES } from "../../src/domain/backup.ts";
import {
  ExplainView,
  type FateView,
  type ForesightView,
  type LevelRankView,
} from "../../src/ports/views/explain.ts";
import type { RetentionView } from "../../src/ports/views/retention.ts";
import { testRetention } from "../support/fake_operations.ts";
import { testApi } from "../support/test_api.ts";
import { testRun } from "../support/memory_reads.ts";
import { reasonFields } from "../../src/domain/retention/reason_data.ts";
import { type KeepReason, NEWEST } from "../../src/domain/retention/reasons.ts";

const AT = Date.UTC(2026, 2, 1, 12);

type Row = RetentionView["keep"][number];

function row(
  { why = [], ...fields }: Partial<Omit<Row, "reasons" | "kept_for">> & { why?: KeepReason[] } = {},
): Row {
  return {
    id: "b1",
    run_id: "r1",
    period_time: "2026-03-01T00:00:00.000Z",
    tags: [],
    size_mb: null,
    ...reasonFields(why),
    ...fields,
  };
}

function notesOf(fields: Partial<Run>, retention = testRetention("db"), more: Explained = {}) {
  const view = explain(testRun({ runId: "r1", id: "b1", ...fields }), { retention, ...more });
  return { ...view, text: view.notes.join(" ") };
}

test("explain() has at least one sentence for every status", () => {
  for (const status of STATUSES) {
    const { notes } = notesOf({ status });
    assert.ok(notes.length > 0, status);
    for (const note of notes) assert.match(note, /^[A-Z].*[.:]$/, note);
  }
});

const WEEKLY: KeepReason = { kind: "level", level: "weekly", rank: 1, limit: 4, period: "week" };

function daily(rank: number, limit: number, period: string): KeepReason {
  return { kind: "level", level: "daily", rank, limit, period };
}

test("explain() takes a fresh decision over the reasons stored by the last pass", () => {
  const stored = { tags: ["daily" as const], reasons: [daily(4, 4, "2026-02-25")] };
  const kept = notesOf(
    stored,
    testRetention("db", { keep: [row({ tags: ["weekly"], why: [WEEKLY] })] }),
  );
  assert.deepEqual([kept.kept, kept.tags, kept.reasons], [true, ["weekly"], ["weekly 1 of 4 (week)"]]);
  assert.deepEqual(kept.kept_for, [WEEKLY]);
  assert.match(kept.text, /kept as weekly 1 of 4 \(week\)/);
  const victim = notesOf(stored, testRetention("db", { remove: [row()] }));
  assert.deepEqual([victim.kept, victim.reasons, victim.kept_for], [false, [], []]);
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
  const view = explain(testRun({ runId: "r1", id: "b1" }), {});
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

test("explain() says of what was taken off the record on somebody's word whose that was, and that nothing was sent", () => {
  const gone = notesOf({
    status: "deleted",
    reason: "storage_gone",
    deleteIntentAt: AT,
    deleteAskedBy: "ann",
    message: "ann says that its storage is gone",
  });
  assert.match(
    gone.text,
    /off the record at 2026-03-01T12:00:00Z \(ann says that its storage is gone\): nothing was sent/,
  );
});

test("explain() tells a deletion that may still be taken back from one that may not", () => {
  const intended = notesOf({ status: "deleting", deleteIntentAt: AT, deleteReason: "retention" });
  assert.match(intended.text, /decided at 2026-03-01T12:00:00Z \(retention\).*Nothing was sent/);
  const sent = notesOf({ status: "deleting", deleteIntentAt: AT, deleteSentAt: AT });
  assert.match(
    sent.text,
    /asked at 2026-03-01T12:00:00Z.*no answer is on record\. It counts as gone, but is not known to be/,
  );
  const unheard = notesOf({
    status: "deleting",
    deleteIntentAt: AT,
    deleteSentAt: AT,
    deleteAttempts: 2,
    deleteNotBefore: AT + 30_000,
    message: "Schelly ended before it heard an answer",
  });
  assert.match(unheard.text, /2 times by now: Schelly ended before it heard an answer\./);
  assert.match(
    unheard.text,
    /is asked no sooner than 2026-03-01T12:00:30Z whether it still has it, and only then/,
  );
  assert.deepEqual([intended.kept, sent.kept, notesOf({ status: "deleted" }).kept], [false, false, false]);
  const failed = notesOf({ status: "delete-error", deleteAttempts: 3, message: "403", deleteNotBefore: AT });
  assert.match(failed.text, /failed after 3 tries \(403\); .* no sooner than 2026-03-01T12:00:00Z/);
});

const FATE: FateView = {
  fate: "goes",
  at: "2026-03-08T00:00:00.000Z",
  slot: "2026-03-08T00:00:00.000Z",
  deleted_at: "2026-03-08T00:00:00.000Z",
  because: null,
  looked_until: null,
  ended: false,
};

function foresight(fields: Partial<ForesightView> = {}, fate: Partial<FateView> = {}): ForesightView {
  return { timezone: "UTC", levels: [], fate: { ...FATE, ...fate }, released: null, longer: null, ...fields };
}

const DAILY: LevelRankView = {
  level: "daily",
  period: "2026-03-01",
  reference: 3,
  limit: 7,
  rank: 3,
  instead: null,
  proof: null,
};

test("explain() names the reference beside the rank and the period", () => {
  const keep = [row({ tags: ["daily"], why: [daily(3, 7, "2026-03-01"), NEWEST] })];
  const levels = [DAILY, {
    ...DAILY,
    level: "weekly" as const,
    reference: 6,
    rank: 1,
    limit: 4,
    period: "week",
  }];
  const view = notesOf({}, testRetention("db", { keep }), { foresight: foresight({ levels }) });
  assert.match(view.text, /kept as daily 3 of 7 \(2026-03-01, reference 3\), newest\./);
  assert.deepEqual(view.reasons, ["daily 3 of 7 (2026-03-01)", "newest"]);
  assert.deepEqual(view.levels, levels);
});

test("explain() says of which period one is kept for its proof, or another one is that has a proof", () => {
  const WEEK = { ...DAILY, level: "weekly" as const, period: "week of 2026-03-01" };
  const other = { id: "b2", run_id: "r2" };
  const told = (level: object, retention = testRetention("db", { keep: [row({ why: [WEEKLY] })] })) =>
    notesOf({}, retention, { foresight: foresight({ levels: [{ ...WEEK, ...level }] }) }).text;
  const own = "Of its weekly period (week of 2026-03-01) it is kept as the proved one: 'b2' is not proved.";
  const proved = { proof: { decides: "for" as const, ...other } };
  const unproved = { proof: { decides: "against" as const, ...other } };
  assert.ok(told({ ...proved, rank: null, instead: other }).includes(own));
  assert.ok(told(proved).includes(own));
  assert.ok(
    told(unproved).includes(
      "For its weekly period (week of 2026-03-01) 'b2' is kept beside it, which is proved.",
    ),
  );
  const victim = testRetention("db", { remove: [row()] });
  assert.ok(
    told({ ...unproved, rank: null, instead: other }, victim).includes(
      "For its weekly period (week of 2026-03-01) stands backup 'b2', which is proved, as this one is not.",
    ),
  );
  assert.doesNotMatch(told({}), /proved one|beside/);
});

test("explain() tells what would become of a held one, and what would keep it longer then", () => {
  const kept = { fate: "kept" as const, because: "held", at: null, slot: null, deleted_at: null };
  const change = { change: "daily: 9 instead of 7", fate: { ...FATE, at: "2026-03-10T00:00:00.000Z" } };
  const seen = foresight({ released: FATE, longer: change }, kept);
  const { text } = notesOf({ holdAt: AT }, testRetention("db", { keep: [row()] }), { foresight: seen });
  assert.match(
    text,
    /never let it go: held\. Released now, it would go: the pass at 2026-03-08T00:00:00Z elects it away/,
  );
  assert.match(
    text,
    /'daily: 9 instead of 7' in its retention would then keep it until 2026-03-10T00:00:00Z\.$/,
  );
});

test("explain() tells a victim which backups stand in its stead and what it lacks", () => {
  const levels = [{ ...DAILY, rank: 9 }, {
    ...DAILY,
    level: "weekly" as const,
    period: "week of 2026-03-01",
    rank: null,
    instead: { id: "b2", run_id: "r2" },
    proof: null,
  }];
  const victim = notesOf({}, testRetention("db", { remove: [row()] }), { foresight: foresight({ levels }) });
  assert.match(victim.text, /It is daily 9 \(2026-03-01\), of which the policy keeps 7\./);
  assert.match(victim.text, /For its weekly period \(week of 2026-03-01\) stands backup 'b2'\./);
});

const FATES: [name: string, fate: Partial<FateView>, says: RegExp][] = [
  [
    "that it goes with a slot",
    {},
    /the pass at 2026-03-08T00:00:00Z elects it away, after the backup of that slot\./,
  ],
  [
    "that its turn comes later",
    { deleted_at: "2026-03-09T00:00:00.000Z" },
    /at the job's pace .* 2026-03-09T00:00:00Z\./,
  ],
  ["that its turn was not seen", { deleted_at: null }, /its turn does not come as far as was looked\./],
  [
    "a pass at a time of its own",
    { slot: "2026-03-07T00:00:00.000Z" },
    /the last slot before it being 2026-03-07T/,
  ],
  [
    "that it stays",
    { fate: "stays", looked_until: "2036-03-01T00:00:00.000Z" },
    /it stays: no pass until 2036-03-01T00:00:00Z/,
  ],
  ["that nothing comes any more", { fate: "stays", ended: true }, /brings no pass any more/],
  ["what keeps it for good", { fate: "kept", because: "keep_all" }, /never let it go: keep_all\./],
];
for (const [name, fate, says] of FATES) {
  test(`explain() foresees ${name}`, () => {
    const view = notesOf({}, undefined, { foresight: foresight({}, fate) });
    assert.match(view.text, says);
    for (const note of view.notes) assert.match(note, /^[A-Z`'].*[.:]$/, note);
  });
}

test("explain() names the smallest change that keeps it longer, and the hold", () => {
  const longer = { change: "daily: 9 instead of 7", fate: { ...FATE, at: "2026-03-10T00:00:00.000Z" } };
  const view = notesOf({}, undefined, { foresight: foresight({ longer }) });
  assert.match(
    view.text,
    /'daily: 9 instead of 7' in its retention would keep it until 2026-03-10T00:00:00Z\./,
  );
  assert.match(view.text, /`schelly backups hold b1 --reason …` keeps it until it is released\./);
});

test("explain() of what is gone says why and when, as far as it is known", () => {
  const gone = notesOf(
    { status: "deleted", deleteIntentAt: AT, deleteSentAt: AT + 1000, deleteReason: "not kept by daily=7@L" },
    undefined,
    { retention: undefined, deletedAt: AT + 2000 },
  );
  assert.deepEqual(gone.deletion, {
    decided_at: "2026-03-01T12:00:00.000Z",
    why: "not kept by daily=7@L",
    asked_by: null,
    sent_at: "2026-03-01T12:00:01.000Z",
    done_at: "2026-03-01T12:00:02.000Z",
  });
  assert.match(gone.text, /deleted \(not kept by daily=7@L\): decided at 2026-03-01T12:00:00Z/);
  assert.match(gone.text, /asked at 2026-03-01T12:00:01Z, and it was gone at 2026-03-01T12:00:02Z\./);
  assert.deepEqual([gone.fate, gone.longer, gone.levels], [null, null, []]);
});

test("explain() of what was deleted by hand names who asked for it, in words and as data", () => {
  const gone = notesOf({ status: "deleting", deleteIntentAt: AT, deleteSentAt: AT, deleteAskedBy: "ann" });
  assert.deepEqual([gone.deletion?.why, gone.deletion?.asked_by], ["by hand: ann", "ann"]);
  assert.match(gone.text, /Its deletion was decided at 2026-03-01T12:00:00Z \(by hand: ann\)\./);
});

test("GET /backups/{id}/explain asks what will become of an available backup, and says why that cannot be told", async () => {
  const { ask, operations, reads } = testApi();
  reads.runRows = [testRun({ runId: "r1", id: "b1" })];
  operations.foresight = foresight({ levels: [DAILY] });
  const seen = ExplainView.parse(await (await ask("GET /backups/b1/explain")).json());
  assert.deepEqual([seen.fate?.at, seen.levels[0]?.rank], ["2026-03-08T00:00:00.000Z", 3]);
  operations.foresight = "Cannot foresee it: it has too many backups";
  const unseen = ExplainView.parse(await (await ask("GET /backups/b1/explain")).json());
  assert.equal(unseen.fate, null);
  assert.equal(unseen.notes.at(-1), "Cannot foresee it: it has too many backups.");
});
