// Hooks of jobs on Schelly's side: each outcome of a slot runs its command, once, whatever kill comes between; and nothing
// waits for it.
// Also tests hook_outcome.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { JobHooks } from "../../../src/app/outcomes/job_hooks.ts";
import { newRun, type Run } from "../../../src/domain/backup.ts";
import type { HookLedger } from "../../../src/domain/hook_ledger.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { EventType } from "../../../src/ports/events.ts";
import type { ProcessSpec } from "../../../src/ports/host.ts";
import type { StoredEvent } from "../../../src/ports/queries.ts";
import type { Change } from "../../../src/ports/store.ts";
import { systemClock } from "../../../src/runtime/clock.ts";

const SLOT = Date.UTC(2026, 10, 20);
const HOOK = {
  argv: ["notify", "me"] as [string, ...string[]],
  timeoutMs: 60_000,
  env: { TOKEN: "hush-hush" },
};
const JOBS = [
  { name: "db", onSuccess: { ...HOOK, argv: ["cheer"] }, onFailure: HOOK },
  { name: "quiet" },
] as unknown as Job[];

/** What outlives a process. */
interface Disk {
  events: StoredEvent[];
  ledger: HookLedger | undefined;
  runs: Map<string, Run>;
}

const emptyDisk = (): Disk => ({ events: [], ledger: undefined, runs: new Map() });

/** One life of the program on a disk. */
function lifeOn(disk: Disk, options: { jobs?: Job[]; holds?: boolean; code?: number; stderr?: string } = {}) {
  const { jobs = JOBS } = options;
  const ran: ProcessSpec[] = [];
  const life = { dead: false, saves: true, running: 0, most: 0 };
  const release = Promise.withResolvers<void>();
  const add = (event: Omit<StoredEvent, "seq">) =>
    void disk.events.push({ ...event, seq: disk.events.length + 1 });
  const hooks: JobHooks = new JobHooks({
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) },
    env: { PATH: "/bin", SCHELLY_STATE_TOKEN: "secret", BORG_PASSPHRASE: "inherited-one" },
    job: (name) => jobs.find((job) => job.name === name),
    sink: { emit() {} },
    processes: {
      async run(spec) {
        ran.push(spec);
        life.most = Math.max(life.most, ++life.running);
        if (options.holds) {
          const ended = Promise.withResolvers<void>();
          spec.signal?.addEventListener("abort", () => ended.resolve());
          await Promise.race([release.promise, ended.promise]);
        }
        life.running--;
        if (options.stderr) spec.onStderrLine?.(options.stderr);
        return { code: options.code ?? 0, signal: null, stdout: "", stderr: "" };
      },
      killGroup: () => false,
      identity: () => Promise.resolve(undefined),
      fate: () => Promise.resolve("ended"),
    },
    store: {
      commit({ writes, events = [] }: Change) {
        if (life.dead) return new Promise(() => {});
        if (!life.saves) return Promise.reject(new Error("the disk is full"));
        for (const write of writes) if (write.write === "hooks") disk.ledger = write.ledger ?? undefined;
        events.forEach(add);
        return Promise.resolve();
      },
      events({ after = 0, type, limit, ascending }) {
        const fit = disk.events.filter((event) =>
          event.seq > after && (type === undefined || type.includes(event.type))
        );
        return Promise.resolve((ascending ? fit : fit.toReversed()).slice(0, limit));
      },
      hooks: () => Promise.resolve(disk.ledger),
      run: (runId) => Promise.resolve(disk.runs.get(runId)),
    },
  });
  let runs = 0;
  return {
    ...life,
    hooks,
    ran,
    life,
    release: release.resolve,
    outcomes: () => ran.map(({ env }) => env!.SCHELLY_OUTCOME),
    told: (type: EventType = "hook.failed") =>
      disk.events.filter((event) => event.type === type).map(({ message }) => message),
    /** An event of a run of its own, as the engine commits it. */
    emit(type: EventType, fields: Partial<Run> = {}, data: StoredEvent["data"] = {}, job = "db") {
      const runId = fields.runId ?? `run-${disk.events.length}-${++runs}`;
      disk.runs.set(
        runId,
        newRun({
          job,
          trigger: "schedule",
          slot: SLOT,
          status: "failed",
          providerKey: "p",
          createdAt: SLOT,
          ...fields,
          runId,
        }),
      );
      const event = { type, level: "info" as const, at: SLOT, job, runId, message: `${type} it is`, data };
      add(event);
      hooks.emit(event);
    },
  };
}

test("each outcome of a slot runs its command, and is told by its environment alone", async () => {
  const { hooks, emit, ran, outcomes } = lifeOn(emptyDisk());
  await using _ = hooks;
  await hooks.take(JOBS);
  emit("run.available", { status: "available", id: "b1", runId: "r1" });
  emit("run.available", { suspectAt: SLOT, suspectReason: "only 1 MiB" });
  emit("run.failed", { reason: "unreachable", message: "connection\x1b[31m refused\r" });
  emit("run.failed", { retryAt: SLOT + 1 });
  emit("run.cancelled", { reason: "by ann" });
  emit("run.lost");
  emit("run.expired");
  emit("run.skipped", {}, { reason: "missed" });
  emit("run.skipped", {}, { reason: "still_running" });
  emit("run.skipped", {}, { reason: "paused" });
  emit("run.failed", {}, {}, "quiet");
  emit("retention.guarded", {}, { guard: "max_percent" });
  await until(() => ran.length === 9);
  assert.deepEqual(outcomes(), [
    "available",
    "suspect",
    "failed",
    "cancelled",
    "lost",
    "expired",
    "missed",
    "skipped",
    "guarded",
  ]);
  assert.deepEqual(ran.map(({ argv }) => argv[0]), ["cheer", ...Array(8).fill("notify")]);
  assert.deepEqual(ran[0]!.env, {
    PATH: "/bin",
    BORG_PASSPHRASE: "inherited-one",
    TOKEN: "hush-hush",
    SCHELLY_JOB: "db",
    SCHELLY_RUN_ID: "r1",
    SCHELLY_BACKUP_ID: "b1",
    SCHELLY_SLOT: "2026-11-20T00:00:00.000Z",
    SCHELLY_AT: "2026-11-20T00:00:00.000Z",
    SCHELLY_OUTCOME: "available",
    SCHELLY_REASON: "",
    SCHELLY_MESSAGE: "run.available it is",
  });
  assert.ok(ran.every(({ clearEnv }) => clearEnv));
  const told = (at: number) => [ran[at]!.env!.SCHELLY_REASON, ran[at]!.env!.SCHELLY_MESSAGE];
  assert.deepEqual(told(1), ["", "only 1 MiB"]);
  assert.deepEqual(told(2), ["unreachable", "connection [31m refused "]);
  assert.deepEqual(told(6), ["missed", "run.skipped it is"]);
  assert.deepEqual(told(8), ["max_percent", "retention.guarded it is"]);
});

test("a guard is told of once until it is answered, and a run's end once however it is told", async () => {
  const { hooks, emit, outcomes, ran } = lifeOn(emptyDisk());
  await using _ = hooks;
  await hooks.take(JOBS);
  emit("retention.guarded", {}, { guard: "max_percent" });
  emit("run.failed", { runId: "r", retryEnd: "paused" });
  emit("run.tries_ended", { runId: "r", retryEnd: "paused" });
  emit("retention.guarded", {}, { guard: "max_percent" });
  emit("retention.approved");
  emit("retention.guarded", {}, { guard: "max_percent" });
  emit("run.lost");
  await until(() => ran.length === 4);
  // A guard has no run: the rig gives it one, which is not what tells them apart.
  assert.deepEqual(outcomes(), ["guarded", "failed", "guarded", "lost"]);
});

test("those of one job run one after the other, and what fails is an event without secrets", async () => {
  const { hooks, emit, life, told } = lifeOn(emptyDisk(), {
    code: 3,
    stderr: "no route with hush-hush, inherited-one",
  });
  await using _ = hooks;
  await hooks.take(JOBS);
  for (let run = 0; run < 5; run++) emit("run.failed");
  await until(() => told().length === 5);
  assert.equal(life.most, 1);
  assert.equal(
    told()[0],
    "The on_failure command 'notify' ended with exit code 3: no route with <redacted>, <redacted> (of job 'db', whose outcome is 'failed')",
  );
  const [trouble, ...others] = hooks.troubles();
  assert.deepEqual([trouble!.what, trouble!.job, others], ["on_failure", "db", []]);
  assert.match(trouble!.why, /exit code 3: no route with <redacted>, <redacted>$/);
});

test("what a kill keeps from beginning is run at the next start; what it hits is told and not run again", async () => {
  const disk = emptyDisk();
  const first = lifeOn(disk, { holds: true });
  await first.hooks.take(JOBS);
  first.emit("run.failed", { runId: "r1" });
  first.emit("run.failed", { runId: "r2" });
  await until(() => first.ran.length === 1);
  first.life.dead = true;
  first.release();
  first.emit("run.lost", { runId: "r3" });

  const second = lifeOn(disk);
  await second.hooks.take(JOBS);
  await until(() => second.ran.length === 2);
  assert.deepEqual(second.ran.map(({ env }) => env!.SCHELLY_RUN_ID), ["r2", "r3"]);
  assert.deepEqual(second.told(), [
    "A hook of job 'db' was cut off when Schelly ended, or just about to begin, and is not run again: " +
    "it was to tell of: run.failed it is",
  ]);
  await until(() => second.told("hook.done").length === 2);
  await second.hooks[Symbol.asyncDispose]();

  const third = lifeOn(disk);
  await third.hooks.take(JOBS);
  third.emit("run.failed", { runId: "r4" });
  await until(() => third.ran.length === 1);
  assert.equal(third.ran[0]!.env!.SCHELLY_RUN_ID, "r4", "nothing is run twice");
  await third.hooks[Symbol.asyncDispose]();
});

test("a stop ends what takes too long and leaves what waits to the next start", async () => {
  const disk = emptyDisk();
  const first = lifeOn(disk, { holds: true });
  await first.hooks.take(JOBS);
  first.emit("run.failed", { runId: "r1" });
  first.emit("run.failed", { runId: "r2" });
  await until(() => first.ran.length === 1);
  await first.hooks[Symbol.asyncDispose]();
  await until(() => first.told().length === 1);
  assert.match(first.told()[0]!, /was cancelled/);

  const second = lifeOn(disk);
  await second.hooks.take(JOBS);
  await until(() => second.ran.length === 1);
  assert.equal(second.ran[0]!.env!.SCHELLY_RUN_ID, "r2");
  await second.hooks[Symbol.asyncDispose]();
});

test("a hook that cannot be written down to have begun waits until it can", async () => {
  const { hooks, emit, ran, life } = lifeOn(emptyDisk());
  await using _ = hooks;
  await hooks.take(JOBS);
  life.saves = false;
  emit("run.failed");
  await systemClock.sleep(30);
  assert.equal(ran.length, 0);
  life.saves = true;
  await until(() => ran.length === 1);
});

test("whoever asks for hooks is told from then on, also after they were taken out for a while", async () => {
  const disk = emptyDisk();
  const none = lifeOn(disk, { jobs: [] });
  await none.hooks.take([]);
  none.emit("run.failed");
  const first = lifeOn(disk);
  await first.hooks.take([]);
  await first.hooks.take(JOBS);
  first.emit("run.lost");
  await until(() => first.ran.length === 1 && first.told("hook.done").length === 1);
  assert.deepEqual(first.outcomes(), ["lost"]);
  await first.hooks[Symbol.asyncDispose]();
  const without = lifeOn(disk, { jobs: [] });
  await without.hooks.take([]);
  assert.equal(disk.ledger, undefined);
  without.emit("run.failed");
  const again = lifeOn(disk);
  await again.hooks.take(JOBS);
  again.emit("run.cancelled");
  await until(() => again.ran.length === 1);
  assert.deepEqual(again.outcomes(), ["cancelled"]);
  await again.hooks[Symbol.asyncDispose]();
});

test("a command that is slower than its runs keeps the newest, and says which it left out", async () => {
  const { hooks, emit, ran, release, told } = lifeOn(emptyDisk(), { holds: true });
  await using _ = hooks;
  await hooks.take(JOBS);
  for (let run = 0; run < 31; run++) emit("run.failed", { runId: `r${run}` });
  await until(() => ran.length === 1);
  await systemClock.sleep(20);
  release();
  await until(() => ran.length === 21);
  assert.equal(told().length, 10);
  assert.match(told()[0]!, /was not run: 20 newer ones wait/);
  assert.equal(ran.at(-1)!.env!.SCHELLY_RUN_ID, "r30");
});

async function until(holds: () => boolean): Promise<void> {
  const end = systemClock.monotonic() + 10_000;
  while (!holds()) {
    assert.ok(systemClock.monotonic() < end, "it does not come to hold");
    await systemClock.sleep(1);
  }
}
