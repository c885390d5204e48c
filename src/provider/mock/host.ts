// A provider that makes nothing: backups in memory that take time, fail, get stuck and vanish as the settings say.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { Clock, Files, Ids, Random } from "../../ports/host.ts";
import type { BackupInfo, DeleteAnswer, GetAnswer } from "../../ports/provider.ts";
import type { BackupHost } from "../host/backup_host.ts";
import type { StartCall } from "../host/backup_starts.ts";
import { BusyError } from "../host/start_refusals.ts";
import { openFences } from "../host/fences.ts";
import type { MockExtension, MockSettings, Range } from "./settings.ts";

export interface MockPorts {
  clock: Clock;
  ids: Ids;
  files: Files;
}

/** What a mock needs to know anew at each call. */
export interface MockState {
  settings(): MockSettings;
  /** Decides about backups only: so the same seed gives the same ones, however often they are looked at. */
  random(): Random;
  /** Told of whatever happens to a backup. */
  tell(what: string, data: Record<string, string | number>): void;
}

interface MockBackup {
  id: string;
  runId: string | null;
  job: string | null;
  body: string;
  startedAt: number;
  /** Monotonic, for the progress. */
  began: number;
  durationMs: number;
  endedAt?: number;
  state: "running" | "available" | "failed" | "deleted" | "forgotten";
  message: string;
  sizeMb?: number;
  stop: AbortController;
}

/** A create body with this field makes a backup that fails, whatever the rate. */
const FAIL_FIELD = "fail";

/** An empty mock; what is running ends with it. */
export async function createMockHost(state: MockState, ports: MockPorts): Promise<BackupHost> {
  const { clock, ids } = ports;
  const fences = await openFences(ports.files, null);
  const backups = new Map<string, MockBackup>();
  const runs = new Map<string, MockBackup>();
  const totals = { started: 0, available: 0, failed: 0, cancelled: 0, deleted: 0 };
  const has = (word: MockExtension) => state.settings().extensions.has(word);
  const happens = (share: number) => share > 0 && state.random().next() < share;
  const draw = ({ least, most }: Range) => least + state.random().next() * (most - least);
  const running = () => [...backups.values()].filter((one) => one.state === "running");

  async function start(call: StartCall): Promise<{ backup: BackupInfo; isNew: boolean }> {
    if (has("fence")) await fences.admit(call.job, call.fence);
    // From here on nothing waits: two starts of one run cannot pass each other.
    const before = call.runId === null || !has("idempotency") ? undefined : runs.get(call.runId);
    if (before !== undefined) return { backup: again(before, call.body), isNew: false };
    const busy = running();
    const { max_concurrent } = state.settings();
    if (busy.length >= max_concurrent) {
      const { id } = busy[0]!;
      throw new BusyError(
        `Cannot start a backup now: '${id}' is running, and this mock makes ${max_concurrent}`,
        id,
      );
    }
    return { backup: infoOf(begin(call)), isNew: true };
  }

  function again(before: MockBackup, body: Json | undefined): BackupInfo {
    if (before.body === textOf(body) && before.state !== "deleted") return infoOf(before);
    const why = before.state === "deleted"
      ? `its backup '${before.id}' was deleted`
      : "its body is another one";
    throw new ProviderError("refused", `Cannot start run '${before.runId}' again: ${why}`, { status: 422 });
  }

  function begin(call: StartCall): MockBackup {
    const settings = state.settings();
    const unique = ids.uuidv7();
    const backup: MockBackup = {
      id: settings.odd_ids ? `mock/ü 1%?#&${unique}` : unique,
      runId: call.runId,
      job: call.job,
      body: textOf(call.body),
      startedAt: clock.now(),
      began: clock.monotonic(),
      durationMs: Math.round(draw(settings.duration)),
      state: "running",
      message: "",
      stop: new AbortController(),
    };
    const fails = happens(settings.fail_rate) || asksToFail(call.body);
    const stuck = happens(settings.stuck_rate);
    const sizeMb = Math.round(draw(settings.size_mb) * 1000) / 1000;
    const vanishes = happens(settings.forget_rate);
    backups.set(backup.id, backup);
    if (call.runId !== null) runs.set(call.runId, backup);
    totals.started++;
    state.tell("started", {
      id: backup.id,
      ...(call.job === null ? {} : { job: call.job }),
      ...(stuck ? { ends: "never" } : { ends: fails ? "failed" : "available", after_ms: backup.durationMs }),
    });
    if (!stuck) void play(backup, { fails, sizeMb, vanishes });
    return backup;
  }

  async function play(
    backup: MockBackup,
    fate: { fails: boolean; sizeMb: number; vanishes: boolean },
  ): Promise<void> {
    try {
      await clock.sleep(backup.durationMs, backup.stop.signal);
      end(backup, fate.fails ? "failed" : "available");
      if (fate.fails) backup.message = "this mock was told to let it fail";
      else backup.sizeMb = fate.sizeMb;
      state.tell(backup.state, { id: backup.id, ...(fate.fails ? {} : { size_mb: fate.sizeMb }) });
      if (fate.fails || !fate.vanishes) return;
      await clock.sleep(state.settings().forget_after, backup.stop.signal);
      backup.state = "forgotten";
      state.tell("forgotten", { id: backup.id });
    } catch (error) {
      if (!backup.stop.signal.aborted) throw error;
    }
  }

  function end(backup: MockBackup, how: "available" | "failed"): void {
    backup.state = how;
    backup.endedAt = Math.max(clock.now(), backup.startedAt);
    totals[how]++;
  }

  function infoOf(backup: MockBackup): BackupInfo {
    const word = backup.state === "available" || backup.state === "failed" ? backup.state : "running";
    const share = Math.min(
      99,
      Math.floor((clock.monotonic() - backup.began) / Math.max(1, backup.durationMs) * 100),
    );
    const info: BackupInfo = {
      id: backup.id,
      dataId: word === "available" ? `data-${backup.id}` : backup.id,
      state: word,
      status: word,
      message: word === "running" ? `${share} % done` : backup.message || "done",
      startTime: backup.startedAt,
    };
    if (backup.sizeMb !== undefined) info.sizeMb = backup.sizeMb;
    if (backup.endedAt !== undefined) info.endTime = backup.endedAt;
    if (backup.runId !== null && has("run_id")) info.runId = backup.runId;
    return info;
  }

  function find(id: string): MockBackup | undefined {
    const backup = backups.get(id);
    return backup?.state === "forgotten" ? undefined : backup;
  }

  function get(id: string): Promise<GetAnswer> {
    const backup = find(id);
    const answer: GetAnswer = backup === undefined
      ? { found: "no" }
      : backup.state === "deleted"
      ? { found: has("gone") ? "gone" : "no" }
      : { found: "yes", backup: infoOf(backup) };
    return Promise.resolve(answer);
  }

  async function remove(id: string, _body: Json | undefined, fence: number | null): Promise<DeleteAnswer> {
    const backup = find(id);
    if (backup?.job && has("fence")) await fences.admit(backup.job, fence);
    if (backup === undefined) return "absent";
    if (backup.state === "deleted") return has("gone") ? "gone" : "absent";
    const wasRunning = backup.state === "running";
    backup.stop.abort();
    backup.state = "deleted";
    totals[wasRunning ? "cancelled" : "deleted"]++;
    state.tell(wasRunning ? "cancelled" : "deleted", { id });
    return "deleted";
  }

  function list(): Promise<BackupInfo[]> {
    if (!has("list")) {
      const why = "Cannot list: this mock was told not to have the extension 'list'";
      return Promise.reject(new ProviderError("refused", why, { status: 405 }));
    }
    const there = [...backups.values()].filter((one) => one.state !== "deleted" && one.state !== "forgotten");
    return Promise.resolve(there.map(infoOf));
  }

  return {
    key: "mock",
    start,
    create: async (call) => (await start(call)).backup,
    get,
    remove,
    delete: remove,
    list,
    lookup(runId) {
      const backup = runs.get(runId);
      const there = backup !== undefined && backup.state !== "deleted" && backup.state !== "forgotten";
      return Promise.resolve(there ? infoOf(backup) : undefined);
    },
    capabilities: () =>
      Promise.resolve({
        idempotency: has("idempotency"),
        list: has("list"),
        lookup: has("lookup"),
        fence: has("fence"),
      }),
    check: () => Promise.resolve([]),
    output: () => Promise.resolve(undefined),
    totals: () => ({ running: running().length, ...totals }),
    [Symbol.asyncDispose]() {
      for (const { stop } of backups.values()) stop.abort();
      return Promise.resolve();
    },
  };
}

function asksToFail(body: Json | undefined): boolean {
  return body !== null && typeof body === "object" && !Array.isArray(body) && body[FAIL_FIELD] === true;
}

function textOf(body: Json | undefined): string {
  return JSON.stringify(body) ?? "";
}
