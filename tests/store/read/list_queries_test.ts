// A page of a list is one walk along an index that holds its rows in order, from where it begins to where it is full; and
// what is read of each row for a list says the same as the whole of it.
// Also tests listed_backup.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import { LISTED_FIELDS } from "../../../src/domain/listed_backup.ts";
import type { BackupQuery } from "../../../src/ports/queries.ts";
import type { Database, Statement } from "../../../src/store/database/database.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { listBackups, LISTED_ROWS, listRuns } from "../../../src/store/read/list_queries.ts";
import { at } from "../../support/node_files.ts";
import { addJobs, backup, filePlace, HOUR, insert, NOW, storeOptions } from "../fixture.ts";

const ROWS = 40;

function someRuns(): Run[] {
  return Array.from({ length: ROWS }, (_, n) =>
    backup({
      job: n % 3 === 0 ? "mail" : "db",
      tags: n % 2 === 0 ? ["daily"] : n % 5 === 0 ? ["hourly", "daily"] : [],
      reasons: n % 2 === 0
        ? [{ kind: "level", level: "daily", rank: 1, limit: 7, period: "2026-03-01" }]
        : [],
      status: n % 7 === 0 ? "missing" : n % 9 === 0 ? "deleted" : n % 11 === 0 ? "lost" : "available",
      ...(n % 13 === 0 ? { suspectAt: NOW, suspectReason: "0 MB is under min_size, 10 MB" } : {}),
      ...(n % 4 === 0 ? { holdAt: NOW, holdReason: "audit", holdOwner: "ann", holdUntil: NOW + HOUR } : {}),
      ...(n % 6 === 0 ? { verification: "passed", verifiedAt: NOW, importedAt: NOW, message: "m" } : {}),
    }));
}

/** Every question that lists of backups can be asked, but for their limits. */
function everyQuery(cursor: string | undefined): Omit<BackupQuery, "limit">[] {
  const queries: Omit<BackupQuery, "limit">[] = [];
  for (const job of [undefined, "db"]) {
    for (const status of [undefined, "available", "deleted", "missing", "error"] as const) {
      for (const tag of [undefined, "daily"] as const) {
        for (const range of [{}, { since: NOW, until: NOW + 1_000 * HOUR }, { cursor }]) {
          queries.push({ job, status, tag, ...range });
        }
      }
    }
  }
  return [...queries, { suspect: true }, { suspect: true, job: "db", tag: "daily" }];
}

test("a page of a list is in order by its index, and begins where the one before it ended", () =>
  at(filePlace(), async (place) => {
    {
      await using store = await place.open();
      await addJobs(store, "db", "mail");
      await insert(store, ...someRuns());
    }
    const limits = { token: null, waitMs: 1, requestTimeoutMs: 1 };
    const database = await openDatabase({ kind: "file", path: place.path }, storeOptions(place.url), limits);
    const asked: Statement[] = [];
    const watched: Database = {
      ...database,
      read: (one) => (asked.push(one), database.read(one)),
      readAs: (one, make) => (asked.push(one), database.readAs(one, make)),
    };
    const cursor = await listBackups(database, LISTED_ROWS, { limit: 3 }, (page) => page.cursor);
    for (const query of everyQuery(cursor)) {
      asked.length = 0;
      await listBackups(watched, LISTED_ROWS, { ...query, limit: 3 }, (page) => page);
      assert.equal(asked.length, 1, "a question of one statement, where no run is old");
      await walksInOrder(database, asked[0]!, query);
    }
    for (const job of [undefined, "db"]) {
      for (const trigger of [undefined, "manual"] as const) {
        for (const status of [undefined, ["failed"]] as const) {
          asked.length = 0;
          const query = { job, trigger, status, cursor };
          await listRuns(watched, { ...query, limit: 3 }, (page) => page);
          await walksInOrder(database, asked[0]!, query);
        }
      }
    }
    await database.close();
  }));

/** Demands that rows of `runs` come from an index in order, from the cursor or the time on that is asked for. */
async function walksInOrder(
  database: Database,
  { sql, args }: Statement,
  query: Omit<BackupQuery, "limit" | "status">,
): Promise<void> {
  const plan = (await database.read({ sql: `EXPLAIN QUERY PLAN ${sql}`, args })).map((row) => String(row[3]));
  const told = `${JSON.stringify(query)}:\n${plan.join("\n")}`;
  const walks = plan.filter((step) => /^(SCAN|SEARCH) runs\b/.test(step));
  assert.ok(walks.length > 0, told);
  for (const step of walks) assert.match(step, /USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY/, told);
  // Suspects are few, whatever there is beside them.
  if (query.suspect) return;
  // Of several walks, and of the sets of levels, the few rows that each found are put in order afterwards.
  if (plan.filter((step) => step.startsWith("CO-ROUTINE")).length <= 2 && query.tag === undefined) {
    assert.ok(!plan.some((step) => step.includes("TEMP B-TREE")), told);
  }
  if (query.cursor !== undefined || query.until !== undefined) {
    const seeks = walks.filter((step) => /\bat[<>]/.test(step) || /\(at,run_id\)</.test(step));
    assert.ok(seeks.length > 0, told);
  }
}

test("what a list reads of a backup is what the whole row says, on each page of every list", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "mail");
    await insert(store, ...someRuns());
    await store.commit({
      job: "db",
      writes: [{ write: "tags", job: "db", rows: [], heads: [0, 3] }],
    });
    const { cursor } = await store.backups({ limit: 3 });
    let rows = 0;
    for (const query of everyQuery(cursor)) {
      for (const limit of [4, 1_000]) {
        const whole = await store.backups({ ...query, limit });
        const listed = await store.showBackups({ ...query, limit }, (page) => page);
        const shown = whole.items.map((run) =>
          Object.fromEntries(LISTED_FIELDS.map((name) => [name, run[name]]))
        );
        assert.deepEqual(listed, { ...whole, items: shown }, JSON.stringify(query));
        rows += shown.length;
      }
    }
    assert.ok(rows > 10 * ROWS);
  }));
