// Since when a job fails: the first failure after its last success, whatever comes after it, and after a restart.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { migrate, MIGRATIONS } from "../../../src/store/schema/migrations.ts";
import { FAILING_MIGRATION, readFailingSince } from "../../../src/store/schema/failing.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { at, nodeFiles, tempFolder } from "../../support/node_files.ts";
import { addJobs, backup, filePlace, HOUR, insert, NOW } from "../fixture.ts";
import type { RunStore } from "../../../src/ports/store.ts";
import type { Run } from "../../../src/domain/backup.ts";

/** A run that began that many hours before now and took a minute. */
const run = (hoursAgo: number, set: Partial<Run> = {}) => {
  const startTime = NOW - hoursAgo * HOUR;
  return backup({ slot: null, startTime, endTime: startTime + 60_000, ...set });
};
const failure = (hoursAgo: number, set: Partial<Run> = {}) => run(hoursAgo, { status: "failed", ...set });
const sinceOf = async (store: RunStore, job = "db") =>
  (await store.storedFacts()).get(job)?.failingSince ?? null;
const write = async (
  store: RunStore,
  { runId, status }: Run,
  set: Partial<Omit<Run, "runId" | "job" | "trigger">>,
) =>
  assert.deepEqual(
    await store.commit({
      job: "db",
      conditions: [{ condition: "status", runId, in: [status] }],
      writes: [{ write: "run", runId, set }],
    }),
    { result: "done" },
  );

test("the first failure counts, also of a job that never succeeded, after a restart and once its row is gone", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "files");
    const first = failure(9_000, { id: null });
    await insert(store, first);
    await insert(store, failure(8), failure(7), failure(6, { job: "files" }));
    assert.equal(await sinceOf(store), first.startTime, "nobody took it, from its first attempt on");
    await store.tidy(NOW);
    assert.equal(await store.run(first.runId), undefined);
    await store[Symbol.asyncDispose]();
    const again = await place.open();
    await insert(again, failure(5));
    assert.equal(await sinceOf(again), first.endTime);
    assert.equal((await again.storedFacts(["db"])).get("db")!.failingSince, first.endTime);
    await insert(again, run(4));
    assert.equal(await sinceOf(again), null);
    assert.notEqual(await sinceOf(again, "files"), null);
    const next = failure(3);
    await insert(again, next, failure(2));
    assert.equal(await sinceOf(again), next.endTime);
  }));

test("a try that another follows is no failure yet, and what is suspect is no success until it is accepted", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const waits = failure(9, { retryAt: NOW });
    await insert(store, run(10), waits);
    assert.equal(await sinceOf(store), null);
    await write(store, waits, { retryAt: null, retryEnd: "used_up" });
    assert.equal(await sinceOf(store), waits.endTime);
    const small = run(8, { suspectAt: NOW, suspectReason: "small" });
    await insert(store, small);
    assert.equal(await sinceOf(store), waits.endTime);
    const later = failure(7);
    await insert(store, later);
    await write(store, small, { acceptedAt: NOW });
    assert.equal(await sinceOf(store), later.endTime);
    await write(store, small, { rejectedAt: NOW });
    assert.equal(await sinceOf(store), waits.endTime, "it was no success after all");
  }));

test("what was lost and is found never failed, and an old backup that is imported ends no trouble of today", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const lost = failure(9, { status: "lost" });
    await insert(store, lost);
    await insert(store, run(20));
    assert.equal(await sinceOf(store), lost.endTime);
    await write(store, lost, { status: "available", endTime: lost.endTime! - 1 });
    assert.equal(await sinceOf(store), null);
  }));

test("jobs that become one fail since the first failure after the newest success of both", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "files");
    const first = failure(5);
    await insert(store, failure(9, { job: "files" }), run(7), first, failure(4, { job: "files" }));
    await store.commit({ job: "files", writes: [{ write: "joinJobs", job: "files", to: "db" }] });
    assert.equal(await sinceOf(store), first.endTime);
  }));

test("a state of before knows it of the failures that it has", () =>
  at(tempFolder(), async (folder) => {
    const database = await openDatabase(
      { kind: "file", path: `${folder.path}/s.db` },
      { files: nodeFiles, clock: new FakeClock(0), http: () => Promise.reject(new Error("no network")) },
      { token: null, waitMs: 1, requestTimeoutMs: 1 },
    );
    const before = MIGRATIONS.indexOf(FAILING_MIGRATION);
    await migrate(database, 0, MIGRATIONS.slice(0, before));
    const row = (id: string, status: string, end: number) =>
      "INSERT INTO runs (run_id, job, cause, status, provider_key, created_at, start_time, end_time) " +
      `VALUES ('${id}', 'db', 'manual', '${status}', 'a', 1, ${end - 1}, ${end})`;
    await database.write([
      "INSERT INTO jobs (job, known_since, cursor, schedule, timezone, policy, policy_since, provider_key) VALUES ('db', 1, 1, '', '', '', 1, 'a')",
      row("r1", "failed", 10),
      row("r2", "available", 20),
      row("r3", "failed", 30),
      row("r4", "lost", 40),
    ].map((sql) => ({ sql, args: [] })));
    await migrate(database, before);
    assert.deepEqual(await readFailingSince(database), [["db", 29]], "nobody took the start of 29 to 30");
    await database.close();
  }));
