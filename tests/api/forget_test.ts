// Forgetting a job over the API: an admin's word, refused with the reason, and what is then said of the name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf, testApi } from "../support/test_api.ts";

test("DELETE /jobs/{job} forgets it, and answers since when", async () => {
  const api = testApi();
  const answer = await api.ask("DELETE /jobs/db");
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { job: "db", forgotten_at: "2026-03-01T00:00:00.000Z" });
  assert.deepEqual(api.operations.calls, [
    { name: "jobFile", args: ["db"] },
    { name: "forget", args: ["db", { name: "socket", role: "admin", isLocal: true }] },
  ]);
});

test("that the storage is gone is said in so many words, or not at all", async () => {
  const api = testApi();
  assert.equal((await api.ask("DELETE /jobs/db?storage=gone")).status, 200);
  assert.deepEqual(api.operations.calls[0]!.args, [
    "db",
    { name: "socket", role: "admin", isLocal: true },
    true,
  ]);
  assert.equal((await api.ask("DELETE /jobs/db?storage=yes")).status, 400);
  assert.equal(api.operations.calls.length, 1);
});

test("what stands in the way is 409 in its own words, an unknown name 404", async () => {
  const api = testApi();
  api.operations.forgetOutcome = { outcome: "conflict", message: "Cannot forget job 'db': it is there" };
  const refused = await problemOf(await api.ask("DELETE /jobs/db"));
  assert.deepEqual([refused.status, refused.detail], [409, "Cannot forget job 'db': it is there"]);
  const unknown = await problemOf(await api.ask("DELETE /jobs/none"));
  assert.deepEqual([unknown.status, unknown.detail], [404, "There is no job 'none' on record"]);
});

test("a job that was forgotten is 404 that says so, everywhere else as any unknown name", async () => {
  const api = testApi();
  api.operations.forgottenTexts.set("old", "Job 'old' was forgotten on a day");
  const shown = await problemOf(await api.ask("GET /jobs/old"));
  assert.deepEqual([shown.status, shown.detail], [404, "Job 'old' was forgotten on a day"]);
  assert.match(
    (await problemOf(await api.ask("GET /jobs/none"))).detail,
    /There is no job 'none': expected 'db'/,
  );
  assert.equal((await api.ask("POST /jobs/old/trigger")).status, 404);
});
