// Two provider keys of one service, through the real engine and store: a backup is known under both.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider } from "../../support/fake_provider.ts";
import { type Rig, rig } from "../../support/engine_rig.ts";

const NEVER = "0 0 0 1 1 *";
const JOBS = ["p", "q"].map((key) => ({
  name: `job-${key}`,
  schedule: NEVER,
  graceMs: 20_000,
  providerKey: key,
  providerKeys: [key],
}));
const two = (serviceOf?: (key: string) => string) =>
  rig({
    jobs: JOBS,
    providers: (clock) =>
      ["p", "q"].map((key) => new FakeProvider({ clock, key, capabilities: { list: true } })),
    ...(serviceOf === undefined ? {} : { serviceOf }),
  });

async function make(r: Rig, job: string): Promise<void> {
  await r.engine.job(job)!.trigger("ops", null);
  await r.clock.advance(60_000);
}

test("an id that another spelling of the service has bound is bound to nobody else, and latches the jobs of both", async () => {
  await using r = await two(() => "one");
  await make(r, "job-p");
  r.providers.get("q")!.plan({ id: "p-1" });
  await make(r, "job-q");
  assert.deepEqual((await r.store.latched()).map(({ job, guard }) => `${job} ${guard}`).toSorted(), [
    "job-p duplicate_id",
    "job-q duplicate_id",
  ]);
  assert.deepEqual((await r.store.find("p-1")).map(({ job }) => job), ["job-p"]);
  assert.match(
    (await r.store.latched("job-q"))[0]!.message,
    /already belongs to run .* of job 'job-p' at the same service, by the key 'p': expected an id never used before/,
  );
});

test("ids of two services are two, however alike", async () => {
  await using r = await two((key) => key);
  await make(r, "job-p");
  r.providers.get("q")!.plan({ id: "p-1" });
  await make(r, "job-q");
  assert.deepEqual(await r.store.latched(), []);
  assert.equal((await r.store.find("p-1")).length, 2);
});

test("an import leaves out what another job has under another spelling of the service", async () => {
  await using r = await two(() => "one");
  await make(r, "job-p");
  r.providers.get("q")!.seed({ id: "p-1" });
  const report = await r.engine.importBackups(r.engine.job("job-q")!, {
    by: "ops",
    dryRun: false,
    ids: ["p-1"],
  });
  assert.deepEqual(report!.rows, []);
  assert.match(
    report!.skipped[0]!.why,
    /it is known: run .* of job 'job-p', available, at the same service by the key 'p'/,
  );
});

test("an import leaves out what another job has by an id that is given once, whatever the providers are called", async () => {
  await using r = await two((key) => key);
  const id = "01a21e11-27bf-73b6-8a0d-fe12d535c32f";
  r.providers.get("p")!.plan({ id });
  await make(r, "job-p");
  await r.engine.safekeeping.hold((await r.store.find(id))[0]!, {
    reason: "audit",
    owner: "kim",
    until: null,
  }, "kim");
  r.providers.get("q")!.seed({ id });
  const wish = { by: "ops", dryRun: false, ids: [id] };
  const report = await r.engine.importBackups(r.engine.job("job-q")!, wish);
  assert.deepEqual(report!.rows, []);
  assert.match(
    report!.skipped[0]!.why,
    /^it is known: run .* of job 'job-p', available, held by kim \(audit\), at 'p', and no two backups have such an id/,
  );
});
