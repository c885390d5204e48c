// Restores over the API: how one is asked for and followed, how a backup is looked into, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FilesView, RestoreView } from "../../src/ports/views/restores.ts";
import { testRun } from "../support/memory_reads.ts";
import { problemOf, testApi } from "../support/test_api.ts";

function withRows() {
  const api = testApi();
  api.reads.runRows = [testRun({ runId: "r1", id: "b1" })];
  return api;
}

const order = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers },
});

test("a restore is asked for with all it may be asked for, and followed under its operation", async () => {
  const { ask, operations } = withRows();
  const body = { target: "/srv/restored/a", include: ["etc/passwd"], overwrite: true, any_owner: true };
  const answer = await ask("POST /backups/b1/restore", order(body, { "idempotency-key": "k" }));
  assert.equal(answer.status, 202);
  assert.equal(answer.headers.get("location"), "/operations/o-1");
  const view = RestoreView.parse(await answer.json());
  assert.deepEqual([view.state, view.target, view.include], ["running", body.target, body.include]);
  const [run, wish, by] = operations.calls.at(-1)!.args as [{ id: string }, unknown, { role: string }];
  assert.deepEqual(wish, {
    ...{ target: body.target, include: body.include, dryRun: false, overwrite: true, anyOwner: true },
    callerKey: "k",
  });
  assert.deepEqual([run.id, by.role], ["b1", "admin"]);
  assert.equal((await (await ask("GET /operations/o-7")).json()).operation_id, "o-7");
  assert.equal((await (await ask("GET /operations?job=db&limit=5")).json()).length, 1);
  assert.equal((await ask("POST /operations/o-7/cancel")).status, 202);
});

test("what cannot be restored is a conflict, what must not be is refused, what is none is not found", async () => {
  const { ask, operations } = withRows();
  const asked = () => ask("POST /backups/b1/restore", order({ target: "/srv/x" }));
  operations.restoreOutcome = { outcome: "conflict", message: "it is busy" };
  assert.deepEqual([(await problemOf(await asked())).status, (await asked()).status], [409, 409]);
  operations.restoreOutcome = { outcome: "refused", message: "it is not empty" };
  const problem = await problemOf(await asked());
  assert.deepEqual([problem.status, problem.title, problem.detail], [422, "Not valid", "it is not empty"]);
  operations.restoreOutcome = undefined;
  assert.equal((await ask("POST /backups/none/restore", order({ target: "/srv/x" }))).status, 404);
  assert.match((await problemOf(await ask("GET /operations/none"))).detail, /There is no restore 'none'/);
  assert.equal((await ask("POST /operations/none/cancel")).status, 404);
  for (
    const [body, field] of [
      [{}, "target"],
      [{ target: "relative" }, "target"],
      [{ target: "/a", include: "all" }, "include"],
      [{ target: "/a", dryrun: true }, "dryrun"],
    ] as const
  ) {
    const { status, errors } = await problemOf(await ask("POST /backups/b1/restore", order(body)));
    assert.deepEqual([status, errors?.[0]?.field], [400, field]);
  }
});

test("a backup is looked into a page at a time; a folder that leaves it is refused before anybody is asked", async () => {
  const { ask, operations } = withRows();
  const answer = await ask("GET /backups/b1/files?path=srv/&after=0&limit=5");
  const page = FilesView.parse(await answer.json());
  assert.deepEqual([page.entries[0]?.path, page.entries[0]?.size, page.next], ["srv/a.txt", 3, "a.txt"]);
  assert.deepEqual(operations.calls.at(-1)!.args.slice(1), ["srv", "0", 5]);
  operations.calls = [];
  const { status, errors } = await problemOf(await ask("GET /backups/b1/files?path=../etc"));
  assert.deepEqual([status, errors?.[0]?.field, operations.calls], [400, "path", []]);
  operations.filesOutcome = { outcome: "none", message: "no such folder" };
  assert.equal((await ask("GET /backups/b1/files?path=x")).status, 404);
  operations.filesOutcome = { outcome: "conflict", message: "no extension" };
  assert.equal((await ask("GET /backups/b1/files")).status, 409);
});
