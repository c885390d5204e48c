// The file of the original's successor: its specifications, and its backups by job.
// Also tests original_file.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readOriginalFile, readSuccessorSpecs } from "../../src/store/original_file.ts";
import { at, nodeFiles, tempFolder } from "../support/node_files.ts";
import { successorFile } from "../support/successor_file.ts";

const SPECS: Record<string, string | number | null>[] = [
  {
    name: "postgres",
    enabled: 1,
    backup_cron_string: "0 0 3 * * *",
    worker_config: null,
    timeout_seconds: null,
  },
  {
    name: "Web Files",
    enabled: 0,
    backup_cron_string: "0 30 2 1 *",
    worker_config: "/srv/web",
    timeout_seconds: 3600,
    from_date: "2019-07-21 00:52:50.0846172+00:00",
    to_date: "2030-01-01 00:00:00+02:00",
    retention_minutely: "3@L",
    retention_daily: "7",
  },
];

const backup = (id: string, backup_name: string, more: Record<string, string | number> = {}) => ({
  ...{ id, backup_name, data_id: `data-${id}`, status: "COMPLETED", size: 12.5 },
  ...{ start_time: "2019-07-21 00:52:50+00:00", end_time: "2019-07-21 00:53:10+00:00" },
  ...more,
});

test("its specifications are read with their times and levels", () =>
  at(tempFolder(), async ({ path }) => {
    const file = `${path}/sqlite.db`;
    await successorFile(file, SPECS, []);
    const specs = await readSuccessorSpecs(file, nodeFiles);
    assert.deepEqual(specs.map(({ name, enabled }) => [name, enabled]), [["Web Files", false], [
      "postgres",
      true,
    ]]);
    assert.deepEqual(specs[0], {
      name: "Web Files",
      enabled: false,
      schedule: "0 30 2 1 *",
      from: Date.UTC(2019, 6, 21, 0, 52, 50, 84),
      to: Date.UTC(2029, 11, 31, 22),
      workerConfig: "/srv/web",
      timeoutSeconds: 3600,
      retention: { minutely: "3@L", hourly: "0@L", daily: "7", weekly: "4@L", monthly: "3@L", yearly: "2@L" },
    });
    assert.deepEqual([specs[1]!.workerConfig, specs[1]!.timeoutSeconds, specs[1]!.from], [null, null, null]);
  }));

test("its backups are those of the job whose name its own makes", () =>
  at(tempFolder(), async ({ path }) => {
    const file = `${path}/sqlite.db`;
    await successorFile(file, SPECS, [
      backup("w1", "Web Files"),
      backup("w2", "Web Files", { status: "deleting" }),
      backup("p1", "postgres", { data_id: "p1", size: 0 }),
    ]);
    const found = await readOriginalFile(file, nodeFiles, "web-files");
    assert.deepEqual(found.map(({ id, dataId, status, sizeMb }) => [id, dataId, status, sizeMb]), [
      ["w1", "data-w1", "available", 12.5],
      ["w2", "data-w2", "deleting", 12.5],
    ]);
    assert.equal(found[0]!.startTime, Date.UTC(2019, 6, 21, 0, 52, 50));
    assert.deepEqual((await readOriginalFile(file, nodeFiles, "postgres")).map(({ dataId }) => dataId), [
      null,
    ]);
    await assert.rejects(
      readOriginalFile(file, nodeFiles, "mysql"),
      /has no backup of job 'mysql': expected a job named postgres or web-files/,
    );
    await assert.rejects(readSuccessorSpecs(`${path}/other.db`, nodeFiles), /no such file on this machine/);
  }));
