// A store from before reasons were data is brought up to date: every sentence says the same afterwards.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deletionText } from "../../../src/domain/backup.ts";
import type { StoredReason } from "../../../src/domain/retention/reasons.ts";
import type { Database } from "../../../src/store/database/database.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { readState } from "../../../src/store/read/read_state.ts";
import { type Cell, RUN_JSON, runFrom } from "../../../src/store/schema/columns.ts";
import { migrate, MIGRATIONS } from "../../../src/store/schema/migrations.ts";
import { REASONS_MIGRATION, turnSentences } from "../../../src/store/schema/reasons_as_data.ts";
import { at, tempFolder } from "../../support/node_files.ts";
import { inWords } from "../../support/reason_words.ts";
import { filePlace, storeOptions } from "../fixture.ts";

/** A row of `runs` as the version before wrote it. */
interface OldRow {
  status?: string;
  reasons?: unknown[];
  deleteReason?: string;
}

interface NewRow {
  stored: StoredReason[];
  words: string[];
  deletion: string | null;
  askedBy: string | null;
  verdict: unknown;
}

/** The version of the schema before. */
const VERSION = MIGRATIONS.indexOf(REASONS_MIGRATION);

function openAt(path: string): Promise<Database> {
  return openDatabase({ kind: "file", path }, storeOptions(`file:${path}`), {
    token: null,
    waitMs: 1,
    requestTimeoutMs: 1,
  });
}

/** Makes a store of the version before, with a job `db` that has these rows: `r0`, `r1` and so on. */
async function writeOld(database: Database, rows: OldRow[], heads: number[] | null): Promise<void> {
  await migrate(database, 0, MIGRATIONS.slice(0, VERSION));
  await database.write([
    {
      sql:
        "INSERT INTO jobs (job, known_since, cursor, schedule, timezone, policy, policy_since, provider_key, heads) " +
        "VALUES ('db', 1, 1, '', '', '', 1, 'a', ?1)",
      args: [heads === null ? null : JSON.stringify(heads)],
    },
    ...rows.map(({ status = "available", reasons = [], deleteReason = null }, place) => ({
      sql:
        "INSERT INTO runs (run_id, job, cause, status, provider_key, created_at, reasons, delete_reason, verdict) " +
        "VALUES (?1, 'db', 'manual', ?2, 'a', 1, ?3, ?4, 7)",
      args: [`r${place}`, status, JSON.stringify(reasons), deleteReason],
    })),
  ]);
}

/** What is stored and read of each row. */
async function readRows(database: Database): Promise<NewRow[]> {
  const found = await database.read({
    sql: `SELECT ${RUN_JSON}, reasons, verdict FROM runs ORDER BY rowid`,
    args: [],
  });
  return found.map((row) => {
    const run = runFrom(JSON.parse(String(row[0])) as Cell[]);
    return {
      stored: JSON.parse(String(row[1])),
      words: inWords(run.reasons),
      deletion: deletionText(run),
      askedBy: run.deleteAskedBy,
      verdict: row[2],
    };
  });
}

/** Brings these rows up to date, and answers what becomes of each. */
async function turned(
  rows: OldRow[],
  heads: number[] | null = [9, 8, 7, 6, 5, 4, 3, 20],
): Promise<NewRow[]> {
  let found: NewRow[] = [];
  await at(tempFolder(), async (folder) => {
    const database = await openAt(`${folder.path}/s.db`);
    await writeOld(database, rows, heads);
    const changes = async () => await database.read({ sql: "SELECT revision, changes FROM jobs", args: [] });
    const before = await changes();
    await migrate(database, VERSION);
    await turnSentences(database);
    assert.deepEqual(await changes(), before, "no pass starts over");
    found = await readRows(database);
    await database.write([{ sql: "INSERT INTO meta VALUES ('sentences_until', '0')", args: [] }]);
    await turnSentences(database);
    assert.deepEqual((await readRows(database)).map((row) => row.stored), found.map((row) => row.stored));
    await database.close();
  });
  return found;
}

/** What stood in a row, what stands there now, and its words under heads of which the level's is 20. */
const sentences: [old: unknown, now: StoredReason, words?: string][] = [
  ["newest", { kind: "newest" }],
  ["keep_all", { kind: "keep_all" }],
  ["suspect", { kind: "suspect" }],
  ["from the future", { kind: "future" }],
  ["held", { kind: "held" }],
  ["rejected", { kind: "rejected" }],
  ["nothing else counts", { kind: "only_copy" }],
  ["oldest (room in daily)", { kind: "oldest", levels: ["daily"] }],
  ["oldest (room in secondly, weekly, yearly)", { kind: "oldest", levels: ["secondly", "weekly", "yearly"] }],
  ["younger than 2d", { kind: "younger", minAgeMs: 2 * 86_400_000 }],
  ["younger than 1d12h3m4s5ms", { kind: "younger", minAgeMs: 129_784_005 }],
  ["younger than 10ms", { kind: "younger", minAgeMs: 10 }],
  [
    "kept by the policy before the edit, until 2026-11-20T23:59:59.999Z",
    { kind: "former_policy", until: Date.UTC(2026, 10, 20, 23, 59, 59, 999) },
    "kept by the policy before the edit, until 2026-11-20T23:59:59.999Z at the latest",
  ],
  [
    "kept by the policy before the edit, until 2026-11-20T00:00:00.000Z",
    { kind: "former_policy", until: Date.UTC(2026, 10, 20) },
    "kept by the policy before the edit, until 2026-11-20T00:00:00.000Z at the latest",
  ],
  ["shares data with p-4", { kind: "shared_data", with: "p-4" }],
  ['shares data with a "b" \\ ü 3 of 7', { kind: "shared_data", with: 'a "b" \\ ü 3 of 7' }],
  [
    ["daily", 4, "of 7 (2026-11-20)"],
    { kind: "level", level: "daily", ordinal: 4, limit: 7, period: "2026-11-20" },
    "daily 3 of 7 (2026-11-20)",
  ],
  [
    ["weekly", -2, "of 104 (week of 2026-11-15)"],
    { kind: "level", level: "weekly", ordinal: -2, limit: 104, period: "week of 2026-11-15" },
    "weekly 8 of 104 (week of 2026-11-15)",
  ],
  [["min_keep", 19, "of 4"], { kind: "min_keep", ordinal: 19, of: 4 }, "last 2 of 4"],
  // From before there were ordinals.
  [
    "hourly 12 of 24 (2026-11-20 13h)",
    { kind: "level", level: "hourly", rank: 12, limit: 24, period: "2026-11-20 13h" },
  ],
  ["min_keep 1 of 2", { kind: "min_keep", rank: 1, of: 2 }, "last 1 of 2"],
  // Never written by a Schelly, and kept all the same.
  ...[
    "",
    "daily",
    "fortnightly 3 of 7 (2026)",
    "daily three of 7 (2026)",
    "daily 3 of many (2026)",
    "daily 03 of 7 (2026)",
    "oldest (room in hours)",
    "oldest (room in )",
    "younger than a day",
    "younger than 5",
    "younger than 1d ",
    "kept by the policy before the edit, until soon",
    "kept by the policy before the edit, until 2026-11-20",
    "Newest",
    '{"kind":"newest"}',
  ].map((text): [string, StoredReason] => [text, { kind: "other", text }]),
];

test("every sentence of an older store is data afterwards, and says the same", async () => {
  const rows = await turned(sentences.map(([old]) => ({ reasons: [old] })));
  for (const [place, [old, now, words = old]] of sentences.entries()) {
    assert.deepEqual(rows[place]!.stored, [now]);
    assert.deepEqual(rows[place]!.words, [words]);
    assert.equal(
      rows[place]!.verdict,
      now.kind === "other" ? null : 7n,
      `whether a pass looks again: ${old}`,
    );
  }
});

test("a row keeps the order of its reasons, and one that ever had none has none", async () => {
  const [many, none] = await turned([
    { reasons: ["suspect", ["daily", 6, "of 7 (2026-11-20)"], "newest", ["min_keep", 20, "of 2"], "held"] },
    {},
  ]);
  assert.deepEqual(many!.words, [
    "suspect",
    "daily 1 of 7 (2026-11-20)",
    "newest",
    "last 1 of 2",
    "held",
  ]);
  assert.deepEqual(none!.stored, []);
});

test("a backup that went shows after the migration what it showed before: no ordinals, but old ranks", async () => {
  const reasons = [["daily", 6, "of 7 (2026-11-20)"], "monthly 2 of 3 (2026-09)", "held"];
  const [gone] = await turned([{ status: "deleted", reasons }], null);
  assert.deepEqual(gone!.words, ["monthly 2 of 3 (2026-09)", "held"]);
});

test("a deletion by hand that is under way stays one, with the name of who asked for it", async () => {
  const rows = await turned([
    { status: "deleting", deleteReason: "by hand: ann" },
    { status: "delete-error", deleteReason: "by hand: by hand: \u00e9" },
    { status: "deleting", deleteReason: "not kept by daily=7@L UTC" },
    { status: "deleting", deleteReason: "not kept by hand: x" },
    {},
  ]);
  assert.deepEqual(rows.map(({ askedBy, deletion }) => [askedBy, deletion]), [
    ["ann", "by hand: ann"],
    ["by hand: é", "by hand: by hand: é"],
    [null, "not kept by daily=7@L UTC"],
    [null, "not kept by hand: x"],
    [null, null],
  ]);
});

test("an interrupted turn goes on at the next start, and until then nobody else reads the state", () =>
  at(filePlace(), async (place) => {
    const database = await openAt(place.path);
    const rows = ["newest", "held", "suspect", "rejected", "keep_all"].map((word) => ({ reasons: [word] }));
    await writeOld(database, rows, null);
    await migrate(database, VERSION);
    let writes = 0;
    const dying: Database = {
      ...database,
      write: (statements) => ++writes > 2 ? Promise.reject(new Error("killed")) : database.write(statements),
    };
    await assert.rejects(() => turnSentences(dying, 2), /killed/);
    const stored = await database.read({ sql: "SELECT json_type(reasons, '$[0]') FROM runs", args: [] });
    assert.deepEqual(stored.map((row) => row[0]), ["object", "object", "object", "object", "text"]);
    await database.close();
    await assert.rejects(() => readState(storeOptions(place.url)), { message: /bringing it up to date/ });

    const store = await place.open();
    const found = (await store.runs({ limit: 9 })).items.map((run) => inWords(run.reasons)[0]).sort();
    assert.deepEqual(found, ["held", "keep_all", "newest", "rejected", "suspect"]);
    await store[Symbol.asyncDispose]();
    await (await readState(storeOptions(place.url)))[Symbol.asyncDispose]();
  }));
