// The whole program in this process on a state that is filled for a measurement, asked without a network; and what it takes.

import process from "node:process";
import { startApp } from "../src/app/app.ts";
import { createScheduleCache } from "../src/domain/schedule/schedule.ts";
import { KnownJobs } from "../src/config/known_jobs.ts";
import { loadConfig } from "../src/config/load.ts";
import { newRun, type Run } from "../src/domain/backup.ts";
import { drainInSlices } from "../src/engine/context/slices.ts";
import type { Host, PeerInfo, RequestHandler } from "../src/ports/host.ts";
import type { JobState, RunStore } from "../src/ports/store.ts";
import { createHost } from "../src/runtime/host.ts";
import { openStore } from "../src/store/run_store.ts";
import { jobState } from "../tests/store/fixture.ts";
import { trusting } from "../tests/support/hand_watch.ts";
import { MemoryFiles } from "../tests/support/memory_files.ts";

const HOUR = 3_600_000;
/** The longest pause of the design. */
export const MOST_GAP_MS = 50;
export const real = createHost();
export const PROVIDER = "http://127.0.0.1:1/backups";
const peer: PeerInfo = { local: false, remote: "127.0.0.1:50000" };

/** A running program. */
export interface Program {
  /** Answers how many characters it said. */
  ask(path: string, method?: string): Promise<number>;
  /** Answers a request of somebody in the network. */
  answer(request: Request): Promise<Response>;
  /** Has it take over these jobs instead. */
  edit(jobs: readonly string[]): Promise<void>;
  stop(): Promise<unknown>;
}

/** A backup of so many hours ago. */
export function runOf(job: string, hours: number): Run {
  const slot = Date.now() - (hours + 2) * HOUR;
  const times = { slot: slot - slot % 1000, createdAt: slot, startTime: slot, endTime: slot + 60_000 };
  const runId = real.ids.uuidv7();
  const fields = { runId, job, trigger: "schedule", status: "available", providerKey: PROVIDER } as const;
  return newRun({ ...fields, ...times, id: runId, dataId: runId, sizeMb: 12.5 });
}

/** Adds a job with so many hourly backups, the newest first. */
export async function fill(
  store: RunStore,
  job: string,
  count: number,
  state: Partial<JobState> = {},
): Promise<void> {
  await store.commit({
    job,
    writes: [{ write: "addJob", state: { ...jobState(job), providerKey: PROVIDER, ...state } }],
  });
  for (let from = 0; from < count; from += 1000) {
    const runs = Array.from({ length: Math.min(1000, count - from) }, (_, at) => runOf(job, from + at));
    await store.commit({ job, writes: runs.map((run) => ({ write: "insert", run })) });
  }
}

/** Starts the program on a new state; `jobs` and `defaults` as in YAML. */
export async function start(
  url: string,
  { defaults, jobs, filled }: {
    defaults: string;
    jobs: readonly string[];
    filled: (store: RunStore) => Promise<unknown>;
  },
): Promise<Program> {
  const { clock, files, ids, http } = real;
  {
    const options = {
      url,
      token: null,
      clock,
      files,
      ids,
      http,
      watch: trusting(clock),
      sink: { emit: () => {} },
    };
    await using store = await openStore(options);
    await filled(store);
  }
  const textOf = (jobs: readonly string[]) =>
    `server: { listen: "127.0.0.1:8080", socket: none }\nstate: { url: "${url}" }\n` +
    `log: { level: error }\ndefaults: { provider: { url: "${PROVIDER}" }, ${defaults} }\n` +
    `jobs:\n${jobs.map((job) => `- ${job}\n`).join("")}`;
  const memory = new MemoryFiles({ "/home/me/schelly.yaml": textOf(jobs) });
  const handlers: RequestHandler[] = [];
  const host: Host = {
    ...real,
    env: {},
    http: () => Promise.reject(new Error("no network here")),
    listen(_spec, handler) {
      handlers.push(handler);
      const close = () => Promise.resolve();
      return Promise.resolve({ address: "http://127.0.0.1:8080", renew: close, close });
    },
    supervisor: null,
    program: null,
  };
  const known = new KnownJobs(createScheduleCache());
  const load = () =>
    loadConfig({
      flags: {},
      env: {},
      files: memory,
      known,
      now: clock.now(),
      inSlices: (work) => drainInSlices(work, clock),
    });
  const app = await startApp({
    config: await load(),
    reload: load,
    loadEdited: load,
    loadPlanned: load,
    host,
  });
  return {
    async ask(path, method = "GET") {
      // Over the socket, where who asks for work may.
      const asker = { ...peer, local: method !== "GET" };
      const answer = await handlers[0]!(new Request(`http://127.0.0.1:8080${path}`, { method }), asker);
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      let length = 0;
      for await (const piece of answer.body!) length += piece.byteLength;
      return length;
    },
    answer: async (request) => await handlers[0]!(request, peer),
    async edit(jobs) {
      memory.put("/home/me/schelly.yaml", textOf(jobs));
      const { ok, messages } = await app.operations.reload("an edit");
      if (!ok) throw new Error(messages.join("; "));
    },
    stop: () => app.stop(),
  };
}

/**
 * How long some work takes (ms), how much of the processor, and the longest pause of other work meanwhile: as far as this process was at work in it,
 * for a busy machine lets everything wait.
 */
export async function watched(
  work: () => Promise<unknown>,
): Promise<{ ms: number; gap: number; cpu: number }> {
  let gap = 0;
  let last = performance.now();
  let used = process.cpuUsage();
  const atFirst = used;
  const look = () => {
    const { user, system } = process.cpuUsage(used);
    gap = Math.max(gap, Math.min(performance.now() - last, (user + system) / 1000));
    last = performance.now();
    used = process.cpuUsage();
  };
  const watching = setInterval(look, 1);
  const began = performance.now();
  try {
    await work();
  } finally {
    clearInterval(watching);
  }
  const ms = performance.now() - began;
  look();
  const { user, system } = process.cpuUsage(atFirst);
  return { ms, gap, cpu: (user + system) / 1000 };
}

/** What is told of a pause that is too long. */
export function missedGap(gap: number): string {
  return gap > MOST_GAP_MS ? `  (target: ${MOST_GAP_MS} ms, MISSED)` : "";
}
