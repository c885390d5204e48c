// Starting a backup: once for each run, never more at a time than allowed, never before it is written down.

import { assert, ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { Clock, Ids } from "../../ports/host.ts";
import type { Backuper, BackupInfo } from "../../ports/provider.ts";
import { infoOfEntry } from "./backup_info.ts";
import { digestOf } from "../protocol/body_digest.ts";
import type { Fences } from "./fences.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { RunningBackups } from "./running_backups.ts";
import { SlowError, within } from "../time_limit.ts";

/** A start as it comes over the wire, where the caller need not be Schelly. */
export interface StartCall {
  /** Null: no run to tie it to; then the start cannot be repeated safely. */
  runId: string | null;
  job: string | null;
  slot: number | null;
  /** Null: not checked. */
  fence: number | null;
  body: Json | undefined;
}

/** The host makes as many backups as it may at a time; `id` is one that is being made, null when it has none yet. */
export class BusyError extends ProviderError {
  constructor(message: string, readonly id: string | null) {
    super("unsent", message, { status: 409 });
  }
}

export interface StartsOptions {
  backuper: Backuper;
  clock: Clock;
  ids: Ids;
  maxConcurrent: number;
  journalFolder: string;
  createBody?: Json;
  journal: Journal;
  fences: Fences;
  running: RunningBackups;
  /** What is said of a backup now. */
  infoOf(entry: JournalEntry): BackupInfo;
  /** Renders an error without secrets. */
  textOf(error: unknown): string;
}

export interface Starts {
  start(call: StartCall): Promise<{ backup: BackupInfo; isNew: boolean }>;
  /** The backup of a run that is just being started. */
  underWay(runId: string): Promise<BackupInfo> | undefined;
  /** Since the host was made. */
  readonly count: number;
  /** Starts nothing more; resolves when no start can begin its work any more. */
  stop(): Promise<void>;
}

/** How long a start waits for the Backuper's `init`. */
const READY_WAIT_MS = 30_000;

const STOP_WAIT_MS = 2_000;

/** No start yet. */
export function createStarts(options: StartsOptions): Starts {
  const { backuper, clock, ids, journal, fences, running, textOf } = options;
  const starting = new Map<symbol, { runId: string | null; digest: string; backup: Promise<BackupInfo> }>();
  let count = 0;
  let ready: Promise<void> | undefined;
  let stopping = false;

  async function start(call: StartCall): Promise<{ backup: BackupInfo; isNew: boolean }> {
    const body = call.body ?? options.createBody;
    const digest = await digestOf(body);
    await fences.admit(call.job, call.fence);
    // From here to `starting.set` nothing waits: two starts of one run cannot pass each other.
    if (call.runId !== null) {
      for (const other of starting.values()) {
        if (other.runId !== call.runId) continue;
        requireSameBody(call.runId, digest, other.digest);
        return { backup: await other.backup, isNew: false };
      }
      const before = journal.byRunId(call.runId);
      if (before !== undefined) {
        requireSameBody(call.runId, digest, before.bodyDigest);
        return { backup: again(call.runId, before), isNew: false };
      }
    }
    requireRunning();
    if (running.size + starting.size >= options.maxConcurrent) throw busy();
    const place = Symbol();
    const backup = begin(call, body, digest).finally(() => starting.delete(place));
    starting.set(place, { runId: call.runId, digest, backup });
    return { backup: await backup, isNew: true };
  }

  function requireRunning(): void {
    if (!stopping) return;
    throw new ProviderError("unsent", "Cannot start a backup: this program is stopping", { status: 503 });
  }

  function again(runId: string, before: JournalEntry): BackupInfo {
    if (before.state !== "deleted") return options.infoOf(before);
    const message = `Cannot start run '${runId}' again: its backup '${before.id}' was deleted: ` +
      "a new backup needs a run id (Idempotency-Key) of its own";
    throw new ProviderError("refused", message, { status: 422 });
  }

  function busy(): BusyError {
    const id = running.ids()[0] ?? null;
    const which = id === null ? "another backup is just starting" : `backup '${id}' is running`;
    const most = options.maxConcurrent === 1 ? "one at a time" : `${options.maxConcurrent} at a time`;
    return new BusyError(`Cannot start a backup now: ${which}, and this provider makes ${most}`, id);
  }

  async function begin(call: StartCall, body: Json | undefined, digest: string): Promise<BackupInfo> {
    await becomeReady();
    requireRunning();
    const id = ids.uuidv7();
    assert(!journal.entries.has(id), "a new backup's id was never used before");
    const entry: JournalEntry = {
      id,
      state: "running",
      runId: call.runId,
      job: call.job,
      bodyDigest: digest,
      startedAt: clock.now(),
      endedAt: null,
      dataId: null,
      sizeMb: null,
      message: null,
      reason: null,
      processes: [],
    };
    try {
      await journal.record(entry);
    } catch (error) {
      const message = `Cannot start a backup: the journal in '${options.journalFolder}' cannot be written: ${
        textOf(error)
      }`;
      throw new ProviderError("unsent", message, { status: 503, cause: error });
    }
    count++;
    running.begin(entry, call.slot, body);
    return infoOfEntry(entry, "started");
  }

  /** The Backuper's `init`, until it succeeded once; a start waits a moment for it, or is told to come again. */
  async function becomeReady(): Promise<void> {
    ready ??= Promise.resolve().then(() => backuper.init());
    const current = ready;
    try {
      await within(clock, READY_WAIT_MS, current, "the provider is still getting ready");
    } catch (error) {
      if (!(error instanceof SlowError) && ready === current) ready = undefined;
      throw new ProviderError("unsent", `Cannot start a backup: ${textOf(error)}`, {
        status: 503,
        cause: error,
      });
    }
  }

  return {
    start,
    underWay: (runId) => [...starting.values()].find((one) => one.runId === runId)?.backup,
    get count() {
      return count;
    },
    async stop() {
      stopping = true;
      const all = Promise.allSettled([...starting.values()].map((one) => one.backup));
      // One that waits for `init` starts nothing any more.
      await within(clock, STOP_WAIT_MS, all, "").catch(() => {});
    },
  };
}

function requireSameBody(runId: string, digest: string, before: string): void {
  if (digest === before) return;
  const message = `Cannot start run '${runId}' again with another body: ` +
    "its Idempotency-Key stands for the call it came with first";
  throw new ProviderError("refused", message, { status: 422 });
}
