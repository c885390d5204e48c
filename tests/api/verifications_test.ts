// Verifications over the API: how one is asked for, what is told of a backup, and what is refused.
// Also tests verification_views.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { testRun } from "../support/memory_reads.ts";
import { problemOf, testApi } from "../support/test_api.ts";
import { BackupVerificationView, VerificationView } from "../../src/ports/views/proof.ts";

const MARCH = Date.UTC(2026, 2, 1);

function withRows(overrides = {}) {
  const api = testApi(overrides);
  api.reads.runRows = [
    testRun({ runId: "r1", id: "b1", startTime: MARCH, verification: "passed", verifiedAt: MARCH + 1 }),
  ];
  return api;
}

test("a verification is asked for by method, and told of with what is known of its backup", async () => {
  const { ask } = withRows();
  const answer = await ask("POST /backups/b1/verify?method=restore");
  assert.equal(answer.status, 202);
  assert.equal(VerificationView.parse(await answer.json()).method, "restore");
  const view = BackupVerificationView.parse(await (await ask("GET /backups/b1/verification")).json());
  assert.deepEqual([view.verification, view.verified_at], ["passed", "2026-03-01T00:00:00.001Z"]);
  assert.deepEqual(view.verifications.map(({ state }) => state), ["passed"]);
});

test("what cannot be is told as a conflict; an unknown method or backup is refused", async () => {
  const { ask, operations } = withRows();
  assert.equal((await ask("POST /backups/b1/verify?method=hope")).status, 400);
  assert.equal((await ask("POST /backups/none/verify")).status, 404);
  const fake = operations as unknown as { verifyOutcome: unknown };
  fake.verifyOutcome = { outcome: "conflict", message: "a backup is under way" };
  const problem = await problemOf(await ask("POST /backups/b1/verify"));
  assert.deepEqual([problem.status, problem.detail], [409, "a backup is under way"]);
});
