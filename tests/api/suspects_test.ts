// Suspects over the API: how they show, are found, accepted and rejected.

import assert from "node:assert/strict";
import { test } from "node:test";
import { authOf } from "../support/auth_of.ts";
import { testRun } from "../support/memory_reads.ts";
import { problemOf, testApi } from "../support/test_api.ts";
import { BackupView } from "../../src/ports/views/backup.ts";

const MARCH = Date.UTC(2026, 2, 1);

function withRows(overrides = {}) {
  const api = testApi(overrides);
  const marked = { suspectAt: MARCH, suspectReason: "0 MB is under min_size, 10 MB" };
  api.reads.runRows = [
    testRun({ runId: "r1", id: "b1", startTime: MARCH }),
    testRun({ runId: "r2", id: "b2", startTime: MARCH + 1, ...marked }),
    testRun({ runId: "r3", id: "b3", startTime: MARCH + 2, ...marked, acceptedAt: MARCH + 9 }),
    testRun({ runId: "r4", id: "b4", startTime: MARCH + 3, ...marked, rejectedAt: MARCH + 9 }),
    testRun({ runId: "r5", id: "same", startTime: MARCH + 4, job: "db" }),
    testRun({ runId: "r6", id: "same", startTime: MARCH + 5, job: "web" }),
  ];
  return api;
}

test("GET /backups shows what is suspect, why, and what was rejected", async () => {
  const rows = await (await withRows().ask("GET /backups?job=db")).json();
  for (const row of rows) BackupView.parse(row);
  assert.deepEqual(
    rows.map((
      row: Record<string, unknown>,
    ) => [row.id, row.suspect, row.rejected, row.suspect_reason !== null]),
    [
      ["same", false, false, false],
      ["b4", false, true, true],
      ["b3", false, false, true],
      ["b2", true, false, true],
      ["b1", false, false, false],
    ],
  );
});

test("GET /backups?suspect=true lists what waits for a word, and takes no other value", async () => {
  const { ask } = withRows();
  const ids = async (path: string) => (await (await ask(path)).json()).map((row: { id: string }) => row.id);
  assert.deepEqual(await ids("GET /backups?suspect=true"), ["b2"]);
  assert.equal((await ids("GET /backups?suspect=")).length, 6);
  const problem = await problemOf(await ask("GET /backups?suspect=false"));
  assert.deepEqual(problem.errors, [{ field: "suspect", message: "is 'false': expected true" }]);
});

for (const verdict of ["accept", "reject"] as const) {
  test(`POST /backups/{id}/${verdict} gives the word on exactly that backup, in the caller's name`, async () => {
    const { ask, operations } = withRows();
    const response = await ask(`POST /backups/b2/${verdict}`);
    assert.equal(response.status, 200);
    const view = BackupView.parse(await response.json());
    assert.deepEqual([view.run_id, view.suspect, view.rejected], ["r2", false, verdict === "reject"]);
    const [run, word, by] = operations.calls[0]!.args as [{ runId: string }, string, unknown];
    assert.deepEqual([run.runId, word, by], ["r2", verdict, {
      name: "socket",
      role: "admin",
      isLocal: true,
    }]);
  });

  test(`POST /backups/{id}/${verdict} says why not, and which of several`, async () => {
    const { ask, operations } = withRows();
    operations.verdictOutcome = { outcome: "conflict", message: "Backup 'b1' is not suspect" };
    const no = await problemOf(await ask(`POST /backups/b1/${verdict}`));
    assert.deepEqual([no.status, no.detail], [409, "Backup 'b1' is not suspect"]);
    const many = await problemOf(await ask(`POST /backups/same/${verdict}`));
    assert.deepEqual(many.candidates?.map((one) => one.run_id).toSorted(), ["r5", "r6"]);
    assert.equal((await ask(`POST /backups/none/${verdict}`)).status, 404);
    assert.equal(operations.calls.length, 1);
  });

  test(`POST /backups/{id}/${verdict} needs an admin`, async () => {
    const tokens = (["viewer", "operator", "admin"] as const).map((role) => ({
      name: role,
      role,
      token: role,
    }));
    const { askTcp } = withRows({ auth: await authOf(tokens) });
    const as = async (token: string) =>
      (await askTcp(`POST /backups/b2/${verdict}`, { headers: { authorization: `Bearer ${token}` } })).status;
    assert.deepEqual([await as("viewer"), await as("operator"), await as("admin")], [403, 403, 200]);
  });
}

test("GET /backups/{id}/explain tells a suspect, an accepted and a rejected one apart", async () => {
  const { ask } = withRows();
  const notes = async (id: string) =>
    (await (await ask(`GET /backups/${id}/explain`)).json()).notes.join(" ");
  assert.match(
    await notes("b2"),
    /It is suspect \(0 MB is under min_size, 10 MB\).* until it is accepted or rejected/,
  );
  assert.match(await notes("b3"), /was suspect \(.*\) and was accepted at 2026-03-01T00:00:00Z/);
  assert.match(await notes("b4"), /was suspect \(.*\) and was rejected at .*deletes it unless it is held/);
  assert.doesNotMatch(await notes("b1"), /suspect/);
});
