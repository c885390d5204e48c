// What the tests of the store share: an open store on a temporary file, and rows with sensible values.

import { linkSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { newRun, type Run } from "../../src/domain/backup.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Change, CommitResult, JobState, RunStore, Write } from "../../src/ports/store.ts";
import { type OpenStore, openStore, type StoreOptions } from "../../src/store/run_store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HandWatch, readingAt } from "../support/hand_watch.ts";
import { FakeIds } from "../support/fake_ids.ts";
import { nodeFiles, tempFolder } from "../support/node_files.ts";

export const NOW = Date.UTC(2026, 2, 1);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const clock = new FakeClock(NOW);
/** Says which time it is for the conditions and reads that ask; a test that sets it sets it back. */
export const watch = new HandWatch(readingAt(NOW));
const ids = new FakeIds(clock, 1);

/** Options for a store at `url`; its events go to `events`. */
export function storeOptions(url: string, events: EngineEvent[] = []): StoreOptions {
  return {
    url,
    token: null,
    files: nodeFiles,
    clock,
    watch,
    ids,
    sink: { emit: (event) => void events.push(event) },
    http: (request) => fetch(request),
    waitMs: 1,
  };
}

/** A fresh place for a store, which can be opened there again and again. */
export interface Place extends AsyncDisposable {
  url: string;
  open(events?: EngineEvent[]): Promise<OpenStore>;
}

/** A place on a temporary file. Stores that are still open are closed with it. */
export function filePlace(name = "schelly.db"): Place & { path: string; folder: string } {
  const folder = tempFolder();
  const path = `${folder.path}/${name}`;
  const open: OpenStore[] = [];
  return {
    url: `file:${path}`,
    path,
    folder: folder.path,
    async open(events) {
      const store = await openStore(storeOptions(`file:${path}`, events));
      open.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of open) await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

export function jobState(job: string, fields: Partial<JobState> = {}): JobState {
  return {
    job,
    knownSince: NOW,
    cursor: NOW,
    revision: 0,
    availableCount: 0,
    schedule: "0 0 * * * *",
    timezone: "UTC",
    policy: "daily 7@L",
    policySince: NOW,
    providerKey: "restic-a",
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
    ...fields,
  };
}

let count = 0;

/** An available backup of job `db`, an hour younger than the last one made. */
export function backup(fields: Partial<Run> = {}): Run {
  const n = count++;
  const startTime = NOW + n * HOUR;
  return newRun({
    runId: ids.uuidv7(),
    job: "db",
    trigger: "schedule",
    slot: startTime,
    status: "available",
    providerKey: "restic-a",
    id: `backup-${n}`,
    dataId: `data-${n}`,
    createdAt: startTime,
    startTime,
    endTime: startTime + 60_000,
    sizeMb: 12.5,
    ...fields,
  });
}

/** A row that decides the slot without a backup. */
export function decision(slot: number, fields: Partial<Run> = {}): Run {
  return newRun({
    runId: ids.uuidv7(),
    job: "db",
    trigger: "schedule",
    slot,
    status: "skipped",
    reason: "still_running",
    providerKey: "restic-a",
    createdAt: slot,
    ...fields,
  });
}

export function addJobs(store: RunStore, ...jobs: string[]): Promise<CommitResult[]> {
  return Promise.all(
    jobs.map((job) => store.commit({ job, writes: [{ write: "addJob", state: jobState(job) }] })),
  );
}

export function insert(store: RunStore, ...runs: Run[]): Promise<CommitResult[]> {
  return Promise.all(runs.map((run) => store.commit({ job: run.job, writes: [{ write: "insert", run }] })));
}

/** A change of job `db`. */
export function change(...writes: Write[]): Change {
  return { job: "db", writes };
}

export function event(fields: Partial<EngineEvent> = {}): EngineEvent {
  return { type: "run.due", level: "info", at: NOW, message: "Due", ...fields };
}

export const DONE = { result: "done" };
export const conflict = (why: string) => ({ result: "conflict", why });

/** Keeps the files as they are now; what it answers leaves them so, as kill -9 would have: the mark is the same file. */
export function asKilled(path: string): () => void {
  const kept = ["", "-wal"].map((suffix) => [suffix, readFileSync(path + suffix)] as const);
  const mark = readFileSync(`${path}.mark`);
  linkSync(`${path}.mark`, `${path}.kept`);
  return () => {
    for (const [suffix, bytes] of kept) writeFileSync(path + suffix, bytes);
    renameSync(`${path}.kept`, `${path}.mark`);
    writeFileSync(`${path}.mark`, mark);
  };
}

/** Declares a test that plays on an open store with the jobs `db` and `files`. */
export type Scenario = (name: string, play: (store: RunStore) => Promise<void>) => void;

/** All that a commit could have changed. */
export async function everything(store: RunStore): Promise<unknown> {
  return [
    await store.jobs(),
    (await store.runs({ limit: 1000 })).items,
    await store.events({ limit: 1000 }),
    await store.latched(),
  ];
}
