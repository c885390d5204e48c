// A worker with a Backuper of one's own: what it is told, what it answers, and when it stops.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backuper, BackupTask } from "../../../src/ports/provider.ts";
import { workOnConductor } from "../../../src/provider/conductor/conductor_worker.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeConductor } from "../../support/fake_conductor.ts";

const RUN = "01a0ddff-6f20-7000-8001-00000000000b";

function rig(create: (task: BackupTask) => ReturnType<Backuper["create"]>) {
  const clock = new FakeClock(0);
  const server = new FakeConductor(() => clock.now());
  server.removal = "running";
  const removed: string[][] = [];
  const told: string[] = [];
  const backuper: Backuper = {
    init: () => Promise.resolve(),
    create,
    delete: (id, dataId) => Promise.resolve(removed.push([id, dataId]) > 0),
  };
  const begin = () =>
    workOnConductor(backuper, { url: "http://c/api/", name: "w", tell: (line) => void told.push(line) }, {
      clock,
      http: server.http,
    });
  const start = async (name: string, input: object, correlationId: string | null = RUN) => {
    const body = JSON.stringify({ name, correlationId, input });
    return await (await server.http(new Request("http://c/api/workflow", { method: "POST", body }))).text();
  };
  return { clock, server, removed, told, begin, start };
}

test("a backup is made and removed with what the workflows say of it", async () => {
  const seen: BackupTask[] = [];
  const r = rig((task) => {
    seen.push(task);
    return Promise.resolve({ sizeMb: 2.5 });
  });
  const made = await r.start("create_backup", { backupName: "files", workerConfig: "w" });
  await using _worker = r.begin();
  await r.clock.advance(1_000);
  const { status, output } = r.server.workflows.get(made)!;
  assert.deepEqual([status, output], ["COMPLETED", { dataId: made, dataSizeMB: 2.5 }]);
  const [{ id, runId, job, body }] = seen as [BackupTask];
  assert.deepEqual([id, runId, job, body], [made, RUN, "files", { backupName: "files", workerConfig: "w" }]);

  const gone = await r.start("remove_backup", { backupName: "files", dataId: made }, made);
  const other = await r.start("remove_backup", { backupName: "files", dataId: "tape-7" }, null);
  const none = await r.start("remove_backup", { backupName: "files" });
  await r.clock.advance(3_000);
  assert.deepEqual(r.removed, [[made, made], ["tape-7", "tape-7"]]);
  assert.deepEqual([gone, other, none].map((one) => r.server.workflows.get(one)!.status), [
    "COMPLETED",
    "COMPLETED",
    "FAILED",
  ]);
});

test("a failure is answered in its own words, and a backup that another worker had begun is not made over it", async () => {
  const r = rig(() => Promise.reject(new Error("disk full at /x")));
  const failed = await r.start("create_backup", {});
  await using _worker = r.begin();
  await r.clock.advance(1_000);
  assert.equal(r.server.workflows.get(failed)!.reasonForIncompletion, "disk full at /x");
  r.server.pollCount = 2;
  const again = await r.start("create_backup", {});
  await r.clock.advance(1_000);
  assert.match(r.server.workflows.get(again)!.reasonForIncompletion!, /has stopped in the middle/);
});

test("long work is told of, and ends where its workflow was terminated, or the worker is stopped", async () => {
  const ended: string[] = [];
  const r = rig(({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        ended.push((signal.reason as Error).message);
        reject(signal.reason);
      });
    })
  );
  const one = await r.start("create_backup", {});
  const worker = r.begin();
  await r.clock.advance(25_000);
  assert.deepEqual(r.server.updates.map(({ status, extendLease }) => [status, extendLease]), [[
    "IN_PROGRESS",
    true,
  ]]);
  r.server.end(one, "TERMINATED");
  await r.clock.advance(6_000);
  assert.deepEqual(ended, ["the workflow is over: TERMINATED"]);

  const two = await r.start("create_backup", {});
  await r.clock.advance(2_000);
  const stopped = worker[Symbol.asyncDispose]();
  await r.clock.advance(1_000);
  await stopped;
  assert.equal(r.server.workflows.get(two)!.reasonForIncompletion, "the worker was stopped");
});

test("while Conductor is away nothing is lost: what was made is answered when it is back", async () => {
  const r = rig(() => Promise.resolve({ dataId: "tape-7" }));
  const made = await r.start("create_backup", {});
  r.server.trouble = (method) => method === "POST" ? new TypeError("client error (Connect)") : undefined;
  await using _worker = r.begin();
  await r.clock.advance(120_000);
  assert.equal(r.server.workflows.get(made)!.status, "RUNNING");
  r.server.trouble = () => undefined;
  await r.clock.advance(60_000);
  assert.deepEqual(r.server.workflows.get(made)!.output, { dataId: "tape-7" });
  r.server.trouble = () => new Response("away", { status: 503 });
  await r.clock.advance(20_000);
  assert.match(r.told.at(-1)!, /^Cannot ask for work: status 503: away/);
});
