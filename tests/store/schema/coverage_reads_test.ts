// The migration that remembers schedules, over a state that was written before it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readSchedules, SCHEDULES_MIGRATION } from "../../../src/store/schema/coverage_reads.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { migrate, MIGRATIONS } from "../../../src/store/schema/migrations.ts";
import { at, tempFolder } from "../../support/node_files.ts";
import { storeOptions } from "../fixture.ts";

test("SCHEDULES_MIGRATION takes the schedules of before from the audit trail, else the present one", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    const options = { token: null, waitMs: 1, requestTimeoutMs: 1_000 };
    const database = await openDatabase({ kind: "file", path }, storeOptions(`file:${path}`), options);
    const before = MIGRATIONS.slice(0, MIGRATIONS.indexOf(SCHEDULES_MIGRATION));
    await migrate(database, 0, before);
    const addJob = (name: string, since: bigint) => ({
      sql:
        `INSERT INTO jobs (job, known_since, cursor, schedule, timezone, policy, policy_since, provider_key)
        VALUES (?1, ?2, ?2, '0 0 4 * * *', 'UTC', 'daily=1', ?2, 'p')`,
      args: [name, since],
    });
    const addEvent = (when: bigint, type: string, job: string, data: string | null) => ({
      sql: "INSERT INTO events (at, type, level, job, message, data) VALUES (?1, ?2, 'info', ?3, '', ?4)",
      args: [when, type, job, data],
    });
    await database.write([
      addJob("told", 10n),
      addJob("untold", 20n),
      addEvent(
        10n,
        "job.added",
        "told",
        '{"schedule":"0 0 3 * * *","timezone":"Europe/Berlin","policy":"x"}',
      ),
      addEvent(11n, "job.paused", "told", null),
      addEvent(
        30n,
        "job.schedule_changed",
        "told",
        '{"schedule":"0 0 4 * * *","timezone":"UTC","before":"y"}',
      ),
      addEvent(40n, "job.added", "long gone", '{"schedule":"0 0 3 * * *","timezone":"UTC"}'),
    ]);
    await migrate(database, before.length);
    assert.deepEqual(await readSchedules(database, "told"), [
      { since: 10, schedule: "0 0 3 * * *", timezone: "Europe/Berlin" },
      { since: 30, schedule: "0 0 4 * * *", timezone: "UTC" },
    ]);
    assert.deepEqual(await readSchedules(database, "untold"), [
      { since: 20, schedule: "0 0 4 * * *", timezone: "UTC" },
    ]);
    assert.deepEqual(await readSchedules(database, "long gone"), []);
    await database.close();
  }));
