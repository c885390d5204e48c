// What callers are told of what failed runs left.

import assert from "node:assert/strict";
import { test } from "node:test";
import { leftoverTexts } from "../../../src/app/operations/leftovers.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;

test("leftoverTexts() says of failed runs alone why what they left stays, of each job by what applies to it", async () => {
  const jobs = [
    { name: "db", keepFailed: { ms: 60 * MINUTE, isSet: true } },
    { name: "files", providerKey: "q", keepFailed: { ms: Infinity, isSet: false } },
  ];
  await using r = await rig({
    jobs,
    providers: (clock) => ["p", "q"].map((key) => new FakeProvider({ clock, key }).plan({ ends: "failed" })),
  });
  await r.clock.advance(2 * MINUTE + 1_000);
  const runs = [...await r.runs(undefined, "db"), ...await r.runs(undefined, "files")];
  const told = async () => {
    const texts = await leftoverTexts(r, runs);
    return runs.map(({ runId }) => texts.get(runId) ?? null);
  };
  assert.deepEqual(await told(), [
    "What it left stays until 2026-03-02T11:01:00Z (keep_failed 1h), and until a later backup of the job is available.",
    null,
    "What it left stays: keep_failed is forever.",
    null,
  ]);
  await r.engine.reload(r.declare([jobs[0]!]));
  assert.equal((await told())[2], "What it left stays: job 'files' is not in the configuration.");
});
