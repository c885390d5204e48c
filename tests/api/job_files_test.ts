// POST, PUT and DELETE of a job over the API: what reaches the operations of a request, and how each outcome is answered.
// Also tests input_leaves.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PutJob } from "../../src/ports/job_edits.ts";
import { testJobEdit } from "../support/fake_operations.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const BY = { name: "socket", role: "admin", isLocal: true };
const jsonBody = (body: unknown, headers: Record<string, string> = {}) => ({
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers },
});
const yamlBody = (body: string, type = "application/yaml") => ({ body, headers: { "content-type": type } });

test("POST creates, PUT replaces: settings as JSON, or the text of the file as it is", async () => {
  const api = testApi();
  api.operations.jobEditOutcome = { outcome: "done", view: testJobEdit("db"), created: true };
  const made = await api.ask("POST /jobs/db", jsonBody({ schedule: "@daily" }));
  assert.deepEqual([made.status, made.headers.get("etag")], [201, testJobEdit("db").etag]);
  assert.deepEqual(await made.json(), testJobEdit("db"));
  const text = "# mine\njobs: [ { name: db } ]\n";
  const put = await api.ask("PUT /jobs/db?dry_run=true", {
    ...yamlBody(text, "text/yaml; charset=utf-8"),
    headers: { "content-type": "text/yaml; charset=utf-8", "if-match": '"a"', "if-none-match": "*" },
  });
  assert.equal(put.status, 201, await put.clone().text());
  const asked = api.operations.calls.map(({ args }) => args as [string, unknown, PutJob]);
  assert.deepEqual(asked, [
    ["db", BY, { wish: { kind: "settings", settings: { schedule: "@daily" } }, create: true, dryRun: false }],
    ["db", BY, {
      wish: { kind: "text", text },
      create: false,
      dryRun: true,
      ifMatch: '"a"',
      ifNoneMatch: "*",
    }],
  ]);
});

test("each outcome has its status, and an invalid job names what is wrong", async () => {
  const api = testApi();
  const put = async () => await problemOf(await api.ask("PUT /jobs/db", jsonBody({})));
  for (
    const [outcome, status] of [["refused", 403], ["conflict", 409], ["precondition", 412], [
      "none",
      404,
    ]] as const
  ) {
    api.operations.jobEditOutcome = { outcome, message: `it is ${outcome}` };
    const problem = await put();
    assert.deepEqual([problem.status, problem.detail], [status, `it is ${outcome}`]);
  }
  api.operations.jobEditOutcome = { outcome: "invalid", message: "not valid", problems: ["a: b", "c: d"] };
  const invalid = await put();
  assert.deepEqual([invalid.status, invalid.errors?.map(({ message }) => message)], [422, ["a: b", "c: d"]]);
});

test("a body of another kind, none, or one that cannot be read asks for nothing", async () => {
  const api = testApi();
  const statusOf = async (init: RequestInit) => (await problemOf(await api.ask("PUT /jobs/db", init))).status;
  assert.equal(await statusOf({}), 415);
  assert.equal(await statusOf(yamlBody("x", "text/plain")), 415);
  assert.equal(await statusOf(yamlBody("{", "application/json")), 400);
  assert.equal(
    await statusOf({ body: new Uint8Array([0xff]), headers: { "content-type": "application/yaml" } }),
    400,
  );
  assert.equal(await statusOf(yamlBody("x".repeat(1024 * 1024 + 1))), 413);
  assert.deepEqual(api.operations.calls, []);
});

test("the file of a job comes as it is, with its ETag", async () => {
  const api = testApi();
  assert.equal((await problemOf(await api.ask("GET /jobs/db/file"))).status, 404);
  api.operations.jobFileOutcome = { outcome: "done", text: "jobs: []\n", etag: '"a"' };
  const file = await api.ask("GET /jobs/db/file");
  assert.deepEqual([await file.text(), file.headers.get("etag")], ["jobs: []\n", '"a"']);
  assert.match(file.headers.get("content-type")!, /^application\/yaml/);
});

test("DELETE takes a job out whose file is there, and forgets any other; it is asked not to by forget=true", async () => {
  const api = testApi();
  const named = () =>
    api.operations.calls.splice(0).map(({ name }) => name).filter((name) => name !== "jobFile");
  await api.ask("DELETE /jobs/db");
  assert.deepEqual(named(), ["forget"]);
  assert.equal((await problemOf(await api.ask("DELETE /jobs/db?dry_run=true"))).status, 409);
  assert.equal(
    (await problemOf(await api.ask("DELETE /jobs/db", { headers: { "if-match": '"a"' } }))).status,
    412,
  );
  assert.deepEqual(named(), []);
  api.operations.jobFileOutcome = { outcome: "done", text: "", etag: '"a"' };
  const view = testJobEdit("db", { change: "removed", etag: null });
  api.operations.jobEditOutcome = { outcome: "done", view, created: false };
  const out = await api.ask("DELETE /jobs/db?dry_run=true", { headers: { "if-match": '"a"' } });
  assert.deepEqual(await out.json(), { job: "db", forgotten_at: null, edit: view });
  assert.deepEqual(api.operations.calls.at(-1), {
    name: "removeJob",
    args: ["db", BY, { dryRun: true, ifMatch: '"a"' }],
  });
  named();
  await api.ask("DELETE /jobs/db?forget=true");
  await api.ask("DELETE /jobs/db?storage=gone");
  assert.deepEqual(named(), ["forget", "forget"]);
});
