// Holds and the freeze over the API: what is sent on, what is refused, and who may.
// Also tests state.ts and until.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BackupView } from "../../src/ports/views/backup.ts";
import { FreezeView } from "../../src/ports/views/freeze.ts";
import { MigrationView } from "../../src/ports/views/state.ts";
import { HandWatch, readingAt } from "../support/hand_watch.ts";
import { testRun } from "../support/memory_reads.ts";
import { problemOf, testApi, type TestApiOptions } from "../support/test_api.ts";

const MARCH = Date.UTC(2026, 2, 1);
const ADMIN = { name: "socket", role: "admin", isLocal: true };

function body(value: unknown): RequestInit {
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

function withRows(options: TestApiOptions = {}) {
  const api = testApi(options);
  api.reads.runRows = [
    testRun({ runId: "r1", id: "b1", startTime: MARCH }),
    testRun({
      runId: "r2",
      id: "b2",
      startTime: MARCH + 1,
      holdAt: MARCH + 2,
      holdReason: "audit",
      holdOwner: "finance",
      holdUntil: MARCH + 86_400_000,
    }),
    testRun({ runId: "r3", id: "same", job: "db" }),
    testRun({ runId: "r4", id: "same", job: "web" }),
  ];
  return api;
}

test("GET /backups shows holds with reason, owner, begin and end", async () => {
  const [b2, b1] = await (await withRows().ask("GET /backups?job=db&limit=2")).json();
  BackupView.parse(b2);
  assert.deepEqual(b2.hold, {
    reason: "audit",
    owner: "finance",
    since: "2026-03-01T00:00:00.002Z",
    until: "2026-03-02T00:00:00.000Z",
  });
  assert.equal(b1.hold, null);
});

test("PUT /backups/{id}/hold sends reason, owner and end on, and answers the backup", async () => {
  const { ask, operations } = withRows();
  const sent = { reason: "audit", owner: "finance", until: "2027-01-01T00:00:00Z" };
  const view = BackupView.parse(await (await ask("PUT /backups/b1/hold", body(sent))).json());
  assert.equal(view.hold?.reason, "audit");
  await ask("PUT /backups/r2/hold", body({ reason: "court" }));
  assert.deepEqual(
    operations.calls.map(({ args }) => [(args[0] as { runId: string }).runId, ...args.slice(1)]),
    [
      ["r1", { reason: "audit", owner: "finance", until: Date.UTC(2027, 0, 1) }, ADMIN],
      ["r2", { reason: "court", owner: undefined, until: null }, ADMIN],
    ],
  );
});

test("PUT /backups/{id}/hold and /freeze want a reason and an end to come, and name each wrong field", async () => {
  const { ask, operations } = withRows();
  const cases: [unknown, string, RegExp][] = [
    [{}, "reason", /is missing: expected a reason/],
    [{ reason: "" }, "reason", /expected a reason/],
    [{ reason: "a\u0007" }, "reason", /control characters/],
    [{ reason: "x", until: "2026-02-28" }, "until", /in the past/],
    [{ reason: "x", until: "soon" }, "until", /expected ISO 8601/],
    [{ reason: "x", user: "me" }, "user", /expected reason, owner, until/],
  ];
  for (const line of ["PUT /backups/b1/hold", "PUT /freeze"]) {
    for (const [sent, field, message] of cases) {
      const problem = await problemOf(await ask(line, body(sent)));
      assert.equal(problem.status, 400, line);
      assert.equal(problem.errors?.[0]?.field, field);
      assert.match(problem.errors?.[0]?.message ?? "", message);
    }
  }
  assert.deepEqual(operations.calls, []);
});

test("an end that may have passed is refused while the clock is in doubt, whatever the clock says", async () => {
  const watch = new HandWatch({ ...readingAt(0), ends: 0, begins: MARCH, inDoubtUntil: 3_600_000 });
  const { ask } = withRows({ watch });
  for (const line of ["PUT /backups/b1/hold", "PUT /freeze"]) {
    const problem = await problemOf(await ask(line, body({ reason: "x", until: "1970-01-01T02:00:00Z" })));
    assert.equal(problem.status, 400);
    assert.match(
      problem.errors?.[0]?.message ?? "",
      /the clock is in doubt, .* it is 2026-03-01T00:00:00.000Z/,
    );
    assert.equal((await ask(line, body({ reason: "x", until: "2026-03-02T00:00:00Z" }))).status, 200);
  }
});

test("PUT and DELETE /backups/{id}/hold answer 404, 409 with candidates, 409 when too late, 403 when too early", async () => {
  const { ask, operations } = withRows();
  assert.equal((await problemOf(await ask("PUT /backups/none/hold", body({ reason: "x" })))).status, 404);
  assert.equal((await problemOf(await ask("DELETE /backups/same/hold"))).candidates?.length, 2);
  operations.holdOutcome = { outcome: "conflict", message: "Cannot hold backup 'b1': a DELETE was sent" };
  assert.equal((await problemOf(await ask("PUT /backups/b1/hold", body({ reason: "x" })))).status, 409);
  operations.holdOutcome = { outcome: "forbidden", message: "To end the hold early needs the role admin" };
  assert.equal((await problemOf(await ask("PUT /backups/b1/hold", body({ reason: "x" })))).status, 403);
});

test("DELETE /backups/{id}/hold releases exactly that backup", async () => {
  const { ask, operations } = withRows();
  assert.equal((await ask("DELETE /backups/b2/hold?job=db")).status, 200);
  assert.deepEqual(operations.calls.map(({ name, args }) => [name, (args[0] as { runId: string }).runId]), [
    ["releaseBackup", "r2"],
  ]);
});

test("PUT /freeze answers what is on the wire; GET shows it; DELETE ends it", async () => {
  const { ask, operations } = withRows();
  const thawed = FreezeView.parse(await (await ask("GET /freeze")).json());
  assert.deepEqual(thawed, {
    frozen: false,
    reason: null,
    owner: null,
    since: null,
    until: null,
    on_the_wire: [],
  });
  operations.frozen = {
    freeze: { reason: "moving", owner: "ops", at: MARCH, until: null },
    onTheWire: [testRun({ runId: "r9", id: "b9", status: "deleting" })],
  };
  const frozen = FreezeView.parse(await (await ask("PUT /freeze", body({ reason: "moving" }))).json());
  assert.deepEqual([frozen.frozen, frozen.reason, frozen.on_the_wire], [
    true,
    "moving",
    [{ job: "db", run_id: "r9", id: "b9", state: "deleting" }],
  ]);
  assert.equal((await (await ask("GET /freeze")).json()).owner, "ops");
  assert.equal((await (await ask("DELETE /freeze")).json()).frozen, false);
  operations.freezeOutcome = {
    outcome: "forbidden",
    message: "To end the freeze early needs the role admin",
  };
  assert.equal((await problemOf(await ask("PUT /freeze", body({ reason: "x" })))).status, 403);
});

test("POST /jobs/{job}/import is dry when asked, and says when a provider cannot list", async () => {
  const { ask, operations } = withRows();
  assert.equal((await (await ask("POST /jobs/db/import?dry_run=true")).json()).dry_run, true);
  assert.equal((await (await ask("POST /jobs/db/import")).json()).dry_run, false);
  assert.equal((await problemOf(await ask("POST /jobs/none/import"))).status, 404);
  assert.equal((await problemOf(await ask("POST /jobs/db/import?dry=true"))).status, 400);
  operations.importOutcome = { outcome: "conflict", message: "its provider cannot list what it has" };
  assert.equal((await problemOf(await ask("POST /jobs/db/import"))).status, 409);
});

test("POST /jobs/{job}/migrate wants an absolute path, is dry when asked, and says what cannot be read", async () => {
  const { ask, operations } = withRows();
  const order = body({ path: "/old/sqlite.db" });
  const dry = MigrationView.parse(await (await ask("POST /jobs/db/migrate?dry_run=true", order)).json());
  assert.deepEqual([dry.dry_run, dry.levels_lost], [true, ["weekly 4@L"]]);
  assert.equal((await (await ask("POST /jobs/db/migrate", order)).json()).dry_run, false);
  assert.equal((await problemOf(await ask("POST /jobs/none/migrate", order))).status, 404);
  assert.equal(
    (await problemOf(await ask("POST /jobs/db/migrate", body({ path: "sqlite.db" })))).status,
    400,
  );
  operations.migrateOutcome = { outcome: "conflict", message: "Cannot read '/old/sqlite.db'" };
  assert.equal((await problemOf(await ask("POST /jobs/db/migrate", order))).status, 409);
});

test("POST /state/compact says what it gave back, or why it cannot", async () => {
  const { ask, operations } = withRows();
  assert.equal((await (await ask("POST /state/compact")).json()).bytes_after, 4096);
  assert.equal((await (await ask("POST /state/compact?dry_run=true")).json()).dry_run, true);
  assert.deepEqual(operations.calls.map(({ name, args }) => [name, args[1]]), [["compact", false], [
    "compact",
    true,
  ]]);
  assert.equal((await problemOf(await ask("POST /state/compact?wet=1"))).status, 400);
  operations.compactOutcome = { outcome: "conflict", message: "an earlier version made its file" };
  assert.equal((await problemOf(await ask("POST /state/compact"))).status, 409);
});

test("POST /state/snapshot wants an absolute path and says when it cannot be used", async () => {
  const { ask, operations } = withRows();
  const made = await (await ask("POST /state/snapshot", body({ path: "/backup/s.db" }))).json();
  assert.equal(made.path, "/backup/s.db");
  const relative = await problemOf(await ask("POST /state/snapshot", body({ path: "s.db" })));
  assert.match(relative.errors?.[0]?.message ?? "", /expected an absolute path/);
  operations.snapshotOutcome = { outcome: "conflict", message: "something is there already" };
  assert.equal((await problemOf(await ask("POST /state/snapshot", body({ path: "/s.db" })))).status, 409);
});
