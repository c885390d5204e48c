// Very many jobs are taken up together: what is stored of each counts, and what is new is added at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunStore } from "../../src/ports/store.ts";
import type { Job } from "../../src/domain/job.ts";
import { job, rig, START } from "../support/engine_rig.ts";

const yearly = "0 0 0 1 1 *";

function jobs(count: number, fields: Partial<Job> = {}): Partial<Job>[] {
  return Array.from({ length: count }, (_, at) => ({ name: `job-${at}`, schedule: yearly, ...fields }));
}

/** Counts what is asked of the store. */
function counting(counts: Record<string, number>) {
  return (store: RunStore): RunStore =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          counts[String(name)] = (counts[String(name)] ?? 0) + 1;
          return Reflect.apply(value, target, args);
        };
      },
    });
}

test("600 new jobs are three changes, and a start that finds them asks once for all", async () => {
  const counts: Record<string, number> = {};
  await using r = await rig({ jobs: jobs(600), wrap: counting(counts) });
  assert.equal((await r.store.jobs()).length, 600);
  assert.equal(r.told("job.added").length, 600);
  assert.equal(counts.commit, 3);
  await r.crash();
  for (const name of Object.keys(counts)) delete counts[name];
  await r.boot(jobs(600));
  assert.deepEqual(counts.commit ?? 0, 0, "nothing changed");
  assert.equal(counts.job ?? 0, 0);
  assert.equal(counts.jobs, 1);
  assert.equal(r.told("job.added").length, 600, "none is new again");
});

test("of many jobs, each comes up as it was stored: away, paused, edited, renamed, due", async () => {
  await using r = await rig({ jobs: jobs(60) });
  await r.engine.pause(r.engine.job("job-1")!, null, "moving", {
    type: "job.paused",
    level: "info",
    at: START,
    job: "job-1",
    message: "paused",
  });
  await r.engine.reload(r.declare(jobs(60).slice(0, 59)));
  await r.crash();
  await r.clock.advance(120_000);
  const edited = jobs(60);
  edited[2] = { ...edited[2], schedule: "0 * * * * *" };
  edited[3] = { ...edited[3], name: "renamed", renamedFrom: "job-3" };
  edited[4] = { ...edited[4], enabled: false };
  await r.boot(edited);
  assert.notEqual(r.engine.job("job-1")!.state.pausedAt, null);
  assert.equal(r.engine.job("job-2")!.state.schedule, "0 * * * * *");
  assert.equal(r.told("job.renamed").length, 1);
  assert.equal(await r.store.job("job-3"), undefined);
  assert.notEqual(r.engine.job("job-4")!.state.disabledSince, null);
  assert.equal((await r.store.job("job-59"))!.unmanagedSince, null, "it came back");
  await r.clock.advance(60_000);
  assert.equal((await r.runs("available", "job-2")).length, 1);
});

test("a reload of one edited job among many changes that one, and no other is asked about", async () => {
  const counts: Record<string, number> = {};
  await using r = await rig({ jobs: jobs(600), wrap: counting(counts) });
  for (const name of Object.keys(counts)) delete counts[name];
  const edited = jobs(600);
  edited[7] = { ...edited[7], retention: job().retention, graceMs: 1_000 };
  await r.engine.reload(r.declare(edited));
  assert.equal(counts.commit, 1);
  assert.equal(r.engine.job("job-7")!.job.graceMs, 1_000);
  assert.equal(r.engine.job("job-7")!.state.edition, 1);
  assert.equal(r.engine.job("job-8")!.state.edition, 0);
  assert.ok((counts.job ?? 0) + (counts.jobs ?? 0) < 5, JSON.stringify(counts));
  await r.clock.settle();
});

test("what was declared anew and says the same is what the job goes by from then on", async () => {
  await using r = await rig({ jobs: jobs(2) });
  const again = r.declare(jobs(2));
  await r.engine.reload(again);
  assert.equal(r.engine.job("job-0")!.job, again[0]!.job, "the former declaration is not kept in memory");
  assert.equal(r.engine.job("job-0")!.state.edition, 0);
});

test("jobs that are only shown are as they are stored, nothing is saved or begun, and news comes with the next look", async () => {
  const counts: Record<string, number> = {};
  const schedule = "0 * * * * *";
  await using r = await rig({ jobs: [{ name: "db", schedule }], wrap: counting(counts) });
  const [declared] = r.declare([{ name: "db", schedule }]);
  const { state } = r.engine.job("db")!;
  counts.commit = 0;
  const shown = r.another();
  await shown.show([declared!, ...r.declare([{ name: "new", schedule }])]);
  assert.deepEqual(shown.job("db")!.state, state);
  assert.equal(shown.job("new")!.running, null);
  assert.notEqual(shown.job("new")!.nextSlot(), null);
  assert.deepEqual(shown.counts, { all: 2, running: 0, paused: 0 });
  await r.clock.advance(61_000);
  await shown.show([declared!]);
  assert.equal(shown.job("db")!.running?.job, r.engine.job("db")!.running?.job);
  assert.ok(shown.job("db")!.state.cursor > state.cursor);
  assert.deepEqual(shown.jobNames(), ["db"]);
  await shown.stop(0);
});
