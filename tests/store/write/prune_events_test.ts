// Old events go by their age, and what is left of the trail still proves itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "../../../src/ports/events.ts";
import { at, tempFolder } from "../../support/node_files.ts";
import { DAY, event, NOW } from "../fixture.ts";
import { audited, meddle, openAt, tell, verified } from "../audit/rig.ts";

const KEPT = { eventsKept: () => ({ plainMs: 90 * DAY, auditMs: 400 * DAY }) };

/** One event of each kind a day, from `NOW` on. */
function days(count: number): EngineEvent[] {
  return Array.from({ length: count }, (_, day) => [
    audited(day, { at: NOW + day * DAY }),
    event({ at: NOW + day * DAY, message: `Due ${day}` }),
  ]).flat();
}

test("plain events go after their time, those of the trail after theirs, and a checkpoint a month stays", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    const now = NOW + 500 * DAY;
    {
      await using store = await openAt(path, KEPT);
      await store.commit({ job: "", writes: [], events: days(501) });
      const head = await store.trail.head();
      assert.equal((await store.tidy(now)).more, false);
      const left = await store.events({ limit: 9_999, ascending: true });
      const plain = left.filter(({ type }) => type === "run.due");
      assert.deepEqual([plain.length, plain[0]!.message], [91, "Due 410"]);
      const chained = left.filter(({ type }) => type === "freeze.begun");
      assert.deepEqual([chained.length, chained[0]!.message], [401, "Change 100"]);
      const { digest, ...told } = left.at(-1)!.data!;
      assert.deepEqual(told, { first: 1, last: 100, count: 100 });
      assert.match(String(digest), /^[0-9a-f]{64}$/);
      const report = await store.trail.verify(head);
      assert.deepEqual([report.trouble, report.pruned, report.events], [null, 100, 402]);
      assert.equal(report.proof?.result, "proved");
      // Another day, another event; nothing is left to do the same day.
      const count = async () => (await store.events({ limit: 9_999 })).length;
      await store.tidy(now + DAY);
      const after = await count();
      await store.tidy(now + DAY);
      assert.equal(await count(), after);
    }
    const months = await meddle(
      path,
      "SELECT month, first, last, count FROM audit_checkpoints ORDER BY month",
    );
    assert.deepEqual(months.map((row) => Array.from(row).join(" ")), [
      "2026-03 1 31 31",
      "2026-04 32 61 30",
      "2026-05 62 92 31",
      "2026-06 93 101 9",
    ]);
    assert.equal((await verified(path)).trouble, null);
  }));

test("a great many go in bounded steps, and no number is given twice", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openAt(`${folder.path}/s.db`, KEPT);
    const many = 10_600;
    await store.commit({ job: "", writes: [], events: Array.from({ length: many }, (_, n) => audited(n)) });
    await store.commit({ job: "", writes: [], events: Array.from({ length: 2_600 }, () => event()) });
    const newest = (await store.events({ limit: 1 }))[0]!.seq;
    let steps = 1;
    while ((await store.tidy(NOW + 500 * DAY)).more) {
      steps++;
      assert.equal((await store.trail.verify(null)).trouble, null);
    }
    assert.equal(steps, 2);
    const left = (await store.events({ limit: 9_999, ascending: true })).map(({ type, seq }) => [type, seq]);
    assert.deepEqual(left.filter(([type, seq]) => type !== "audit.pruned" || Number(seq) <= newest), []);
    const report = await store.trail.verify(null);
    assert.deepEqual([report.trouble, report.pruned], [null, many]);
  }));

test("an event that a wrong clock dated ahead goes with those after it, and keeps none of them", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openAt(`${folder.path}/s.db`, KEPT);
    const ahead = NOW + 9_000 * DAY;
    await tell(store, audited(1, { at: ahead }), event({ at: ahead }), ...days(3));
    const young = NOW + 499 * DAY;
    await tell(store, audited(9, { at: young }), event({ at: young }), audited(10, { at: 5 }));
    await store.tidy(NOW + 500 * DAY);
    const left = await store.events({ limit: 99, ascending: true });
    assert.deepEqual(left.map(({ message }) => message.slice(0, 9)), [
      "Change 9",
      "Due",
      "Change 10",
      "4 events ",
    ]);
    assert.equal((await store.trail.verify(null)).trouble, null);
  }));

test("what does not fit into the trail is not removed by its age, and is told of", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    {
      await using store = await openAt(path, KEPT);
      await tell(store, ...days(20));
    }
    await meddle(path, "UPDATE events SET message = 'nothing' WHERE link = 5");
    const told: EngineEvent[] = [];
    await using store = await openAt(path, { ...KEPT, sink: { emit: (one) => void told.push(one) } });
    await store.tidy(NOW + 500 * DAY);
    assert.equal((await store.trail.events({ after: 0, limit: 99 })).length, 20);
    const head = told.find(({ type }) => type === "audit.head");
    assert.equal(head?.level, "error");
    assert.match(head!.message, /does not fit together: event 9 does not fit/);
  }));

test("a front that was cut off is not forgotten as more goes by its age", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    {
      await using store = await openAt(path, KEPT);
      await tell(store, ...days(20));
      await store.tidy(NOW + 405 * DAY);
    }
    assert.equal((await verified(path)).pruned, 5);
    await meddle(
      path,
      "UPDATE audit_checkpoints SET last = 9, count = 9, digest = (SELECT digest FROM events WHERE link = 9)",
      "DELETE FROM events WHERE link <= 9",
    );
    const { trouble } = await verified(path);
    assert.match(
      trouble?.message ?? "",
      /up to number 9 are gone, and the trail itself tells only of those up to 5/,
    );
    await using store = await openAt(path, KEPT);
    await store.tidy(NOW + 500 * DAY);
    assert.deepEqual((await store.trail.verify(null)).trouble, trouble);
  }));

test("events of before the chain go by the age that those of their kind have", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    await verified(path);
    await meddle(
      path,
      `INSERT INTO events (at, type, level, message) VALUES (${NOW}, 'delete.done', 'info', 'm'), ` +
        `(${NOW}, 'run.due', 'info', 'm'), (${NOW + 450 * DAY}, 'run.due', 'info', 'm')`,
      "UPDATE audit_head SET began_after = 3",
    );
    await using store = await openAt(path, KEPT);
    const types = async () => (await store.events({ limit: 9, ascending: true })).map(({ seq }) => seq);
    await store.tidy(NOW + 200 * DAY);
    assert.deepEqual(await types(), [1, 3]);
    await store.tidy(NOW + 401 * DAY);
    assert.deepEqual(await types(), [3]);
  }));

test("the newest event of all stays, whatever its age: the next one has a number of its own", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openAt(`${folder.path}/s.db`, KEPT);
    const seqs = async () => (await store.events({ limit: 9, ascending: true })).map(({ seq }) => seq);
    await tell(store, event(), event());
    await store.tidy(NOW + 500 * DAY);
    assert.deepEqual(await seqs(), [2]);
    await tell(store, audited(1));
    await store.tidy(NOW + 500 * DAY);
    assert.deepEqual(await seqs(), [3]);
  }));
