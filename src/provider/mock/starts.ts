// Starts of a mock's backups: once for each run, where the mock can do that, and never more at a time than allowed.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { Ids } from "../../ports/host.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { StartCall } from "../host/backup_starts.ts";
import { BusyError } from "../host/start_refusals.ts";
import { drawFate, play } from "./fate.ts";
import { has, infoOf, type MockBackup, type MockMemory, runningOf } from "./memory.ts";

/** Waits for nothing, so that two starts of one run cannot pass each other; throws `ProviderError`. */
export function startMock(
  memory: MockMemory,
  ids: Ids,
  call: StartCall,
): { backup: BackupInfo; isNew: boolean } {
  const before = call.runId === null || !has(memory, "idempotency") ? undefined : memory.runs.get(call.runId);
  if (before !== undefined) return { backup: again(memory, before, call.body), isNew: false };
  const busy = runningOf(memory);
  const { max_concurrent } = memory.state.settings();
  if (busy.length >= max_concurrent) {
    const { id } = busy[0]!;
    throw new BusyError(
      `Cannot start a backup now: '${id}' is running, and this mock makes ${max_concurrent}`,
      id,
    );
  }
  return { backup: infoOf(memory, begin(memory, ids, call)), isNew: true };
}

function again(memory: MockMemory, before: MockBackup, body: Json | undefined): BackupInfo {
  if (before.body === textOf(body) && before.state !== "deleted") return infoOf(memory, before);
  const why = before.state === "deleted"
    ? `its backup '${before.id}' was deleted`
    : "its body is another one";
  throw new ProviderError("refused", `Cannot start run '${before.runId}' again: ${why}`, { status: 422 });
}

function begin(memory: MockMemory, ids: Ids, call: StartCall): MockBackup {
  const { state, clock, backups, runs, totals } = memory;
  const settings = state.settings();
  const fate = drawFate(settings, state.random(), call.body);
  const unique = ids.uuidv7();
  const backup: MockBackup = {
    id: settings.odd_ids ? `mock/ü 1%?#&${unique}` : unique,
    runId: call.runId,
    job: call.job,
    body: textOf(call.body),
    startedAt: clock.now(),
    began: clock.monotonic(),
    durationMs: fate.durationMs,
    state: "running",
    message: "",
    isDamaged: fate.isDamaged,
    stop: new AbortController(),
  };
  backups.set(backup.id, backup);
  if (call.runId !== null) runs.set(call.runId, backup);
  totals.started++;
  const end = fate.fails ? "failed" : "available";
  state.tell("started", {
    id: backup.id,
    ...(call.job === null ? {} : { job: call.job }),
    ...(fate.stuck ? { ends: "never" } : { ends: end, after_ms: backup.durationMs }),
  });
  if (!fate.stuck) void play(memory, backup, fate);
  return backup;
}

function textOf(body: Json | undefined): string {
  return JSON.stringify(body) ?? "";
}
