// How the proofs of a job show, in its view and in its health, and what asking for one answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jobVerificationView, verificationOperations } from "../../../src/app/operations/verifications.ts";
import { rig } from "../../support/engine_rig.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { VerifyingProvider } from "../../support/verifying_provider.ts";

const HOUR = 3_600_000;
const ANN = { name: "ann", role: "operator" } as const;
const JOB = {
  schedule: "0 0 * * * *",
  verify: {
    ...{ schedule: "0 30 * * * *", select: "newest", method: "restore" } as const,
    ...{ timeoutMs: HOUR, everyMs: 24 * HOUR, maxConcurrent: 1 },
  },
};

test("a job shows when the next proof comes, what was proved, and how long a restore takes", async () => {
  await using made = await rig({
    jobs: [JOB],
    providers: (clock) => [new VerifyingProvider({ clock, key: "p" })],
  });
  const view = () => jobVerificationView(made.engine.verifications.of("db"), made.clock.now())!;
  assert.equal(jobVerificationView(undefined, 0), null);
  await made.clock.advance(HOUR + 60_000);
  assert.deepEqual([view().next_at, view().proved_at, view().last], ["2026-03-02T11:30:00.000Z", null, null]);
  await made.clock.advance(HOUR / 2);
  const { proved_id, last, restore, running, every_seconds } = view();
  assert.deepEqual([proved_id, last?.state, running, every_seconds], ["p-1", "passed", null, 86_400]);
  const measured = { bytes: 1000, seconds: 60, bytes_per_second: 17 };
  assert.deepEqual(restore, { ...measured, median_seconds: null, median_of: null });
  await made.clock.advance(3 * HOUR);
  assert.deepEqual(view().restore, { ...measured, median_seconds: 60, median_of: 3 });
});

test("asking for one answers what is in the way", async () => {
  await using made = await rig({
    jobs: [JOB, { name: "plain", providerKey: "q", schedule: "0 0 * * * *" }],
    providers: (clock) => [
      new VerifyingProvider({ clock, key: "p", verifyMs: HOUR }),
      new FakeProvider({ clock, key: "q" }),
    ],
  });
  await made.clock.advance(HOUR + 60_000);
  const { verifyBackup, verificationsOf } = verificationOperations(made);
  const [run] = await made.store.find("p-1");
  assert.equal((await verifyBackup(run!, "check", ANN)).outcome, "accepted");
  await made.clock.advance(1_000);
  assert.deepEqual((await verificationsOf(run!, 5)).map(({ state, method }) => [state, method]), [[
    "running",
    "check",
  ]]);
  const again = await verifyBackup(run!, undefined, ANN);
  assert.match(
    again.outcome === "conflict" ? again.message : "",
    /a verification of backup 'p-1' is under way/,
  );
  const [other] = await made.store.find("q-1");
  const plain = await verifyBackup(other!, undefined, ANN);
  assert.match(plain.outcome === "conflict" ? plain.message : "", /has no extension 'verify'/);
  const gone = await verifyBackup({ ...run!, status: "deleted" }, undefined, ANN);
  assert.match(gone.outcome === "conflict" ? gone.message : "", /it is 'deleted': expected 'available'/);
});
