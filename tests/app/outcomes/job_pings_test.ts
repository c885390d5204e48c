// What a dead man's switch is told of the runs of a job, over real HTTP, and what Schelly says where it cannot be told.
// Also tests ping_told.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { JobPings } from "../../../src/app/outcomes/job_pings.ts";
import { newRun, type Run } from "../../../src/domain/backup.ts";
import type { PingSpec } from "../../../src/domain/ping.ts";
import type { EngineEvent, EventType } from "../../../src/ports/events.ts";
import type { Clock } from "../../../src/ports/host.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { systemHttp } from "../../../src/runtime/http.ts";
import { startCheckReceiver } from "../../support/check_receiver.ts";

const RUN = "01932f3e-7c00-7000-8000-000000000001";
const NEXT = "01932f3e-7c00-7000-8000-000000000002";
const SLOT = Date.UTC(2026, 10, 20);

/** Waits a hundred times as fast. */
const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };

interface Rig {
  pings: JobPings;
  /** What was saved, and what was only told. */
  recorded: EngineEvent[];
  told: EngineEvent[];
  runs: Map<string, Run>;
  emit(type: EventType, data?: EngineEvent["data"], runId?: string, job?: string): void;
}

function rigOf(url: string, settings: Partial<PingSpec> = {}, output?: string): Rig {
  const recorded: EngineEvent[] = [];
  const told: EngineEvent[] = [];
  const runs = new Map([RUN, NEXT].map((runId) => [runId, runOf(runId)]));
  const pings = new JobPings({
    clock,
    http: systemHttp,
    pingOf: (job) => job === "db" ? { url, start: true, output: true, ...settings } : undefined,
    run: (runId) => Promise.resolve(runs.get(runId)),
    output: () => Promise.resolve(output),
    record: (event) => Promise.resolve(void recorded.push(event)),
    sink: { emit: (event) => void told.push(event) },
  });
  return {
    pings,
    recorded,
    told,
    runs,
    emit: (type, data, runId = RUN, job = "db") =>
      pings.emit({
        type,
        level: "info",
        at: SLOT,
        job,
        runId,
        message: `${type} it is`,
        ...(data ? { data } : {}),
      }),
  };
}

const runOf = (runId: string, fields: Partial<Run> = {}) =>
  newRun({
    runId,
    job: "db",
    trigger: "schedule",
    slot: SLOT,
    status: "failed",
    providerKey: "p",
    createdAt: SLOT,
    ...fields,
  });

test("a run is told from its start to its backup, with its own id, and another job's is not", async () => {
  await using receiver = await startCheckReceiver();
  const { pings, emit, recorded } = rigOf(receiver.url);
  emit("run.sending", { attempt: 1 });
  emit("run.sending", { attempt: 2 });
  emit("run.started");
  emit("run.available", undefined, RUN, "other");
  emit("run.available");
  await until(() => receiver.pings.length === 2);
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(receiver.pings.map(({ signal, rid, body }) => [signal, rid, body]), [
    ["start", RUN, "run.sending it is"],
    ["success", RUN, "run.available it is"],
  ]);
  assert.deepEqual(recorded, []);
});

test("start: false tells the end alone", async () => {
  await using receiver = await startCheckReceiver();
  const { pings, emit } = rigOf(receiver.url, { start: false });
  emit("run.sending", { attempt: 1 });
  emit("run.available");
  await until(() => receiver.pings.length === 1);
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(receiver.pings.map(({ signal }) => signal), ["success"]);
});

test("whatever leaves no backup is a failure; what is tried again is only noted until its last try", async () => {
  await using receiver = await startCheckReceiver();
  const { pings, emit, runs } = rigOf(receiver.url);
  runs.set(RUN, runOf(RUN, { retryAt: SLOT + 1 }));
  emit("run.failed");
  await until(() => receiver.pings.length === 1);
  runs.set(RUN, runOf(RUN, { retryEnd: "next_slot", message: "the disk is full" }));
  emit("run.tries_ended");
  emit("run.tries_ended");
  for (const end of ["run.cancelled", "run.lost", "run.expired"] as const) emit(end, undefined, NEXT);
  runs.set(NEXT, runOf(NEXT, { suspectAt: SLOT, suspectReason: "only 1 MiB" }));
  emit("run.available", undefined, NEXT);
  await until(() => receiver.pings.length === 6);
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(receiver.pings.map(({ signal, body }) => [signal, body]), [
    ["log", "run.failed it is"],
    ["fail", "run.tries_ended it is\nthe disk is full"],
    ["fail", "run.cancelled it is"],
    ["fail", "run.lost it is"],
    ["fail", "run.expired it is"],
    ["fail", "run.available it is, but suspect: only 1 MiB"],
  ]);
});

test("a try that has followed by the time it is asked for is no failure of the slot", async () => {
  await using receiver = await startCheckReceiver();
  const { pings, emit, runs } = rigOf(receiver.url);
  runs.set(RUN, runOf(RUN, { retryEnd: "tried_again" }));
  emit("run.failed");
  await until(() => receiver.pings.length === 1);
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(receiver.pings.map(({ signal }) => signal), ["log"]);
});

test("a slot that was missed is noted; a paused one is nobody's business", async () => {
  await using receiver = await startCheckReceiver();
  const { pings, emit } = rigOf(receiver.url);
  emit("run.skipped", { reason: "missed" });
  emit("run.skipped", { reason: "still_running" });
  emit("run.skipped", { reason: "paused" });
  emit("run.found", { was: "missing" });
  await until(() => receiver.pings.length === 2);
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(receiver.pings.map(({ signal }) => signal), ["log", "log"]);
});

test("a backup that is found after all is there", async () => {
  await using receiver = await startCheckReceiver();
  const { pings, emit } = rigOf(receiver.url);
  emit("run.failed");
  emit("run.found", { was: "failed" });
  await until(() => receiver.pings.length === 2);
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(receiver.pings.map(({ signal }) => signal), ["fail", "success"]);
});

test("a failure comes with the end of the provider's output, as much as receivers keep", async () => {
  const output = Array.from({ length: 2_000 }, (_, line) => `line ${line} é`).join("\n");
  await using receiver = await startCheckReceiver();
  const { pings, emit } = rigOf(receiver.url, {}, output);
  emit("run.failed");
  emit("run.available", undefined, NEXT);
  await until(() => receiver.pings.length === 2);
  await pings[Symbol.asyncDispose]();
  const [failed, available] = receiver.pings;
  assert.match(failed!.body, /^run\.failed it is\n\nline \d+ é\n/);
  assert.match(failed!.body, /line 1999 é$/);
  assert.ok(failed!.body.length > 8_000);
  assert.equal(available!.body, "run.available it is");

  const { pings: quiet, emit: quietly } = rigOf(receiver.url, { output: false }, output);
  quietly("run.failed");
  await until(() => receiver.pings.length === 3);
  await quiet[Symbol.asyncDispose]();
  assert.equal(receiver.pings.at(-1)!.body, "run.failed it is");
});

test("one event says that pings do not get through, another one that they do again", async () => {
  await using receiver = await startCheckReceiver({ status: 404 });
  const { pings, emit, recorded, told } = rigOf(receiver.url);
  emit("run.sending", { attempt: 1 });
  emit("run.failed");
  emit("run.failed", undefined, NEXT);
  await until(() => receiver.count() === 3 && told.length === 2);
  assert.deepEqual(
    recorded.map(({ type, level, job, runId, message }) => [type, level, job, runId, message]),
    [[
      "ping.failed",
      "warning",
      "db",
      RUN,
      "The ping 'start' of job 'db' was not taken: it was answered 404, as if there were no such check",
    ]],
  );
  assert.deepEqual(told.map(({ level }) => level), ["debug", "debug"]);
  const [trouble] = pings.troubles();
  assert.deepEqual([trouble!.what, trouble!.job], ["ping", "db"]);
  assert.match(trouble!.why, /^it was answered 404/);
  receiver.manner = "takes";
  emit("run.available", undefined, NEXT);
  await until(() => receiver.pings.length === 1);
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(pings.troubles(), []);
  assert.deepEqual(recorded.map(({ type, level }) => [type, level]), [["ping.failed", "warning"], [
    "ping.sent",
    "info",
  ]]);
  for (const { message, data } of [...recorded, ...told]) {
    assert.doesNotMatch(`${message}${JSON.stringify(data)}`, /5f8b1a52|127\.0\.0\.1/);
  }
});

test("a start that finds no way is not tried again once the end is there", async () => {
  await using receiver = await startCheckReceiver("takes_no_start");
  const { pings, emit } = rigOf(receiver.url);
  emit("run.sending", { attempt: 1 });
  emit("run.available");
  await until(() => receiver.pings.length === 1);
  await pings[Symbol.asyncDispose]();
  assert.equal(receiver.count(), 2);
  assert.deepEqual(receiver.pings.map(({ signal }) => signal), ["success"]);
});

test("a stop waits a little, then says what could not be sent", async () => {
  await using receiver = await startCheckReceiver("hangs");
  const { pings, emit, recorded } = rigOf(receiver.url);
  emit("run.sending", { attempt: 1 });
  emit("run.available");
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(recorded.map(({ message }) => message), [
    "2 pings of job 'db' could not be sent before Schelly stopped",
  ]);
  emit("run.failed");
  assert.equal(receiver.count(), 1);
});

test("a receiver that hangs holds up no other, and its own line does not grow without end", async () => {
  await using slow = await startCheckReceiver("hangs");
  await using quick = await startCheckReceiver();
  const recorded: EngineEvent[] = [];
  await using pings = new JobPings({
    clock,
    http: systemHttp,
    pingOf: (job) => ({ url: job === "quick" ? quick.url : slow.url, start: true, output: true }),
    run: (runId) => Promise.resolve(runOf(runId)),
    output: () => Promise.resolve(undefined),
    record: (event) => Promise.resolve(void recorded.push(event)),
    sink: { emit() {} },
  });
  const emit = (job: string, type: EventType) =>
    pings.emit({ type, level: "info", at: SLOT, job, runId: RUN, message: "it is", data: { attempt: 1 } });
  for (let job = 0; job < 40; job++) emit(`slow-${job}`, "run.sending");
  for (let more = 0; more < 60; more++) emit("slow-0", "run.sending");
  emit("quick", "run.available");
  await until(() => quick.pings.length === 1);
  assert.ok(slow.count() <= 8, "as many as are sent to one host at a time");
});

async function until(holds: () => boolean): Promise<void> {
  const end = systemClock.monotonic() + 10_000;
  while (!holds()) {
    assert.ok(systemClock.monotonic() < end, "it does not come to hold");
    await systemClock.sleep(1);
  }
}
