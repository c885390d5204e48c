// Every way to ask for jobs answers the same of an eventful state: one by one, in pages, all at once, and as metrics.
// Also tests job_facts.ts and metric_rows.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { metricRows } from "../../../src/app/metric_rows.ts";
import { readFactsOf, readFactsOfAll } from "../../../src/app/operations/job_facts.ts";
import {
  type JobsSlice,
  type pageOfJobs,
  slicesOfJobs,
  viewsOf,
} from "../../../src/app/operations/job_lists.ts";
import { jobOperations, type JobOperationsParts } from "../../../src/app/operations/jobs.ts";
import { InvalidCursor } from "../../../src/domain/errors.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";
import type { JobView } from "../../../src/ports/views/job.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { everyJob, joined } from "../../support/every_job.ts";
import { USAGE } from "../../support/fake_usage.ts";

const MINUTE = 60_000;
const OPS = { name: "ops", role: "admin" } as const;
const TIGHT = { retention: policy("minutely=2"), guard: { maxPercent: 10, policyChangeHoldMs: 0 } };

const partsOf = ({ engine, store, clock, watch }: Rig) =>
  ({ engine, store, clock, watch, storeTrouble: () => null }) as Partial<
    JobOperationsParts
  > as JobOperationsParts;

const namesOf = (jobs: readonly JobView[]) => jobs.map(({ job }) => job);

/** The lines that tell of jobs, as a program shows them that has never shown any before. */
async function gaugesOf(r: Rig, jobs: AsyncIterable<JobsSlice>): Promise<string[]> {
  const metrics = createMetrics({
    version: { version: "1", commit: "c" },
    startedAt: 0,
    usage: () => Promise.resolve(USAGE),
    logDropped: () => 0,
    clock: { monotonic: () => 0, yield: () => Promise.resolve() },
  });
  const intervals = new Map([["db", 90_000]]);
  const rows = metricRows({
    engine: r.engine,
    coverages: { kept: () => new Map() },
    departures: { countOf: () => null },
    intervalOf: ({ name }) => intervals.get(name) ?? null,
    setStops: metrics.setStops,
  }, jobs);
  const text = await joined(metrics.render({ names: r.engine.jobNames(), rows, most: Infinity }));
  return text.split("\n").filter((line) => /job="|^schelly_frozen/.test(line)).sort();
}

/** What is read of the named jobs from nothing, with no memory of what it was before. */
async function* fresh(r: Rig, names: readonly string[]): AsyncGenerator<JobsSlice> {
  const facts = await readFactsOf(partsOf(r), names);
  yield { views: viewsOf(partsOf(r), names, facts), facts };
}

async function assertSame(r: Rig, when: string): Promise<JobView[]> {
  const operations = jobOperations(partsOf(r));
  const all = await everyJob(operations);
  const names = namesOf(all);
  const single = await Promise.all(names.map((name) => operations.job(name)));
  assert.deepEqual(all, single, `one by one, ${when}`);
  for (const limit of [1, 2, 10]) {
    const paged: JobView[] = [];
    let cursor: string | undefined;
    do {
      const page: Awaited<ReturnType<typeof pageOfJobs>> = await operations.jobs({ limit, cursor });
      assert.ok(page.items.length <= limit);
      paged.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    assert.deepEqual(paged, all, `in pages of ${limit}, ${when}`);
  }
  assert.deepEqual(await gaugesOf(r, slicesOfJobs(partsOf(r))), await gaugesOf(r, fresh(r, names)), when);
  return all;
}

test("every way to ask for jobs answers the same, whatever happened to them in between", async () => {
  const jobs = [
    { name: "db", ...TIGHT },
    { name: "www" },
    { name: "off", enabled: false },
    { name: "old" },
    { name: "slow", retry: { attempts: 2, afterMs: MINUTE } },
  ];
  await using r = await rig({ jobs });
  const operations = jobOperations(partsOf(r));
  await assertSame(r, "at the start");
  await r.clock.advance(4 * MINUTE + 1_000);
  await assertSame(r, "after some backups");
  r.provider.script("create", "refused", "lost_reply", "refused");
  await r.clock.advance(MINUTE);
  await assertSame(r, "after failures");
  await operations.pause("www", OPS, { reason: "moving", until: r.clock.now() + 2 * MINUTE });
  const [held] = await r.runs("available");
  await r.engine.safekeeping.hold(
    held!,
    { reason: "audit", owner: "ops", until: r.clock.now() + MINUTE },
    "ops",
  );
  await r.engine.safekeeping.freeze({ reason: "moving", owner: "ops", until: r.clock.now() + MINUTE }, "ops");
  const frozen = await assertSame(r, "held, paused and frozen");
  assert.equal(frozen.find(({ job }) => job === "db")!.held, 1);
  await r.clock.advance(MINUTE + 1_000);
  const thawed = await assertSame(r, "when hold and freeze ended by themselves");
  assert.equal(thawed.find(({ job }) => job === "db")!.held, 0);
  const [newest] = (await r.runs("available", "www")).toReversed();
  await r.store.commit({
    job: "www",
    conditions: [{ condition: "status", runId: newest!.runId, in: ["available"] }],
    writes: [
      { write: "run", runId: newest!.runId, set: { status: "missing", missingAt: r.clock.now() } },
      { write: "latch", guard: { job: "www", guard: "not_found", latchedAt: 1, message: "see job 'old'" } },
    ],
  });
  const missing = await assertSame(r, "with a backup missing");
  assert.equal(missing.find(({ job }) => job === "www")!.missing, 1);
  await r.engine.reload(r.declare([jobs[0]!, { name: "web", renamedFrom: "www" }, jobs[2]!, jobs[4]!]));
  const reloaded = await assertSame(r, "after a reload that renames one and leaves one out");
  assert.deepEqual(namesOf(reloaded), [...r.engine.jobNames(), "old"]);
  assert.equal(reloaded.at(-1)!.managed, false);
  await r.clock.advance(3 * MINUTE);
  r.clock.jump(-40 * MINUTE);
  await r.clock.advance(MINUTE);
  await assertSame(r, "with the clock set back");
  r.clock.jump(80 * MINUTE);
  await r.clock.advance(MINUTE);
  await assertSame(r, "with the clock set ahead");
  assert.deepEqual(
    [...(await readFactsOfAll(partsOf(r), [])).stored.keys()].sort(),
    ["db", "off", "old", "slow", "web"],
  );
});

test("a page goes on after a job that is still there, and not after one that is not", async () => {
  await using r = await rig({ jobs: [{}, { name: "www" }, { name: "zoo" }] });
  const operations = jobOperations(partsOf(r));
  const { items, cursor } = await operations.jobs({ limit: 2 });
  assert.deepEqual(namesOf(items), ["db", "www"]);
  await r.engine.reload(r.declare([{ name: "new" }, {}, { name: "www" }, { name: "zoo" }]));
  assert.deepEqual(namesOf((await operations.jobs({ limit: 2, cursor })).items).slice(0, 1), ["zoo"]);
  await r.engine.reload(r.declare([{}, { name: "zoo" }]));
  await assert.rejects(operations.jobs({ limit: 2, cursor }), InvalidCursor);
  for (const odd of ["x", "[]", "%", encodeURIComponent('["db"]')]) {
    await assert.rejects(operations.jobs({ limit: 2, cursor: odd }), InvalidCursor, odd);
  }
});
