// How long retention takes after one new backup, through the real store, by how many backups the job has; and what the
// full election of a start costs.
// deno run -A bench/pass.ts [the greatest number of backups, default 10000]

import { newRun, type Run } from "../src/domain/backup.ts";
import type { Job } from "../src/domain/job.ts";
import type { ProviderCalls } from "../src/engine/context/calls.ts";
import { lookAtColumns } from "../src/engine/retention/column_look.ts";
import { ElectionFollower } from "../src/engine/retention/election_follower.ts";
import { lookAtElection, policyText } from "../src/engine/retention/election_look.ts";
import { passOf } from "../src/engine/retention/pass.ts";
import { retain } from "../src/engine/retention/retain.ts";
import type { RetentionContext } from "../src/engine/retention/retention_context.ts";
import { Accepted } from "../src/engine/context/accepted.ts";
import { Sends } from "../src/engine/context/sends.ts";
import { drainInSlices } from "../src/engine/context/slices.ts";
import type { JobState } from "../src/ports/store.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { systemFiles } from "../src/runtime/files.ts";
import { createIds } from "../src/runtime/ids.ts";
import { type OpenStore, openStore } from "../src/store/run_store.ts";
import { trusting } from "../tests/support/hand_watch.ts";
import { say } from "./print.ts";
import { found } from "./promises.ts";
import { missedGap, MOST_GAP_MS, watched } from "./program.ts";
import { job as jobOf, policy as policyOf } from "../tests/support/engine_rig.ts";

const STEP = 10 * 60_000;
const HOUR = 6 * STEP;
const START = Date.UTC(2005, 0, 1);
const greatest = Number(Deno.args[0] ?? 10_000);
const NEW_BACKUPS = 300;

let now = START;
const clock = { ...systemClock, now: () => now };
const watch = trusting(clock);
const ids = createIds(clock);

function open(folder: string): Promise<OpenStore> {
  const url = `file:${folder}/schelly.db`;
  return openStore({
    url,
    token: null,
    files: systemFiles,
    clock,
    watch,
    ids,
    sink: { emit: () => {} },
    http: fetch,
  });
}

function backup(at: number): Run {
  const slot = START + at * STEP;
  return newRun({
    runId: ids.uuidv7(),
    job: "db",
    trigger: "schedule",
    slot,
    status: "available",
    providerKey: "p",
    id: `b-${at}`,
    dataId: `data-${at}`,
    createdAt: slot,
    startTime: slot,
    endTime: slot + 60_000,
    sizeMb: 12.5,
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function middle(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function quantiles(times: number[]): string {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

function contextOf(store: OpenStore, job: Job): RetentionContext {
  return {
    clock,
    watch,
    ids,
    random: { next: () => 0.5 },
    store,
    sink: { emit: () => {} },
    sends: new Sends(clock),
    accepted: new Accepted(clock, new AbortController().signal),
    stop: new AbortController().signal,
    job,
    calls: {
      delete: async (_id: string, _body: unknown, _fence: number, mayGo: () => Promise<boolean>) =>
        await mayGo() ? "deleted" : "withheld",
    } as unknown as ProviderCalls,
    deleteBody: undefined,
    policy: policyText(job),
    edition: 0,
  };
}

/** Of the last size: what a look costs after one new backup (ms), and the longest gaps of full and of first passes (ms). */
interface Figures {
  lookMs: number;
  fullMs: number;
  gapMs: number;
}

async function measure(count: number): Promise<Figures> {
  const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
  // Each new backup makes the oldest one a victim.
  const job = jobOf({
    retention: policyOf(`minutely=${count},hourly=100,daily=30@3,monthly=12@1,yearly=5`),
    timezone: "Europe/Berlin",
    guard: { maxPercent: 100, policyChangeHoldMs: HOUR },
    verifyBeforeDelete: false,
    maxDeletesPerPass: Infinity,
  });
  now = START;
  let store = await open(folder);
  const state: JobState = {
    job: "db",
    knownSince: START,
    cursor: START,
    revision: 0,
    availableCount: 0,
    schedule: job.schedule,
    timezone: job.timezone,
    policy: policyText(job),
    policySince: START,
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
  await store.commit({ job: "db", writes: [{ write: "addJob", state }] });
  for (let at = 0; at < count; at += 1000) {
    const runs = Array.from({ length: Math.min(1000, count - at) }, (_, more) => backup(at + more));
    await store.commit({ job: "db", writes: runs.map((run) => ({ write: "insert", run })) });
  }
  now = START + count * STEP;
  const known = () => store.job("db");

  say(`${count} backups`, "");
  const first = new ElectionFollower(contextOf(store, job));
  const firstPass = await watched(() => retain(contextOf(store, job), first, known));
  say(
    "  first pass ever, every row written",
    `${firstPass.ms.toFixed(0)} ms, ${firstPass.cpu.toFixed(0)} ms of the processor; longest gap ${
      firstPass.gap.toFixed(0)
    } ms${missedGap(firstPass.gap)}`,
  );

  await store[Symbol.asyncDispose]();
  store = await open(folder);
  let read = 0;
  const timing = {
    ...store,
    electionColumns: async (...args: Parameters<typeof store.electionColumns>) => {
      const start = performance.now();
      const columns = await store.electionColumns(...args);
      read = performance.now() - start;
      return columns;
    },
  };
  const context = contextOf(timing, job);
  const follower = new ElectionFollower(context);
  const atStart = await watched(() => retain(context, follower, known));
  say(
    "  full pass at a start",
    `${atStart.ms.toFixed(0)} ms, of which the read ${read.toFixed(0)} ms; longest gap ${
      atStart.gap.toFixed(0)
    } ms` +
      missedGap(atStart.gap),
  );

  const looks: number[] = [];
  const passes: number[] = [];
  for (let more = 0; more < NEW_BACKUPS; more++) {
    const run = backup(count + more);
    now = run.slot! + 60_000;
    await store.commit({ job: "db", writes: [{ write: "insert", run }] });
    const stateNow = (await known())!;
    const isLook = more % 2 === 0;
    if (isLook) looks.push(await timed(() => follower.look(job, stateNow)));
    const pass = await timed(() => retain(context, follower, known));
    if (!isLook) passes.push(pass);
  }
  say("  after one new backup: read, tag, elect, guard", quantiles(looks));
  say("  the same with its commits and one DELETE", quantiles(passes));
  const full = await watched(async () => {
    const work = passOf(await lookAtElection(context, job, (await known())!));
    await drainInSlices(work, clock);
  });
  say(
    "  the same by a full election over rows",
    `${full.ms.toFixed(0)} ms, ${(full.ms / middle(looks)).toFixed(0)} times; longest gap ${
      full.gap.toFixed(0)
    } ms`,
  );
  const edited = { ...job, retention: policyOf("daily=7") };
  const shown = await watched(async () => void await lookAtColumns(context, edited, (await known())!));
  say(
    "  what a reader is shown after an edit, by columns",
    `${shown.ms.toFixed(0)} ms; longest gap ${shown.gap.toFixed(0)} ms${missedGap(shown.gap)}`,
  );
  const later = { ...job, retention: policyOf(`minutely=${Math.floor(count / 2)},hourly=10`) };
  now += 1_000;
  await store.commit({
    job: "db",
    writes: [{ write: "job", job: "db", set: { policy: policyText(later), policySince: now } }],
  });
  const laterContext = contextOf(store, later);
  const edit = await watched(() => retain(laterContext, follower, known));
  say(
    "  the first pass after an edit, half of all kept formerly",
    `${edit.ms.toFixed(0)} ms; longest gap ${edit.gap.toFixed(0)} ms${missedGap(edit.gap)}`,
  );
  const inHour: number[] = [];
  let gap = 0;
  for (let more = 0; more < 100; more++) {
    now += 20_000;
    const run = {
      ...backup(count + NEW_BACKUPS + more),
      slot: now,
      periodTime: now,
      startTime: now,
      endTime: now,
    };
    await store.commit({ job: "db", writes: [{ write: "insert", run }] });
    const pass = await watched(() => retain(laterContext, follower, known));
    inHour.push(pass.ms);
    gap = Math.max(gap, pass.gap);
  }
  say(
    "  each new backup in the hour after an edit, with its commits",
    `${quantiles(inHour)}; longest gap ${gap.toFixed(0)} ms${missedGap(gap)}`,
  );
  await store[Symbol.asyncDispose]();
  Deno.removeSync(folder, { recursive: true });
  const gapMs = Math.max(firstPass.gap, atStart.gap, gap);
  return { lookMs: middle(looks), fullMs: atStart.ms, gapMs };
}

const figures: Figures[] = [];
for (let count = 1000; count <= greatest; count *= 10) figures.push(await measure(count));
const [least, most] = [figures[0]!, figures.at(-1)!];
const growth = most.lookMs / least.lookMs;
found({
  what: "after one new backup: tag and elect",
  promised: "at most 1 ms, flat from 1,000 backups",
  measured: `${most.lookMs.toFixed(2)} ms at ${greatest}, ${growth.toFixed(1)} times that at 1,000`,
  isMet: most.lookMs <= 1 && growth <= 1.5,
});
found({
  what: "passes: other work meanwhile",
  promised: `no gap over ${MOST_GAP_MS} ms`,
  measured: `first pass, full pass, hour after an edit of ${greatest}: ${most.gapMs.toFixed(0)} ms`,
  isMet: most.gapMs <= MOST_GAP_MS,
});
