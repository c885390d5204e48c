// The record of the original: read as it wrote it, left as it is, and refused where it is none or still in use.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { createClient } from "@libsql/client";
import { readOriginalFile } from "../../src/store/original_file.ts";
import { at, nodeFiles, tempFolder } from "../support/node_files.ts";

/** The table and the texts for times as the original's program makes them. */
async function original(path: string, rows: (string | number | null)[][]): Promise<void> {
  const client = createClient({ url: `file:${path}` });
  const levels = ["minutely", "hourly", "daily", "weekly", "monthly", "yearly", "reference"];
  await client.batch([
    "CREATE TABLE materialized_backup (id TEXT NOT NULL, data_id TEXT NOT NULL, status TEXT NOT NULL, " +
    "start_time TIMESTAMP NOT NULL, end_time TIMESTAMP NOT NULL DEFAULT '2000-01-01', " +
    `custom_data TEXT NOT NULL DEFAULT '', size REAL, ${
      levels.map((level) => `${level} INTEGER NOT NULL DEFAULT 0`).join(", ")
    }, PRIMARY KEY(id))`,
    ...rows.map((args) => ({
      sql: "INSERT INTO materialized_backup (id, data_id, status, start_time, end_time, custom_data, size) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
      args,
    })),
  ], "write");
  client.close();
}

test("readOriginalFile() reads ids, times in any of their forms, and sizes, oldest first", () =>
  at(tempFolder(), async ({ path }) => {
    const file = `${path}/sqlite.db`;
    await original(file, [
      [
        "b",
        "snap",
        "available",
        "2019-03-02 00:59:59.123456789+01:00",
        "2019-03-02 01:10:00+01:00",
        "done",
        12.5,
      ],
      ["a", "a", "available", "2019-03-01 23:59:58", "2000-01-01", "", 0],
      ["c", "x", "delete-error", "2019-03-03T10:00:00Z", "2019-03-03 10:00:01.5+0000", "", null],
    ]);
    const before = readFileSync(file);
    assert.deepEqual(await readOriginalFile(file, nodeFiles, "files"), [
      {
        id: "a",
        dataId: null,
        status: "available",
        startTime: Date.UTC(2019, 2, 1, 23, 59, 58),
        endTime: null,
        sizeMb: null,
        message: null,
      },
      {
        id: "b",
        dataId: "snap",
        status: "available",
        startTime: Date.UTC(2019, 2, 1, 23, 59, 59, 123),
        endTime: Date.UTC(2019, 2, 2, 0, 10),
        sizeMb: 12.5,
        message: "done",
      },
      {
        id: "c",
        dataId: "x",
        status: "delete-error",
        startTime: Date.UTC(2019, 2, 3, 10),
        endTime: Date.UTC(2019, 2, 3, 10, 0, 1, 500),
        sizeMb: null,
        message: null,
      },
    ]);
    assert.deepEqual(readFileSync(file), before, "it is left as it is");
    assert.deepEqual(await nodeFiles.list(path), ["sqlite.db"], "and nothing is left beside it");
  }));

test("readOriginalFile() refuses what is none of the original's, and what is in use", () =>
  at(tempFolder(), async ({ path }) => {
    const file = `${path}/sqlite.db`;
    await assert.rejects(readOriginalFile(file, nodeFiles, "files"), {
      name: "StoreError",
      message: /there is no such file on the server's machine: expected DATA_DIR\/sqlite\.db/,
    });
    writeFileSync(file, "no database at all, but long enough to look like something".repeat(20));
    await assert.rejects(
      readOriginalFile(file, nodeFiles, "files"),
      /expected a sqlite file with the table materialized/,
    );
    await original(`${path}/2.db`, []);
    writeFileSync(`${path}/2.db-journal`, "half done");
    await assert.rejects(
      readOriginalFile(`${path}/2.db`, nodeFiles, "files"),
      /is in use, or was not closed: stop the/,
    );
  }));
