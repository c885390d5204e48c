// How long answers about many jobs and many backups take, and how long they keep everything else waiting, on the whole
// program in this process: one job beside all of them, a page of backups of few beside one of many.
// Run: deno run -P=default bench/views.ts [jobs, default 10000] [backups of one job, default 100000]

import { startApp } from "../src/app/app.ts";
import { loadConfig } from "../src/config/load.ts";
import { newRun } from "../src/domain/backup.ts";
import type { Host, PeerInfo, RequestHandler } from "../src/ports/host.ts";
import type { RunStore } from "../src/ports/store.ts";
import { createHost } from "../src/runtime/host.ts";
import { openStore } from "../src/store/run_store.ts";
import { jobState } from "../tests/store/fixture.ts";
import { trusting } from "../tests/support/hand_watch.ts";
import { MemoryFiles } from "../tests/support/memory_files.ts";

const HOUR = 3_600_000;
const CALLERS = 10;
const ASKED = 400;
/** The targets of the design. */
const MOST_GAP_MS = 50;
const MOST_PAGE_MS = 5;

const jobs = Number(Deno.args[0] ?? 10_000);
const backups = Number(Deno.args[1] ?? 100_000);
const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
const real = createHost();
const provider = "http://127.0.0.1:1/backups";
const peer: PeerInfo = { local: false, remote: "127.0.0.1:50000" };

function say(what: string, text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${what.padEnd(44)} ${text}\n`));
}

function runOf(job: string, at: number) {
  const slot = Date.now() - (at + 2) * HOUR;
  const times = { slot: slot - slot % 1000, createdAt: slot, startTime: slot, endTime: slot + 60_000 };
  const runId = real.ids.uuidv7();
  const fields = { runId, job, trigger: "schedule", status: "available", providerKey: provider } as const;
  return newRun({ ...fields, ...times, id: runId, dataId: runId, sizeMb: 12.5 });
}

async function fill(store: RunStore, job: string, count: number): Promise<void> {
  await store.commit({
    job,
    writes: [{ write: "addJob", state: { ...jobState(job), providerKey: provider } }],
  });
  for (let from = 0; from < count; from += 1000) {
    const runs = Array.from({ length: Math.min(1000, count - from) }, (_, at) => runOf(job, from + at));
    await store.commit({ job, writes: runs.map((run) => ({ write: "insert", run })) });
  }
}

/** Starts the program on a state with so many jobs, the first of them with so many backups. */
async function start(name: string, count: number, ofFirst: number) {
  const url = `file:${folder}/${name}.db`;
  const { clock, files, ids, http } = real;
  const watch = trusting(clock);
  {
    const options = { url, token: null, clock, files, ids, http, watch, sink: { emit: () => {} } };
    await using store = await openStore(options);
    const names = Array.from({ length: count }, (_, at) => `job-${at}`);
    await Promise.all(names.map((job, at) => fill(store, job, at === 0 ? ofFirst : 5)));
  }
  const list = Array.from({ length: count }, (_, at) => `{ name: job-${at} }`).join(", ");
  const text = `server: { listen: "127.0.0.1:8080", socket: none }\nstate: { url: "${url}" }\n` +
    `log: { level: error }\ndefaults: { provider: { url: "${provider}" }, retention: { daily: 7 } }\njobs: [ ${list} ]\n`;
  const memory = new MemoryFiles({ "/home/me/schelly.yaml": text });
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
  };
  const load = () => loadConfig({ flags: {}, env: {}, files: memory, now: clock.now() });
  const app = await startApp({ config: await load(), reload: load, host });
  const ask = async (path: string) => {
    const answer = await handlers[0]!(new Request(`http://127.0.0.1:8080${path}`), peer);
    const body = await answer.text();
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body}`);
    return body.length;
  };
  return { ask, stop: () => app.stop() };
}

/** Median of some askings (ms), and the longest pause of other work meanwhile. */
async function measure(ask: () => Promise<unknown>): Promise<{ ms: number; gap: number }> {
  await ask();
  const taken: number[] = [];
  let gap = 0;
  let last = performance.now();
  const look = () => {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
  };
  const watching = setInterval(look, 1);
  for (let round = 0; round < 7; round++) {
    const began = performance.now();
    await ask();
    taken.push(performance.now() - began);
    await real.clock.sleep(5);
  }
  clearInterval(watching);
  return { ms: taken.toSorted((a, b) => a - b)[taken.length >> 1]!, gap };
}

/** The 99th percentile (ms) of many askings by ten callers. */
async function percentile(ask: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  let left = ASKED;
  await Promise.all(Array.from({ length: CALLERS }, async () => {
    while (left-- > 0) {
      const began = performance.now();
      await ask();
      taken.push(performance.now() - began);
      await real.clock.yield();
    }
  }));
  return taken.toSorted((a, b) => a - b)[Math.floor(taken.length * 0.99)]!;
}

try {
  const small = await start("small", 10, 1_000);
  const large = await start("large", jobs, backups);
  let one: number | undefined;
  for (const path of ["/jobs/job-1", "/jobs?limit=100", "/jobs", "/metrics"]) {
    const { ms, gap } = await measure(() => large.ask(path));
    one ??= ms;
    const missed = gap > MOST_GAP_MS ? `  (target: ${MOST_GAP_MS} ms, MISSED)` : "";
    say(
      `${path} of ${jobs} jobs`,
      `${ms.toFixed(1)} ms, ${(ms / one).toFixed(0)} times one job; pause ${gap.toFixed(0)} ms${missed}`,
    );
  }
  for (
    const path of [
      "/backups?limit=100",
      "/backups?limit=100&status=available",
      "/runs?limit=100&trigger=manual",
    ]
  ) {
    const [few, many] = [await percentile(() => small.ask(path)), await percentile(() => large.ask(path))];
    const missed = many > MOST_PAGE_MS ? `  (target: ${MOST_PAGE_MS} ms, MISSED)` : "";
    say(
      path,
      `99 % of ${CALLERS} callers: ${many.toFixed(1)} ms, ${
        (many / few).toFixed(1)
      } times that of few rows${missed}`,
    );
  }
  await small.stop();
  await large.stop();
} finally {
  Deno.removeSync(folder, { recursive: true });
}
Deno.exit(0);
