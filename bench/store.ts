// Measures the state store: durable changes, 10,000 jobs at once, pages, election input and start, by stored rows.
// deno run -A bench/store.ts [rows, default 100000]

import { DatabaseSync } from "node:sqlite";
import { newRun, type Run } from "../src/domain/backup.ts";
import type { Change, RunStore } from "../src/ports/store.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { systemFiles } from "../src/runtime/files.ts";
import { createIds } from "../src/runtime/ids.ts";
import { openStore } from "../src/store/run_store.ts";
import { trusting } from "../tests/support/hand_watch.ts";
import { found } from "./promises.ts";

const HOUR = 3_600_000;
const rows = Number(Deno.args[0] ?? 100_000);
const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
const ids = createIds(systemClock);

function open(name: string) {
  return openStore({
    url: `file:${folder}/${name}.db`,
    token: null,
    files: systemFiles,
    clock: systemClock,
    watch: trusting(systemClock),
    ids,
    sink: { emit: () => {} },
    http: fetch,
  });
}

function say(what: string, value: number, unit: string): void {
  // deno-lint-ignore no-console
  console.log(`${what.padEnd(62)} ${value.toFixed(value < 10 ? 2 : 0).padStart(9)} ${unit}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Median and 99th percentile (ms) of single calls. */
async function quantiles(times: number, work: (at: number) => Promise<unknown>): Promise<[number, number]> {
  const taken: number[] = [];
  for (let at = 0; at < times; at++) taken.push(await timed(() => work(at)));
  taken.sort((left, right) => left - right);
  return [taken[times >> 1]!, taken[Math.floor(times * 0.99)]!];
}

function addJob(job: string): Change {
  const state = {
    job,
    knownSince: 0,
    cursor: 0,
    revision: 0,
    availableCount: 0,
    schedule: "0 0 * * * *",
    timezone: "UTC",
    policy: "daily 7@L",
    policySince: 0,
    providerKey: "p",
    pausedAt: null,
    pausedUntil: null,
    pauseReason: null,
    graceFactor: 1,
    lastCancelSlot: null,
    openRangeRunId: null,
    clockUntrustedUntil: null,
    unmanagedSince: null,
    disabledSince: null,
    activeFrom: null,
    activeTo: null,
    edition: 0,
    cleansFailedSince: null,
    forgottenAt: null,
  };
  return { job, writes: [{ write: "addJob", state }] };
}

function backup(job: string, at: number): Run {
  const slot = at * HOUR;
  return newRun({
    runId: ids.uuidv7(),
    job,
    trigger: "schedule",
    slot,
    status: "available",
    providerKey: "p",
    id: `${job}-${at}`,
    dataId: `data-${job}-${at}`,
    createdAt: slot,
    startTime: slot,
    endTime: slot + 60_000,
    sizeMb: 12.5,
    tags: at % 24 === 0 ? ["hourly", "daily"] : ["hourly"],
    reasons: [{ kind: "level", level: "hourly", rank: 1, limit: 24, period: "2026-03-01T00" }],
  });
}

async function fill(store: RunStore, job: string, from: number, until: number): Promise<void> {
  for (let at = from; at < until; at += 1000) {
    const runs = Array.from({ length: Math.min(1000, until - at) }, (_, more) => backup(job, at + more));
    await store.commit({ job, writes: runs.map((run) => ({ write: "insert", run })) });
  }
}

async function durableChanges(): Promise<void> {
  await using store = await open("durable");
  await store.commit(addJob("db"));
  const times = 1500;
  const set = (cursor: number): Change => ({
    job: "db",
    writes: [{ write: "job", job: "db", set: { cursor } }],
  });
  const oneByOne = await timed(async () => {
    for (let at = 0; at < times; at++) await store.commit(set(at));
  });
  say("durable changes, one after the other", (times / oneByOne) * 1000, "/s");
  const together = await timed(() =>
    Promise.all(Array.from({ length: 20_000 }, (_, at) => store.commit(set(at))))
  );
  say("durable changes of one job that wait together", (20_000 / together) * 1000, "/s");

  const plain = new DatabaseSync(`${folder}/plain.db`);
  plain.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE jobs (job TEXT PRIMARY KEY, cursor INTEGER)",
  );
  plain.exec("INSERT INTO jobs VALUES ('db', 0)");
  const update = plain.prepare("UPDATE jobs SET cursor = ? WHERE job = 'db'");
  const baseline = await timed(() => {
    for (let at = 0; at < times; at++) update.run(at);
    return Promise.resolve();
  });
  plain.close();
  say("  node:sqlite, WAL and FULL, one bare update each", (times / baseline) * 1000, "/s");
  const ratio = baseline / oneByOne;
  found({
    what: "durable changes, one after the other",
    promised: "at least 0.8 of node:sqlite's rate",
    measured: `${ratio.toFixed(2)} of it (${((times / oneByOne) * 1000).toFixed(0)}/s)`,
    isMet: ratio >= 0.8,
  });
}

async function manyJobs(): Promise<void> {
  await using store = await open("many");
  const jobs = Array.from({ length: 10_000 }, (_, at) => `job-${at}`);
  await Promise.all(jobs.map((job) => store.commit(addJob(job))));
  const runIds = jobs.map(() => ids.uuidv7());
  const at = HOUR;
  const event = (type: "run.due" | "run.sending", job: string, runId: string) =>
    ({ type, level: "info", at, job, runId, message: "The slot of 01:00 is due" }) as const;
  const intents = await timed(() =>
    Promise.all(jobs.map((job, n) =>
      store.commit({
        job,
        conditions: [{ condition: "cursor", job, is: 0 }],
        writes: [
          {
            write: "insert",
            run: newRun({
              runId: runIds[n]!,
              job,
              trigger: "schedule",
              slot: at,
              status: "intent",
              providerKey: "p",
              createdAt: at,
            }),
          },
          { write: "job", job, set: { cursor: at } },
        ],
        events: [event("run.due", job, runIds[n]!)],
      })
    ))
  );
  say("10,000 jobs: intent, cursor and event of each", intents, "ms");
  const sending = await timed(() =>
    Promise.all(jobs.map((job, n) =>
      store.commit({
        job,
        conditions: [{ condition: "status", runId: runIds[n]!, in: ["intent"] }],
        writes: [{ write: "run", runId: runIds[n]!, set: { status: "sending", startTime: at, attempts: 1 } }],
        events: [event("run.sending", job, runIds[n]!)],
      })
    ))
  );
  say("10,000 jobs: sending of each", sending, "ms");
}

async function manyRows(): Promise<void> {
  const store = await open("rows");
  await store.commit(addJob("db"));
  await fill(store, "db", 0, 1000);
  const [, small] = await quantiles(300, () => store.backups({ limit: 100 }));
  const filling = await timed(() => fill(store, "db", 1000, rows));
  say(`inserted rows`, ((rows - 1000) / filling) * 1000, "/s");
  const [median, large] = await quantiles(300, () => store.backups({ limit: 100 }));
  say("page of 100 backups, 99th percentile, 1,000 rows", small, "ms");
  say(`page of 100 backups, 99th percentile, ${rows} rows`, large, "ms");
  say(`page of 100 backups, median, ${rows} rows`, median, "ms");
  for (
    const [name, query] of Object.entries(
      {
        "status=available": { status: "available" },
        "status=error": { status: "error" },
        "tag=daily": { tag: "daily" },
        "tag=yearly": { tag: "yearly" },
        "job": { job: "db" },
      } as const,
    )
  ) {
    const [, most] = await quantiles(300, () => store.backups({ limit: 100, ...query }));
    say(`  the same with ${name}`, most, "ms");
  }
  let gap = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
  }, 1);
  let count = 0;
  const election = await timed(async () => {
    count = (await store.election("db", ["p"])).rows.length;
  });
  await systemClock.sleep(2);
  clearInterval(watch);
  say(`election input of ${count} rows`, election, "ms");
  say("  longest pause of other work meanwhile", gap, "ms");
  const one = await timed(async () => {
    for (let at = 0; at < 200; at++) {
      await store.commit({ job: "db", writes: [{ write: "insert", run: backup("db", rows + at) }] });
    }
  });
  say("one new backup, durable", one / 200, "ms");
  const elected = (await store.election("db", ["p"])).rows.slice(0, 10_000);
  const tags = elected.map(({ runId, tags, reasons }) => ({ runId, tags, reasons, fingerprint: null }));
  const tagging = await timed(() =>
    store.commit({ job: "db", writes: [{ write: "tags", job: "db", rows: tags, heads: [] }] })
  );
  say("tags and reasons of 10,000 rows", tagging, "ms");
  const runIds = tags.map((row) => row.runId);
  const intents = await timed(() =>
    store.commit({
      job: "db",
      writes: [{
        write: "runs",
        runIds,
        from: ["available"],
        set: { status: "deleting", deleteIntentAt: 1 },
      }],
    })
  );
  say("delete intents of 10,000 rows", intents, "ms");
  const deleted = await timed(() =>
    Promise.all(runIds.map((runId) =>
      store.commit({
        job: "db",
        conditions: [{ condition: "deletable", runId }, { condition: "unlatched", job: "db" }],
        writes: [{ write: "run", runId, set: { status: "deleted", deleteSentAt: 2 } }],
      })
    ))
  );
  say("10,000 deletions, one change each", deleted, "ms");
  say("statistics", await timed(() => store.stats()), "ms");
  let pause = 0;
  let before = performance.now();
  const watching = setInterval(() => {
    pause = Math.max(pause, performance.now() - before);
    before = performance.now();
  }, 1);
  say("a copy of the file", await timed(() => store.snapshot(`${folder}/copy.db`)), "ms");
  clearInterval(watching);
  say("  longest pause of other work meanwhile", pause, "ms");
  Deno.removeSync(`${folder}/copy.db`);
  say("file", Deno.statSync(`${folder}/rows.db`).size / 1e6, "MB");
  const closing = await timed(async () => await store[Symbol.asyncDispose]());
  say("close", closing, "ms");
  let reopened: AsyncDisposable | undefined;
  const opening = await timed(async () => {
    reopened = await open("rows");
  });
  say(`open with ${rows} rows`, opening, "ms");
  await reopened?.[Symbol.asyncDispose]();
}

try {
  await durableChanges();
  await manyJobs();
  await manyRows();
} finally {
  Deno.removeSync(folder, { recursive: true });
}
