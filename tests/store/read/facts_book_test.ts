// What is kept in memory of every job is what the rows say, after whatever happened to them.
// Also tests stored_facts.ts, stats_query.ts, tallies.ts and wanted_jobs.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { canMove, type Run, type Status, STATUSES } from "../../../src/domain/backup.ts";
import { StoreError } from "../../../src/domain/errors.ts";
import { LEVELS } from "../../../src/domain/policy.ts";
import { FUTURE_TOLERANCE_MS } from "../../../src/domain/retention/election.ts";
import { isSuspect } from "../../../src/domain/suspicion.ts";
import type { JobStats, StoredFacts } from "../../../src/ports/job_facts.ts";
import type { RunStore } from "../../../src/ports/store.ts";
import { createFactsBook, type DatedFacts } from "../../../src/store/read/facts_book.ts";
import { at } from "../../support/node_files.ts";
import { addJobs, backup, DAY, decision, filePlace, HOUR, insert, jobState, NOW, watch } from "../fixture.ts";

const JOBS = ["db", "web", "files"];

/** The facts by a walk over all rows, as they were made before anything was counted. */
async function walked(store: RunStore, job: string): Promise<StoredFacts> {
  const rows = (await store.runs({ job, limit: 10_000 })).items;
  const approvedAt = await store.approvedAt(job);
  const missing = rows.filter((row) => row.status === "missing" && (row.missingAt ?? 0) > (approvedAt ?? -1));
  missing.sort((a, b) => (b.missingAt ?? 0) - (a.missingAt ?? 0));
  const available = rows.filter(({ status }) => status === "available");
  const keys = [...new Set(available.map(({ providerKey }) => providerKey))].sort();
  const managed = new Map(
    (await store.providerBackups()).map((one) => [`${one.job} ${one.providerKey}`, one]),
  );
  return {
    stats: statsOf(job, rows),
    // No walk over rows tells it: the rows of old failures go. failing_test.ts tests it.
    failingSince: (await store.storedFacts([job])).get(job)!.failingSince,
    latched: await store.latched(job),
    missing: missing.length === 0
      ? null
      : { job, count: missing.length, latest: missing[0]!.id!, since: missing.at(-1)!.missingAt },
    places: keys.map((providerKey) => ({
      job,
      providerKey,
      available: available.filter((row) => row.providerKey === providerKey).length,
      managed: managed.get(`${job} ${providerKey}`)!.managed,
    })),
  };
}

function statsOf(job: string, rows: readonly Run[]): JobStats {
  const latest = watch.read().steady + FUTURE_TOLERANCE_MS;
  const time = (row: Run) => row.startTime ?? row.createdAt;
  const isOver = (row: Run) => row.endTime !== null && row.endTime <= latest && time(row) <= latest;
  const newest = (isOne: (row: Run) => boolean) => rows.filter(isOne).sort((a, b) => time(b) - time(a))[0];
  const isThere = (row: Run) => row.status === "available" || row.status === "missing";
  const isSound = (row: Run) => row.rejectedAt === null && !isSuspect(row);
  const made = newest((row) => isThere(row) && isOver(row));
  const failed = newest((row) =>
    ["failed", "lost", "cancelled"].includes(row.status) && isOver(row) && row.retryAt === null ||
    row.endedAs !== null && time(row) <= latest
  );
  const count = (isOne: (row: Run) => boolean) => rows.filter(isOne).length;
  const counts = <K extends string>(keys: readonly K[], isOne: (row: Run, key: K) => boolean) =>
    Object.fromEntries(
      keys.map((key) => [key, count((row) => isOne(row, key))]).filter(([, many]) => many !== 0),
    );
  return {
    job,
    byStatus: counts(STATUSES, (row, status) => row.status === status),
    byTag: counts(LEVELS, (row, level) => row.status === "available" && row.tags.includes(level)),
    lastSuccessAt: newest((row) => isThere(row) && isOver(row) && isSound(row))?.endTime ?? null,
    lastKeptAt: newest((row) => row.status === "available" && isOver(row) && isSound(row))?.endTime ?? null,
    lastFailureAt: failed?.endTime ?? null,
    lastFailureMessage: failed?.message ?? null,
    lastSizeMb: made?.sizeMb ?? null,
    lastDurationMs: made === undefined || made.startTime === null ? null : made.endTime! - made.startTime,
    totalSizeMb: rows.filter(({ status }) => status === "available")
      .reduce((sum, { sizeMb }) => sum + Math.round((sizeMb ?? 0) * 1e6), 0) / 1e6,
    leftovers: count(({ status, id }) => (status === "failed" || status === "cancelled") && id !== null),
  };
}

/** Numbers from 0 to below `most`, the same for the same seed. */
function chance(seed: number): (most: number) => number {
  let state = seed * 2_654_435_761 >>> 0;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * most);
  };
}

/** Something that happens to one of the jobs, or to the clock. */
async function happen(store: RunStore, pick: (most: number) => number): Promise<void> {
  const names = await store.jobNames();
  const job = names[pick(names.length)]!;
  const rows = (await store.runs({ job, limit: 10_000 })).items;
  const row = rows[pick(Math.max(1, rows.length))];
  const write = (set: Partial<Omit<Run, "runId" | "job" | "trigger">>, from?: Status) =>
    store.commit({
      job,
      conditions: from === undefined ? [] : [{ condition: "status", runId: row!.runId, in: [from] }],
      writes: [{ write: "run", runId: row!.runId, set }],
    });
  switch (pick(11)) {
    case 0:
    case 1: {
      const startTime = NOW + pick(40) * HOUR - 20 * HOUR;
      const endTime = startTime + pick(30) * HOUR;
      const status = (["available", "failed", "cancelled", "lost", "missing"] as const)[pick(5)]!;
      const sizeMb = pick(3) === 0 ? null : pick(1000) / 7;
      const providerKey = pick(3) === 0 ? "old" : "restic-a";
      const tags = LEVELS.filter(() => pick(3) === 0);
      const missingAt = status === "missing" ? NOW + pick(9) : null;
      const suspectAt = pick(4) === 0 ? NOW : null;
      const fields = { status, sizeMb, providerKey, tags, missingAt, suspectAt, startTime, endTime };
      await insert(store, backup({ job, slot: null, ...fields }));
      return;
    }
    case 2:
      await insert(store, decision(NOW - (200 + pick(5000)) * DAY, { job }));
      return;
    case 3: {
      if (row === undefined) return;
      const to = STATUSES.filter((status) => canMove(row.status, status));
      if (to.length === 0) return;
      const status = to[pick(to.length)]!;
      const endedAs = row.status === "failed" && status === "deleting" ? "failed" as const : null;
      await write({ status, ...(endedAs && { endedAs }), missingAt: NOW + pick(9) }, row.status);
      return;
    }
    case 4:
      if (row) await write({ sizeMb: pick(500) / 3, endTime: NOW + pick(50) * HOUR - 25 * HOUR });
      return;
    case 5: {
      const rows = row
        ? [{ runId: row.runId, tags: LEVELS.filter(() => pick(2) === 0), reasons: [], fingerprint: 1 }]
        : [];
      await store.commit({ job, writes: [{ write: "tags", job, rows, heads: [] }] });
      return;
    }
    case 6: {
      const guard = {
        job,
        guard: ["too_many", "not_found"][pick(2)]!,
        latchedAt: NOW,
        message: `see job '${names[0]}'`,
      };
      const unlatch = { write: "unlatch", job, guards: "all" } as const;
      await store.commit({ job, writes: [pick(3) === 0 ? unlatch : { write: "latch", guard }] });
      return;
    }
    case 7: {
      const approval = {
        job,
        digest: "d",
        runIds: [],
        approvedAt: NOW + pick(9),
        approvedBy: "ann",
        expiresAt: NOW + DAY,
      };
      await store.commit({ job, writes: [{ write: "approval", approval }] });
      return;
    }
    case 8: {
      const other = names[pick(names.length)]!;
      if (pick(3) === 0 && other !== job && names.length > 2) {
        await store.commit({ job: other, writes: [{ write: "joinJobs", job, to: other }] });
      } else await store.commit({ job, writes: [{ write: "renameJob", job, to: `${job}${pick(10)}` }] });
      return;
    }
    case 9:
      if (pick(2) === 0) await store.tidy(NOW + 400 * DAY);
      else {await store.commit({
          job: "new",
          writes: [{ write: "addJob", state: jobState(`new${pick(3)}`) }],
        });}
      return;
    case 10:
      watch.set(NOW + (pick(80) - 40) * HOUR);
  }
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`storedFacts() never answers a number that the rows do not have, history ${seed}`, () =>
    at(filePlace(), async (place) => {
      const store = await place.open();
      await addJobs(store, ...JOBS);
      const pick = chance(seed);
      try {
        for (let step = 0; step < 120; step++) {
          await happen(store, pick);
          if (pick(3) !== 0) continue;
          const names = await store.jobNames();
          const expected = new Map<string, StoredFacts>();
          for (const job of names) expected.set(job, await walked(store, job));
          assert.deepEqual(byName(await store.storedFacts()), byName(expected), `kept, step ${step}`);
          assert.deepEqual(byName(await store.storedFacts(names)), byName(expected), `read, step ${step}`);
        }
      } finally {
        watch.set(NOW);
      }
    }));
}

/** Without the jobs that are not there any more: of them nothing is asked. */
function byName(facts: ReadonlyMap<string, StoredFacts>): [string, StoredFacts][] {
  return [...facts].sort(([a], [b]) => a < b ? -1 : 1);
}

test("storedFacts() reads of a million rows only those of jobs that changed", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, ...JOBS);
    const past = { startTime: NOW - HOUR, endTime: NOW };
    await insert(store, backup(past), backup({ job: "web", ...past }));
    const before = (await store.storedFacts()).get("web");
    await insert(store, backup(past));
    const after = await store.storedFacts();
    assert.equal(after.get("db")!.stats.byStatus.available, 2);
    assert.equal(after.get("web"), before, "the same object: it was not read again");
  }));

function bookOf(states: Map<string, DatedFacts>) {
  const asked: string[][] = [];
  let latest = 100;
  let isOurs = true;
  const book = createFactsBook({
    names: () => Promise.resolve([...states.keys()]),
    read: (jobs) => {
      asked.push([...jobs]);
      return Promise.resolve(
        new Map(jobs.flatMap((job) => states.has(job) ? [[job, states.get(job)!]] : [])),
      );
    },
    latest: () => latest,
    isOurs: () => Promise.resolve(isOurs),
  });
  return { book, asked, setLatest: (at: number) => void (latest = at), lose: () => void (isOurs = false) };
}

const fact = (dated: number, isAhead = false): DatedFacts => ({
  facts: { stats: {} as JobStats, failingSince: null, latched: [], missing: null, places: [] },
  dated,
  isAhead,
});

test("what is dated ahead is read again until its time has come, and all that is when the clock goes back", async () => {
  const { book, asked, setLatest } = bookOf(new Map([["now", fact(50)], ["ahead", fact(20, true)]]));
  await book.all();
  await book.all();
  setLatest(40);
  await book.all();
  assert.deepEqual(asked, [["now", "ahead"], ["ahead"], ["ahead", "now"]]);
});

test("a change of unknown fate is looked for until another was saved, for it may come late", async () => {
  const { book, asked } = bookOf(new Map([["db", fact(1)], ["web", fact(1)]]));
  await book.all();
  book.doubt(["db"]);
  await book.all();
  await book.all();
  book.settle();
  await book.all();
  await book.all();
  assert.deepEqual(asked, [["db", "web"], ["db"], ["db"], ["db"]]);
});

test("a state that somebody else has taken over is read whole each time", async () => {
  const { book, asked, lose } = bookOf(new Map([["db", fact(1)]]));
  await book.all();
  lose();
  await book.all();
  await book.all();
  assert.deepEqual(asked, [["db"], ["db"], ["db"]]);
});

test("what changes while it is read, or could not be read, is read again", async () => {
  const states = new Map([["db", fact(1)]]);
  let failure: Error | undefined;
  let meanwhile = () => {};
  let reads = 0;
  const book = createFactsBook({
    names: () => Promise.resolve(["db"]),
    read: () => {
      reads++;
      meanwhile();
      return failure === undefined ? Promise.resolve(new Map(states)) : Promise.reject(failure);
    },
    latest: () => 100,
    isOurs: () => Promise.resolve(true),
  });
  meanwhile = () => book.touch(["db"]);
  await book.all();
  meanwhile = () => {};
  await book.all();
  assert.equal(reads, 2);
  book.touch(["db"]);
  failure = new StoreError("failed", "no disk");
  await assert.rejects(book.all(), /no disk/);
  failure = undefined;
  await book.all();
  assert.equal(reads, 4);
  states.delete("db");
  book.touch(["db"]);
  assert.equal((await book.all()).size, 0, "what is gone is kept by nobody");
});
