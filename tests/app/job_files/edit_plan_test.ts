// The plan of an edit of one job: what changes of it, what of its backups goes, and what the same reload takes along.

import assert from "node:assert/strict";
import { test } from "node:test";
import { planEdit } from "../../../src/app/job_files/edit_plan.ts";
import { withEdit } from "../../../src/config/document/edited_files.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import type { Files } from "../../../src/ports/host.ts";
import type { RunStore } from "../../../src/ports/store.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const NOW = Date.UTC(2026, 10, 28, 12);
const DAY = 86_400_000;
const PATH = "/etc/schelly/jobs.d/db.yaml";

const job = (name: string, more: string) =>
  `jobs:\n  - { name: ${name}, schedule: "0 0 0 * * *", provider: { url: "http://p/${name}" }, ${more} }\n`;

const load = (files: Files) =>
  loadConfig({ flags: { config: "/etc/schelly/schelly.yaml" }, env: {}, files, now: NOW });

/** So many daily backups of the job at its provider. */
function storeOf(count: number) {
  const rows = Array.from({ length: count }, (_, n) => ({
    ...{
      runId: `r${n}`,
      id: `b${n}`,
      periodTime: NOW - (count - n) * DAY,
      endTime: NOW - (count - n) * DAY + 1,
    },
    ...{ held: false, suspect: false, imported: false, accepted: false },
  }));
  return {
    job: () => Promise.resolve({ availableCount: count }),
    latched: () => Promise.resolve([]),
    election: (_job: string, [key]: readonly string[]) =>
      Promise.resolve({ rows: key === "http://p/db" ? rows : [] }),
  } as unknown as Pick<RunStore, "job" | "election" | "latched">;
}

async function planned(
  before: string | null,
  after: string | null,
  count = 5,
  other = "retention: { daily: 3 }",
) {
  const files = new MemoryFiles({
    "/etc/schelly/schelly.yaml": `jobs_dir: jobs.d\n${job("a", "retention: { daily: 3 }")}`,
  });
  files.putFolder("/etc/schelly/jobs.d");
  if (before !== null) files.put(PATH, before);
  const inForce = await load(files);
  files.put("/etc/schelly/schelly.yaml", `jobs_dir: jobs.d\n${job("a", other)}`);
  const next = await load(withEdit(files, { path: PATH, text: after }));
  const parts = { clock: new FakeClock(NOW), store: storeOf(count), schedules: createScheduleCache() };
  return await planEdit(parts, "db", inForce, next);
}

test("a policy that keeps less names each backup that the next pass lets go", async () => {
  const plan = await planned(job("db", "retention: { daily: 5 }"), job("db", "retention: { daily: 2 }"));
  assert.deepEqual([plan.change, plan.settings], ["changed", [{
    key: "retention.daily",
    old: "5@L",
    new: "2@L",
  }]]);
  assert.deepEqual([plan.backups!.count, plan.backups!.deletes_now], [5, { before: 0, after: 3 }]);
  assert.deepEqual(plan.backups!.remove.map(({ id }) => id), ["b0", "b1", "b2"]);
  assert.deepEqual(plan.reload, ["job 'db' changed"]);
});

test("an edit of what no election reads looks at no backup; a setting that is not plain shows all the same", async () => {
  const plan = await planned(
    job("db", "retention: { daily: 5 }"),
    job("db", "retention: { daily: 5 }, grace_time: 2h"),
  );
  assert.deepEqual([plan.backups, plan.settings], [null, [{ key: "grace_time", old: "1h", new: "2h" }]]);
});

test("a new job, one that goes, and other edits that come along are said", async () => {
  const added = await planned(null, job("db", "retention: { daily: 5 }"), 0);
  assert.deepEqual([added.change, added.returns_to, added.reload], ["added", 0, ["job 'db' added"]]);
  const removed = await planned(job("db", "retention: { daily: 5 }"), null, 5, "retention: { daily: 1 }");
  assert.deepEqual([removed.change, removed.backups?.unmanaged], ["removed", 5]);
  assert.deepEqual(removed.reload, ["job 'a' changed", "job 'db' removed, its backups stay untouched"]);
});

test("a job that comes back to backups of before says that they are there, and promises nothing of them", async () => {
  const back = await planned(null, job("db", "retention: { daily: 5 }"), 29);
  assert.deepEqual([back.change, back.backups, back.returns_to], ["added", null, 29]);
  assert.match(
    back.notes.join(),
    /29 backups of a job of this name are on record.*none goes before 'schelly retention approve db'/,
  );
});

test("of more backups than fit into a plan it is said that none was looked at", async () => {
  const plan = await planned(
    job("db", "retention: { daily: 5 }"),
    job("db", "retention: { daily: 2 }"),
    5,
    undefined,
  );
  assert.ok(plan.backups !== null);
  const store = { ...storeOf(1), job: () => Promise.resolve({ availableCount: 300_000 } as never) };
  const files = new MemoryFiles({ "/etc/schelly/schelly.yaml": job("db", "retention: { daily: 5 }") });
  const before = await load(files);
  files.put("/etc/schelly/schelly.yaml", job("db", "retention: { daily: 2 }"));
  const parts = { clock: new FakeClock(NOW), store, schedules: createScheduleCache() };
  const many = await planEdit(parts, "db", before, await load(files));
  assert.equal(many.backups, null);
  assert.match(many.notes.join(), /it has 300000 backups: expected at most 200000/);
});
