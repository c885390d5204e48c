// Very many deletions in one run of retention, through the real store and over HTTP at an instant provider in another
// process: deletions a second without and with the look before each, by how many calls the provider may have at once;
// commits, processor time, and the event loop's worst gap.
// deno run -P=default bench/deletions.ts [deletions …, default 1000 10000]; WAYS="no look" leaves the looks out,
// IN_FLIGHT="64" all other numbers of calls at a time.

import process from "node:process";
import { newRun, type Run } from "../src/domain/backup.ts";
import type { HttpProviderSpec } from "../src/domain/provider_spec.ts";
import { Accepted } from "../src/engine/context/accepted.ts";
import { queueCalls } from "../src/engine/context/calls.ts";
import { Sends } from "../src/engine/context/sends.ts";
import { ElectionFollower } from "../src/engine/retention/election_follower.ts";
import { policyText } from "../src/engine/retention/election_look.ts";
import { retain } from "../src/engine/retention/retain.ts";
import type { RetentionContext } from "../src/engine/retention/retention_context.ts";
import type { JobState } from "../src/ports/store.ts";
import { createHttpProvider } from "../src/provider/client/http_provider.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { systemFiles } from "../src/runtime/files.ts";
import { systemHttp } from "../src/runtime/http.ts";
import { createIds } from "../src/runtime/ids.ts";
import { openStore } from "../src/store/run_store.ts";
import { job as jobOf, policy as policyOf } from "../tests/support/engine_rig.ts";
import { trusting } from "../tests/support/hand_watch.ts";
import { startProvider } from "./child.ts";
import { say } from "./print.ts";
import { found } from "./promises.ts";

const MINUTE = 60_000;
const KEPT = 10;

const clock = systemClock;
const watch = trusting(clock);
const ids = createIds(clock);

interface Figures {
  perSecond: number;
  cpuMs: number;
  commits: number;
  gapMs: number;
  mostInFlight: number;
}

function backup(at: number, of: number, now: number): Run {
  const slot = now - (of - at) * MINUTE;
  return newRun({
    runId: ids.uuidv7(),
    job: "db",
    trigger: "schedule",
    slot,
    status: "available",
    providerKey: "p",
    id: `b-${at}`,
    dataId: `b-${at}`,
    createdAt: slot,
    startTime: slot,
    endTime: slot + 1_000,
    sizeMb: 12.5,
  });
}

/** Worst lateness of a 10 ms sleep until `isOver`. */
async function worstGap(isOver: () => boolean): Promise<number> {
  let worst = 0;
  while (!isOver()) {
    const start = performance.now();
    await clock.sleep(10);
    worst = Math.max(worst, performance.now() - start - 10);
  }
  return worst;
}

async function measure(url: string, count: number, maxConcurrent: number, verify: boolean): Promise<Figures> {
  const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
  await (await fetch(`${url}/-/forget`, { method: "POST" })).body?.cancel();
  const job = jobOf({
    retention: policyOf(`minutely=${KEPT}`),
    guard: { maxPercent: 100, policyChangeHoldMs: 0 },
    verifyBeforeDelete: verify,
    maxDeletesPerPass: Infinity,
  });
  let commits = 0;
  const sink = { emit: ({ type }: { type: string }) => void (type === "store.commit" && commits++) };
  const store = await openStore({
    url: `file:${folder}/schelly.db`,
    token: null,
    files: systemFiles,
    clock,
    watch,
    ids,
    sink,
    http: fetch,
  });
  const now = clock.now();
  const state = {
    job: "db",
    knownSince: 0,
    cursor: now,
    revision: 0,
    availableCount: 0,
    schedule: job.schedule,
    timezone: job.timezone,
    policy: policyText(job),
    policySince: 0,
    providerKey: "p",
    graceFactor: 1,
    edition: 0,
  } as JobState;
  await store.commit({ job: "db", writes: [{ write: "addJob", state }] });
  const total = count + KEPT;
  for (let at = 0; at < total; at += 1000) {
    const runs = Array.from(
      { length: Math.min(1000, total - at) },
      (_, more) => backup(at + more, total, now),
    );
    await store.commit({ job: "db", writes: runs.map((run) => ({ write: "insert", run })) });
  }
  const spec = {
    kind: "http",
    key: "p",
    url: `${url}/backups`,
    headers: {},
    timeouts: { createMs: 60_000, getMs: 10_000, deleteMs: 60_000 },
  } as unknown as HttpProviderSpec;
  const provider = createHttpProvider(spec, { http: systemHttp, clock, sink: { emit: () => {} } });
  const stop = new AbortController().signal;
  const context: RetentionContext = {
    clock,
    watch,
    ids,
    random: { next: () => 0.5 },
    store,
    sink,
    sends: new Sends(clock),
    accepted: new Accepted(clock, stop),
    serviceOf: (key) => key,
    stop,
    job,
    calls: queueCalls(provider, maxConcurrent, clock),
    deleteBody: undefined,
    policy: policyText(job),
    edition: 0,
  };
  commits = 0;
  let over = false;
  const gap = worstGap(() => over);
  const cpu = process.cpuUsage();
  const report = await retain(context, new ElectionFollower(context), () => store.job("db"));
  const { user, system } = process.cpuUsage(cpu);
  over = true;
  const gapMs = await gap;
  const { DELETE: seen } = await (await fetch(`${url}/-/seen`)).json();
  await store[Symbol.asyncDispose]();
  Deno.removeSync(folder, { recursive: true });
  if (report?.removed?.deleted !== count) {
    throw new Error(`not all were deleted: ${JSON.stringify(report?.removed)}`);
  }
  return {
    perSecond: count / (seen.last - seen.first) * 1000,
    cpuMs: (user + system) / 1000,
    commits,
    gapMs,
    mostInFlight: seen.mostInFlight,
  };
}

const provider = await startProvider();
try {
  for (const count of Deno.args.length === 0 ? [1_000, 10_000] : Deno.args.map(Number)) {
    for (const verify of Deno.env.get("WAYS") === "no look" ? [false] : [false, true]) {
      for (const maxConcurrent of (Deno.env.get("IN_FLIGHT") ?? "1 16 64").split(" ").map(Number)) {
        const { perSecond, cpuMs, commits, gapMs, mostInFlight } = await measure(
          provider.url,
          count,
          maxConcurrent,
          verify,
        );
        say(
          `${count} deletions, ${verify ? "each looked at" : "no look"}, max_concurrent ${maxConcurrent}`,
          `${perSecond.toFixed(0)}/s; ${(cpuMs / count).toFixed(2)} ms of processor time each; ` +
            `${(commits / count).toFixed(2)} commits each; at most ${mostInFlight} at once; ` +
            `longest gap ${gapMs.toFixed(0)} ms`,
        );
        if (verify || maxConcurrent < 64) continue;
        found({
          what: `${count} deletions in one run, no look before each`,
          promised: "at least 2,000/s",
          measured: `${perSecond.toFixed(0)}/s, ${(cpuMs / count).toFixed(2)} ms of the processor each; ` +
            `gap ${gapMs.toFixed(0)} ms`,
          isMet: perSecond >= 2_000,
        });
      }
    }
  }
} finally {
  await provider.stop();
}
