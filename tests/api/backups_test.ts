// /backups: the published list and start, one backup by id, its deletion and its explanation.
// Also tests links.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import { BackupView } from "../../src/ports/views/backup.ts";
import { ExplainView } from "../../src/ports/views/explain.ts";
import { reasonFields } from "../../src/domain/retention/reason_data.ts";
import {
  FUTURE,
  HELD,
  KEEP_ALL,
  type KeepReason,
  NEWEST,
  ONLY_COPY,
  REJECTED,
  SUSPECT,
} from "../../src/domain/retention/reasons.ts";
import { RetentionView } from "../../src/ports/views/retention.ts";
import { RunView } from "../../src/ports/views/run.ts";
import { testRetention } from "../support/fake_operations.ts";
import { testRun } from "../support/memory_reads.ts";
import { assertSaysBoth } from "../support/reason_words.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const DAY = 86_400_000;
const MARCH = Date.UTC(2026, 2, 1);

const DAILY: KeepReason = { kind: "level", level: "daily", rank: 1, limit: 4, period: "2026-03-01" };

function withRows() {
  const api = testApi();
  api.reads.runRows = [
    testRun({ runId: "r1", id: "b1", startTime: MARCH, tags: ["daily"], sizeMb: 12.5, message: "all good" }),
    testRun({ runId: "r2", id: "b2", startTime: MARCH + DAY, job: "web" }),
    testRun({ runId: "r3", id: "b3", startTime: MARCH + 2 * DAY, status: "running", endTime: null }),
    testRun({ runId: "r4", id: "b4", startTime: MARCH + 3 * DAY, status: "lost" }),
    testRun({ runId: "r5", startTime: MARCH + 4 * DAY, status: "failed", reason: "refused" }),
  ];
  return api;
}

async function ids(response: Response): Promise<unknown[]> {
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()).map((row: { id: unknown }) => row.id);
}

test("GET /backups lists what has a provider's id, newest first, in the original's fields and ours", async () => {
  const { ask } = withRows();
  const rows = await (await ask("GET /backups")).json();
  assert.deepEqual(rows.map((row: { id: string }) => row.id), ["b4", "b3", "b2", "b1"]);
  assert.deepEqual(rows[3], {
    id: "b1",
    data_id: null,
    status: "available",
    start_time: "2026-03-01T00:00:00.000Z",
    end_time: "2026-03-01T00:01:00.000Z",
    custom_data: "all good",
    size: 12.5,
    tags: ["daily"],
    job: "db",
    run_id: "r1",
    slot: "2026-03-01T00:00:00.000Z",
    period_time: "2026-03-01T00:00:00.000Z",
    state: "available",
    size_mb: 12.5,
    reasons: [],
    kept_for: [],
    suspect: false,
    suspect_reason: null,
    rejected: false,
    verification: "none",
    verified_at: null,
    hold: null,
    lock: null,
    leftover: null,
    ended_as: null,
  });
  for (const row of rows) BackupView.parse(row);
});

test("a list tells what failed runs left as it is now", async () => {
  const { ask, reads, operations } = withRows();
  reads.runRows.push(testRun({ runId: "r6", id: "b6", startTime: MARCH, status: "failed" }));
  const told = async () => {
    const rows = await (await ask("GET /backups")).json() as BackupView[];
    return rows.flatMap(({ run_id, leftover }) => leftover === null ? [] : [`${run_id}: ${leftover}`]);
  };
  for (const text of ["stays until noon", "stays for ever"]) {
    operations.leftoverTexts = new Map([["r6", text]]);
    assert.deepEqual(await told(), [`r6: ${text}`]);
  }
});

test("answers show why a backup is kept in words and the same as data", async () => {
  const { ask, reads, operations } = withRows();
  const reasons: KeepReason[] = [
    DAILY,
    { kind: "min_keep", rank: 2, of: 4 },
    { kind: "oldest", levels: ["daily", "yearly"] },
    { kind: "younger", minAgeMs: 129_600_500 },
    { kind: "former_policy", until: MARCH },
    { kind: "shared_data", with: "b9" },
    { kind: "other", text: "as it was said" },
    ...[NEWEST, KEEP_ALL, SUSPECT, FUTURE, HELD, REJECTED, ONLY_COPY],
  ];
  const row = { id: "b1", run_id: "r1", period_time: "2026-03-01T00:00:00.000Z", tags: [], size_mb: 1 };
  reads.runRows = [testRun({ runId: "r1", id: "b1", reasons })];
  operations.retentionViews.set("db", testRetention("db", { keep: [{ ...row, ...reasonFields(reasons) }] }));
  const json = async (path: string) => await (await ask(`GET ${path}`)).json();
  const answers = [
    BackupView.parse((await json("/backups"))[0]),
    RunView.parse(await json("/runs/r1")),
    ExplainView.parse(await json("/backups/b1/explain")),
    RetentionView.parse(await json("/jobs/db/retention")).keep[0]!,
  ];
  for (const answer of answers) {
    assert.deepEqual(answer.kept_for.map(({ kind }) => kind), reasons.map(({ kind }) => kind));
    assertSaysBoth(answer);
  }
});

test("GET /backups filters by the original's status word, tag, job and start time", async () => {
  const { ask } = withRows();
  assert.deepEqual(await ids(await ask("GET /backups?status=error")), ["b4"]);
  assert.deepEqual(await ids(await ask("GET /backups?status=available&tag=daily")), ["b1"]);
  assert.deepEqual(await ids(await ask("GET /backups?job=web")), ["b2"]);
  assert.deepEqual(await ids(await ask("GET /backups?since=2026-03-02&until=2026-03-03T00:00:00Z")), ["b2"]);
  assert.deepEqual(await ids(await ask("GET /backups?since=2026-03-03T01:00:00+02:00&status=running")), [
    "b3",
  ]);
});

test("GET /backups takes an empty filter for none, as the original does", async () => {
  const { ask } = withRows();
  assert.equal((await ids(await ask("GET /backups?status=&tag=&job=&since=&limit=&cursor="))).length, 4);
});

test("GET /backups leads through all pages by its Link header, keeping the filters", async () => {
  const { ask } = withRows();
  const seen: unknown[] = [];
  let next: string | undefined = "/backups?limit=1&job=db";
  for (let pages = 0; next !== undefined && pages < 10; pages++) {
    const response: Response = await ask(`GET ${next}`);
    next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    seen.push(...await ids(response));
  }
  assert.deepEqual(seen, ["b4", "b3", "b1"]);
});

test("GET /backups calls no operation: a read never waits for the engine", async () => {
  const { ask, operations } = withRows();
  await ask("GET /backups");
  await ask("GET /backups/b1");
  assert.deepEqual(operations.calls, []);
});

test("POST /backups starts the only job and answers 202 with its run", async () => {
  const { ask, operations } = testApi();
  const response = await ask("POST /backups", { headers: { "idempotency-key": "k-1" } });
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("location"), "/runs/r-new");
  const view = await response.json();
  assert.equal(view.id, "b-new");
  assert.equal(view.status, "running");
  assert.equal(view.end_time, null);
  assert.deepEqual(operations.calls[0], {
    name: "trigger",
    args: ["db", { name: "socket", role: "admin", isLocal: true }, "k-1"],
  });
});

test("POST /backups asks for a job by name when there are several, and names them", async () => {
  const { ask, operations } = testApi();
  operations.names = ["db", "web"];
  const problem = await problemOf(await ask("POST /backups"));
  assert.equal(problem.status, 400);
  assert.deepEqual(problem.errors, [{ field: "job", message: "is missing: expected one of db, web" }]);
  assert.equal((await ask("POST /backups?job=web")).status, 202);
  assert.deepEqual(operations.calls.map((call) => call.args[0]), ["web"]);
});

test("POST /backups answers 404 for a job that is not configured", async () => {
  const { ask, operations } = testApi();
  const problem = await problemOf(await ask("POST /backups?job=dbb"));
  assert.equal(problem.status, 404);
  assert.equal(problem.detail, "There is no job 'dbb': expected 'db'");
  operations.names = [];
  assert.equal((await problemOf(await ask("POST /backups"))).status, 404);
});

test("POST /backups answers 202 with id null when the provider's answer was lost", async () => {
  const { ask, operations } = testApi();
  const run = testRun({ runId: "r9", status: "unknown", trigger: "manual", slot: null, endTime: null });
  operations.triggerOutcome = { outcome: "unknown", run, message: "no answer within 60 s" };
  const response = await ask("POST /backups");
  assert.equal(response.status, 202);
  const view = await response.json();
  assert.equal(view.id, null);
  assert.equal(view.status, "running");
  assert.equal(view.state, "unknown");
  assert.equal(view.custom_data, "no answer within 60 s");
});

test("POST /backups answers 502 when the provider refused, 409 when a run goes on, 503 when Schelly stops", async () => {
  const { ask, operations } = testApi();
  const run = testRun({ runId: "r9", status: "failed" });
  operations.triggerOutcome = { outcome: "refused", run, message: "POST /backups answered 403" };
  const refused = await problemOf(await ask("POST /backups"));
  assert.equal(refused.status, 502);
  assert.match(refused.detail, /its provider refused: .*answered 403/);
  const why = async (reason: string) => {
    const other = { ...run, reason };
    operations.triggerOutcome = { outcome: "refused", run: other, message: "no" };
    return (await problemOf(await ask("POST /backups"))).detail;
  };
  assert.match(
    await why("unreachable"),
    /^Cannot start a backup of 'db': its provider could not be reached: no/,
  );
  assert.match(await why("wrong_password"), /its provider cannot be used until that is fixed: no/);
  assert.deepEqual(refused.candidates, [{ job: "db", run_id: "r9", id: null }]);

  operations.triggerOutcome = { outcome: "busy", runId: "r8", cause: null };
  const busy = await problemOf(await ask("POST /backups"));
  assert.equal(busy.status, 409);
  assert.match(busy.detail, /^Run r8 of 'db' is not finished yet$/);
  operations.triggerOutcome = {
    outcome: "busy",
    runId: "r8",
    cause: "it waits for its turn at provider 'p'",
  };
  const inLine = await problemOf(await ask("POST /backups"));
  assert.match(
    inLine.detail,
    /^Run r8 of 'db' has not begun yet: it waits for its turn at provider 'p', and then/,
  );
  assert.deepEqual(busy.candidates, [{ job: "db", run_id: "r8", id: null }]);

  operations.triggerOutcome = { outcome: "stopping" };
  assert.equal((await problemOf(await ask("POST /backups"))).status, 503);
});

test("POST /backups does not mind a body that the original's clients send", async () => {
  const { ask } = testApi();
  assert.equal((await ask("POST /backups", { body: "a=b" })).status, 202);
});

test("GET /backups/{id} finds by the provider's id and by the run id", async () => {
  const { ask } = withRows();
  assert.equal((await (await ask("GET /backups/b1")).json()).run_id, "r1");
  assert.equal((await (await ask("GET /backups/r1")).json()).id, "b1");
  assert.equal((await problemOf(await ask("GET /backups/b1?job=web"))).status, 404);
});

test("GET /backups/{id} answers 409 with the candidates when the id exists in several jobs", async () => {
  const { ask, reads } = testApi();
  reads.runRows = [
    testRun({ runId: "r1", id: "7" }),
    testRun({ runId: "r2", id: "7", job: "web", providerKey: "restic-b" }),
  ];
  const problem = await problemOf(await ask("GET /backups/7"));
  assert.equal(problem.status, 409);
  assert.deepEqual(problem.candidates, [
    { job: "db", run_id: "r1", id: "7" },
    { job: "web", run_id: "r2", id: "7" },
  ]);
  assert.equal((await (await ask("GET /backups/7?job=web")).json()).run_id, "r2");
});

test("DELETE /backups/{id} deletes the run a run id names, whatever ids a provider hands out", async () => {
  const { ask, reads, operations } = testApi();
  reads.runRows = [testRun({ runId: "r1", id: "7" }), testRun({ runId: "r2", id: "r1" })];
  assert.equal((await ask("DELETE /backups/r1")).status, 202);
  assert.equal((operations.calls[0]!.args[0] as { runId: string }).runId, "r1");
});

test("GET /backups/{id} shows an unfinished run without an id, and sends to /runs for what made no backup", async () => {
  const { ask, reads } = testApi();
  reads.runRows = [
    testRun({ runId: "r1", status: "unknown" }),
    testRun({ runId: "r2", status: "skipped", startTime: MARCH - DAY }),
  ];
  assert.equal((await (await ask("GET /backups/r1")).json()).id, null);
  const problem = await problemOf(await ask("GET /backups/r2"));
  assert.equal(problem.status, 404);
  assert.match(problem.detail, /skipped .* \/runs\/r2/);
});

test("GET /backups/{id} takes ids with slashes, quotes, percent signs, other scripts and 4 KB as they are", async () => {
  const { ask, reads } = testApi();
  for (
    const id of [
      "a/b",
      'it\'s "x"',
      "100%",
      "%2F",
      "..%2F..",
      "バックアップ 🗄️",
      "?job=x#y",
      "x".repeat(4096),
    ]
  ) {
    reads.runRows = [testRun({ runId: "r1", id })];
    const response = await ask(`GET /backups/${encodeURIComponent(id)}`);
    assert.equal(response.status, 200, id.slice(0, 20));
    assert.equal((await response.json()).id, id);
    assert.equal((await ask(`GET /backups/${encodeURIComponent(id)}/explain`)).status, 200);
  }
});

test("GET /backups/{id} refuses control characters and broken encodings with 400", async () => {
  const { ask } = withRows();
  for (const path of ["%00", "a%0Ab", "%C2%85", "%zz", "%ff", "%"]) {
    assert.equal((await problemOf(await ask(`GET /backups/${path}`))).status, 400, path);
  }
});

test("DELETE /backups/{id} hands the row to the engine and answers 202, or 409 with the engine's reason", async () => {
  const { ask, operations } = withRows();
  const response = await ask("DELETE /backups/b1");
  assert.equal(response.status, 202);
  assert.equal((await response.json()).status, "deleting");
  assert.equal((operations.calls[0]!.args[0] as { runId: string }).runId, "r1");

  operations.deleteOutcome = { outcome: "conflict", message: "Backup 'b1' is held by ops" };
  const problem = await problemOf(await ask("DELETE /backups/b1"));
  assert.equal(problem.status, 409);
  assert.equal(problem.detail, "Backup 'b1' is held by ops");
  assert.equal((await problemOf(await ask("DELETE /backups/nope"))).status, 404);
  assert.equal(operations.calls.length, 2);
});

test("GET /backups/{id}/explain says what retention would do now", async () => {
  const { ask, operations } = withRows();
  const row = {
    id: "b1",
    run_id: "r1",
    period_time: "2026-03-01T00:00:00.000Z",
    tags: ["daily" as const],
    size_mb: null,
  };
  operations.retentionViews.set(
    "db",
    testRetention("db", { keep: [{ ...row, ...reasonFields([DAILY]) }] }),
  );
  const kept = ExplainView.parse(await (await ask("GET /backups/b1/explain")).json());
  assert.equal(kept.kept, true);
  assert.deepEqual(kept.reasons, ["daily 1 of 4 (2026-03-01)"]);
  assert.deepEqual(kept.kept_for, [DAILY]);

  operations.retentionViews.set("db", testRetention("db", { remove: [{ ...row, ...reasonFields([]) }] }));
  const going = await (await ask("GET /backups/b1/explain")).json();
  assert.equal(going.kept, false);
  assert.match(going.notes.join(" "), /next retention pass deletes it/);
});

test("a read answers 503 with Retry-After while the store fails", async () => {
  const { ask, reads } = withRows();
  reads.failure = new StoreError("failed", "disk I/O error");
  const response = await ask("GET /backups");
  assert.equal(response.headers.get("retry-after"), "5");
  const problem = await problemOf(response);
  assert.equal(problem.status, 503);
  assert.match(problem.detail, /disk I\/O error/);
});
