// A trail that somebody changed is found, whatever they did to it, with the first event that does not fit.
// Also tests chain_check.ts, trail_reads.ts, digest.ts and audit.ts.

import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { test } from "node:test";
import type { KeptHead, TrailHead } from "../../../src/ports/audit_trail.ts";
import { digestOf, GENESIS } from "../../../src/store/audit/digest.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { migrate, MIGRATIONS } from "../../../src/store/schema/migrations.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { at, nodeFiles, tempFolder } from "../../support/node_files.ts";
import { event, NOW } from "../fixture.ts";
import { audited, meddle, openAt, tell, verified } from "./rig.ts";

/** A state of ten events in the trail, with plain ones between; the seq of number n is 2n - 1. */
async function tenEvents(path: string): Promise<TrailHead> {
  await using store = await openAt(path);
  for (let n = 1; n <= 10; n++) await tell(store, audited(n), event());
  return await store.trail.head();
}

/** One statement that makes number n of the trail again from what is stored, as the program itself would. */
const DROP_INDEX = "DROP INDEX events_link";

interface Meddling {
  name: string;
  sql: string[];
  /** The number and the sequence number of what must be named. */
  link: number | null;
  seq: number | null;
  message: RegExp;
}

const MEDDLINGS: readonly Meddling[] = [
  ...[
    ["message", "'Change 5, never mind'"],
    ["at", "at + 1"],
    ["type", "'freeze.ended'"],
    ["level", "'info'"],
    ["job", "'db'"],
    ["run_id", "'r'"],
    ["data", `'{"by":"bert","n":5}'`],
    ["digest", `'${GENESIS}'`],
  ].map(([column, value]) => ({
    name: `another ${column}`,
    sql: [`UPDATE events SET ${column} = ${value} WHERE link = 5`],
    link: 5,
    seq: 9,
    message: /event 9 does not fit: its digest is not that of what it says after number 4/,
  })),
  {
    name: "the first is cut off",
    sql: ["DELETE FROM events WHERE link = 1"],
    link: 2,
    seq: 3,
    message: /event 3 does not fit: it is number 2 of the trail, and 1 is gone/,
  },
  {
    name: "one in the middle is cut out",
    sql: ["DELETE FROM events WHERE link IN (4, 5)"],
    link: 6,
    seq: 11,
    message: /event 11 does not fit: it is number 6 of the trail, and 4 to 5 are gone/,
  },
  {
    name: "one in the middle is cut out, and the rest moves up",
    sql: [
      "DELETE FROM events WHERE link = 5",
      "UPDATE events SET link = -link WHERE link > 5",
      "UPDATE events SET link = -link - 1 WHERE link < 0",
    ],
    link: 5,
    seq: 11,
    message: /event 11 does not fit: its digest/,
  },
  {
    name: "the last is cut off",
    sql: ["DELETE FROM events WHERE link = 10"],
    link: 10,
    seq: null,
    message: /should end with number 10 .* and its last event is number 9: its end was cut off or changed/,
  },
  {
    name: "two change places",
    sql: [
      "UPDATE events SET link = -4 WHERE link = 5",
      "UPDATE events SET link = 5 WHERE link = 4",
      "UPDATE events SET link = 4 WHERE link = -4",
    ],
    link: 4,
    seq: 9,
    message: /event 9 does not fit: its digest/,
  },
  {
    name: "two change places in the list alone",
    sql: [
      "UPDATE events SET seq = 1009 WHERE seq = 9",
      "UPDATE events SET seq = 9 WHERE seq = 7",
      "UPDATE events SET seq = 7 WHERE seq = 1009",
    ],
    link: 5,
    seq: 7,
    message: /event 7 does not fit: it follows event 9 in the trail, and was moved/,
  },
  {
    name: "one stands there twice",
    sql: [
      DROP_INDEX,
      "INSERT INTO events (at, type, level, job, run_id, message, data, link, digest) " +
      "SELECT at, type, level, job, run_id, message, data, link, digest FROM events WHERE link = 5",
    ],
    link: 5,
    seq: 21,
    message: /event 21 does not belong there: there is a number 5 already: it was put in/,
  },
  {
    name: "one is put in beside the chain",
    sql: [
      "INSERT INTO events (at, type, level, message) VALUES (1, 'retention.approved', 'info', 'anna approved it')",
    ],
    link: null,
    seq: 21,
    message:
      /event 21 does not belong there: a 'retention.approved' stands beside the chain: it was put in, or/,
  },
  {
    name: "one is taken out of the chain",
    sql: ["UPDATE events SET link = NULL, digest = NULL WHERE link = 10"],
    link: 10,
    seq: null,
    message: /its end was cut off or changed/,
  },
  {
    name: "one is put in before the first",
    sql: [
      "INSERT INTO events (at, type, level, message, link, digest) VALUES (1, 'freeze.begun', 'info', 'm', 0, '')",
    ],
    link: 0,
    seq: 21,
    message: /event 21 does not belong there: number 0 of the trail went long ago by its age: it was put in/,
  },
  {
    name: "the front is cut off, and said to have gone by its age",
    sql: [
      "INSERT INTO audit_checkpoints SELECT '2026-03', 1, 3, 3, 1, 1, digest FROM events WHERE link = 3",
      "DELETE FROM events WHERE link <= 3",
    ],
    link: 3,
    seq: null,
    message: /the events up to number 3 are gone, and the trail itself tells only of those up to 0/,
  },
  {
    name: "the trail no longer says where it ends",
    sql: ["DELETE FROM audit_head"],
    link: 11,
    seq: null,
    message: /the trail no longer says where it ends, and its last event is number 10/,
  },
];

test("a whole trail verifies, before the first event and after many", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    await using store = await openAt(path);
    const none = await store.trail.verify(null);
    assert.deepEqual(none, {
      head: { link: 0, digest: GENESIS },
      events: 0,
      pruned: 0,
      unchained: 0,
      trouble: null,
      proof: null,
    });
    const many = Array.from({ length: 700 }, (_, n) => audited(n));
    await store.commit({ job: "", writes: [], events: many });
    const report = await store.trail.verify(null);
    assert.deepEqual([report.trouble, report.events, report.head], [null, 700, await store.trail.head()]);
    assert.equal(report.head.link, 700);
  }));

for (const { name, sql, link, seq, message } of MEDDLINGS) {
  test(`a trail is found changed: ${name}`, () =>
    at(tempFolder(), async (folder) => {
      const path = `${folder.path}/s.db`;
      await tenEvents(path);
      assert.equal((await verified(path)).trouble, null);
      await meddle(path, ...sql);
      const { trouble } = await verified(path);
      assert.match(trouble?.message ?? "", message);
      assert.deepEqual([trouble!.link, trouble!.seq], [link, seq]);
      // The program goes on all the same, and does not fix what is broken.
      const before = (await verified(path)).trouble;
      await using store = await openAt(path);
      await tell(store, audited(11), audited(12));
      assert.deepEqual((await store.trail.events({ limit: 1 }))[0]?.message, "Change 12");
      const after = (await store.trail.verify(null)).trouble;
      assert.equal(after === null, false, `${before?.message} is still found`);
    }));
}

/** Makes the digests of all from a number on again, as somebody who knows how would. */
async function rewrite(path: string, edit: string): Promise<void> {
  await meddle(path, edit);
  const rows = await meddle(
    path,
    "SELECT link, at, type, level, job, run_id, message, data FROM events WHERE link IS NOT NULL ORDER BY link",
  );
  let before = GENESIS;
  const sql: string[] = [];
  for (const row of rows) {
    const [link, eventAt, type, level, job, runId, message, data] = Array.from(row) as any[];
    const cells = { at: Number(eventAt), type, level, job, runId, message, data };
    before = digestOf(before, Number(link), cells);
    sql.push(`UPDATE events SET digest = '${before}' WHERE link = ${link}`);
    sql.push(`UPDATE audit_head SET link = ${link}, digest = '${before}'`);
  }
  await meddle(path, ...sql);
}

test("a head that was kept elsewhere proves the trail, and finds one that was rewritten or cut as a whole", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    const head = await tenEvents(path);
    const proofs = async (file: string, kept: KeptHead) => (await verified(file, kept)).proof!;
    const plain = { link: null, digest: head.digest };
    assert.deepEqual([(await proofs(path, head)).result, (await proofs(path, plain)).result], [
      "proved",
      "proved",
    ]);
    // It goes on being proved as the trail grows.
    copyFileSync(path, `${folder.path}/grown.db`);
    copyFileSync(path, `${folder.path}/cut.db`);
    await tenEvents(`${folder.path}/grown.db`);
    assert.equal((await proofs(`${folder.path}/grown.db`, head)).result, "proved");

    const cut = `${folder.path}/cut.db`;
    await rewrite(cut, "DELETE FROM events WHERE link > 7");
    assert.equal((await verified(cut)).trouble, null, "by itself it looks whole");
    assert.match((await proofs(cut, head)).message, /ends with number 7, before number 10 of the kept head/);
    assert.equal((await proofs(cut, plain)).result, "refuted");

    await rewrite(path, "UPDATE events SET message = 'another' WHERE link = 2");
    assert.equal((await verified(path)).trouble, null);
    const refuted = await proofs(path, head);
    assert.equal(refuted.result, "refuted");
    assert.match(refuted.message, /number 10 of the trail is not the one of the kept head/);
    assert.equal((await proofs(path, plain)).result, "refuted");
  }));

test("the digests are those that the documentation tells how to make", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    await using store = await openAt(path);
    await tell(store, audited(1, { job: "db", message: 'an "odd" \u0000 text 😀' }));
    const [one] = await store.trail.events({ limit: 1 });
    const text = `["${GENESIS}",1,${NOW},"freeze.begun","warning","db",null,` +
      `${JSON.stringify('an "odd" \u0000 text 😀')},"{\\"by\\":\\"anna\\",\\"n\\":1}"]`;
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    assert.equal(
      one!.digest,
      Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    );
    assert.equal((await store.trail.verify(null)).trouble, null);
  }));

test("AUDIT_MIGRATION: events of before the chain are unchained, and verifying begins with the first after it", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    const database = await openDatabase({ kind: "file", path }, {
      files: nodeFiles,
      clock: new FakeClock(NOW),
      http: () => Promise.reject(new Error("no network")),
    }, { token: null, waitMs: 1, requestTimeoutMs: 1 });
    const known = MIGRATIONS.findIndex((statements) => statements.some((sql) => sql.includes("audit_head")));
    await migrate(database, 0, MIGRATIONS.slice(0, known));
    await database.write(["freeze.begun", "run.due", "delete.done"].map((type) => ({
      sql: `INSERT INTO events (at, type, level, message) VALUES (1, '${type}', 'info', 'm')`,
      args: [],
    })));
    await database.close();
    const none = await verified(path);
    assert.deepEqual([none.trouble, none.unchained, none.events], [null, 3, 0]);
    {
      await using store = await openAt(path);
      await tell(store, audited(1));
      assert.deepEqual((await store.trail.events({ limit: 9 })).map(({ seq, link }) => [seq, link]), [[
        4,
        1,
      ]]);
    }
    const report = await verified(path);
    assert.deepEqual([report.trouble, report.unchained, report.events], [null, 3, 1]);
  }));
