// The statements that a connection keeps answer as the library's own do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@libsql/client/sqlite3";
import { keepStatements } from "../../../src/store/database/statement_cache.ts";
import { at, tempFolder } from "../../support/node_files.ts";

test("a statement of one row at most answers that row, or none, and leaves nothing open", () =>
  at(tempFolder(), async (folder) => {
    keepStatements();
    const client = createClient({ url: `file:${folder.path}/s.db`, intMode: "bigint", concurrency: 1 });
    try {
      await client.execute("PRAGMA journal_mode=WAL");
      await client.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, real REAL, text TEXT) STRICT");
      const insert = "INSERT INTO t VALUES (?1, 0.5, NULL)";
      for (const id of [7n, 9007199254740993n]) await client.execute({ sql: insert, args: [id] });
      const read = async (sql: string, id: bigint) =>
        (await client.execute({ sql, args: [id] })).rows.map((row) => Array.from(row));
      for (let time = 0; time < 3; time++) {
        const one = "SELECT id, real, text FROM t WHERE id >= ?1 ORDER BY id LIMIT 1";
        assert.deepEqual(await read(one, 8n), [[9007199254740993n, 0.5, null]]);
        assert.deepEqual(await read(one, 9007199254740994n), []);
        assert.deepEqual(await read("SELECT json_group_array(id) FROM t WHERE id <> ?1", 0n), [[
          "[7,9007199254740993]",
        ]]);
        assert.deepEqual(await read("SELECT id FROM t WHERE id > ?1", 0n), [[7n], [9007199254740993n]]);
      }
      const [busy] = (await client.execute("PRAGMA wal_checkpoint(TRUNCATE)")).rows.map((row) => row[0]);
      assert.equal(busy, 0n);
      await client.execute("DROP TABLE t");
    } finally {
      client.close();
    }
  }));
