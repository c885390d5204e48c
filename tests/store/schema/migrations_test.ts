// A store of the first schema, with rows in it, is brought up to date.
// Also tests schema.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { migrate, MIGRATIONS, schemaVersion } from "../../../src/store/schema/migrations.ts";
import { readProviderBackups } from "../../../src/store/schema/unmanaged.ts";
import { at, nodeFiles, tempFolder } from "../../support/node_files.ts";
import { FakeClock } from "../../support/fake_clock.ts";

test("migrate() of a store with backups counts them by place, and every later change keeps the count", () =>
  at(tempFolder(), async (folder) => {
    const database = await openDatabase(
      { kind: "file", path: `${folder.path}/s.db` },
      { files: nodeFiles, clock: new FakeClock(0), http: () => Promise.reject(new Error("no network")) },
      { token: null, waitMs: 1, requestTimeoutMs: 1 },
    );
    await migrate(database, 0, MIGRATIONS.slice(0, 1));
    const sql = (...statements: string[]) =>
      database.write(statements.map((text) => ({ sql: text, args: [] })));
    const run = (id: string, place: string, status: string) =>
      `INSERT INTO runs (run_id, job, cause, status, provider_key, created_at) VALUES ('${id}', 'db', 'manual', '${status}', '${place}', 1)`;
    await sql(
      "INSERT INTO jobs (job, known_since, cursor, schedule, timezone, policy, policy_since, provider_key) VALUES ('db', 1, 1, '', '', '', 1, 'a')",
      run("r1", "a", "available"),
      run("r2", "a", "available"),
      run("r3", "b", "available"),
      run("r4", "b", "failed"),
      run("r5", "c", "deleting"),
    );
    await migrate(database, 1);
    assert.equal(await schemaVersion(database, "s.db"), MIGRATIONS.length);
    const places = async () =>
      (await readProviderBackups(database)).map((
        { providerKey, available, managed },
      ) => [providerKey, available, managed]);
    assert.deepEqual(await places(), [["a", 2, true], ["b", 1, true], ["c", 0, true]]);
    await sql(
      "UPDATE runs SET status = 'deleting' WHERE run_id = 'r1'",
      "UPDATE runs SET status = 'available' WHERE run_id = 'r4'",
      "DELETE FROM runs WHERE run_id = 'r3'",
      "UPDATE runs SET provider_key = 'b' WHERE run_id = 'r2'",
    );
    assert.deepEqual(await places(), [["a", 0, true], ["b", 2, true], ["c", 0, true]]);
    await database.close();
  }));
