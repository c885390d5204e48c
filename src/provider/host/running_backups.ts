// The backups being made now: each to its end, and its end on disk before it is said aloud.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { HookSpec } from "../../domain/provider_spec.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import type { Backuper, DeleteAnswer } from "../../ports/provider.ts";
import { tombstoneOf } from "./backup_info.ts";
import type { BackupOutputs } from "./backup_outputs.ts";
import { makeBackup, type Outcome } from "./backup_work.ts";
import type { HostStorage } from "./host_storage.ts";
import type { HostTexts } from "./host_texts.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { createOutputRing, type OutputRing } from "../output_ring.ts";
import { SlowError, within } from "../time_limit.ts";

export interface RunningOptions {
  key: string;
  backuper: Backuper;
  clock: Clock;
  processes: Processes;
  sink?: EventSink;
  pre?: HookSpec | null;
  post?: HookSpec | null;
  createLimitMs?: number | null;
  journal: Journal;
  storage: HostStorage;
  texts: HostTexts;
  outputs: BackupOutputs;
  /** Called when an end is on disk. */
  onEnd(entry: JournalEntry, cancelled: boolean): void;
}

/** One backup being made. */
interface Live {
  entry: JournalEntry;
  message: string;
  ring: OutputRing;
  stop: AbortController;
  /** Set by a DELETE: from then on it is never said to be available. */
  cancelled: { body: Json | undefined } | null;
  /** True once its end is known: it can no longer be cancelled. */
  over: boolean;
  /** Resolves when it has left the set. */
  ended: Promise<void>;
}

export interface RunningBackups {
  readonly size: number;
  /** Ids, oldest first. */
  ids(): string[];
  /** Undefined when it is not running. */
  look(id: string): { entry: JournalEntry; message: string; output(): string } | undefined;
  /** Begins the work; the entry is in the journal already. */
  begin(entry: JournalEntry, slot: number | null, body: Json | undefined): void;
  /**
   * Ends the work and removes what it left. `accepted` while that goes on; rejects with `ProviderError`
   * when it had ended by itself (`unsent`, 409: it is kept) or something of it may be left (`unknown`).
   */
  cancel(id: string, body: Json | undefined): Promise<DeleteAnswer>;
  /** Ends all work; resolves when it has ended or was given up. */
  stop(): Promise<void>;
}

const CANCEL_WAIT_MS = 30_000;
const STOP_WAIT_MS = 15_000;
const KILLED_WAIT_MS = 1_000;
const JOURNAL_RETRY_MS = 5_000;
const MAX_PROCESSES = 16;

/** No backup yet. */
export function createRunningBackups(options: RunningOptions): RunningBackups {
  const { clock, processes, journal, storage, texts: { redact, clean } } = options;
  const running = new Map<string, Live>();
  let stopping = false;

  async function run(live: Live, slot: number | null, body: Json | undefined): Promise<void> {
    const { id, runId, job } = live.entry;
    const outcome = await makeBackup(options, {
      backuper: options.backuper,
      pre: options.pre ?? null,
      post: options.post ?? null,
      limitMs: options.createLimitMs ?? null,
      task: {
        id,
        runId,
        job,
        slot,
        body,
        signal: live.stop.signal,
        progress: (message) => {
          if (live.cancelled === null) live.message = clean(message);
        },
        output: (line) => live.ring.add(line),
        started: (pid) => void noteProcess(live, pid),
      },
      killAll: () => void killAll(live),
    });
    await options.outputs.save(id, live.ring.text()).catch(() => {});
    live.over = live.cancelled === null;
    if (live.cancelled !== null) await finishCancelled(live, outcome, live.cancelled.body);
    else await finish(live, outcome);
  }

  async function finish(live: Live, outcome: Outcome): Promise<void> {
    const cutOff = outcome.state === "failed" && live.stop.signal.aborted;
    await recordEnd(live, {
      ...live.entry,
      ...outcome,
      reason: cutOff ? "cut_off" : outcome.reason,
      message: clean(
        cutOff
          ? `cut off: this program was stopped while it was running: ${outcome.message}`
          : outcome.message,
      ),
      endedAt: clock.now(),
      processes: [],
    });
  }

  /** Ends as deleted, or as failed while something of it may still be in the storage. */
  async function finishCancelled(live: Live, outcome: Outcome, body: Json | undefined): Promise<void> {
    const { entry } = live;
    live.message = "cancelled: removing what it left";
    try {
      await storage.delete(entry.id, outcome.dataId ?? entry.id, body);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return await recordEnd(live, {
        ...entry,
        state: "failed",
        reason: "cancelled",
        message: clean(`cancelled, but what it may have left could not be removed: ${why}`),
        dataId: outcome.dataId,
        endedAt: clock.now(),
        processes: [],
      });
    }
    await recordEnd(live, tombstoneOf(entry, clock.now()));
  }

  /** Tries until the end is on disk: before that nothing is said of it. */
  async function recordEnd(live: Live, end: JournalEntry): Promise<void> {
    live.over = true;
    for (;;) {
      try {
        await journal.record(end);
        return options.onEnd(end, live.cancelled !== null);
      } catch (error) {
        live.message = clean(`ended, but the journal cannot be written: ${(error as Error).message}`);
        odd(live, "error", `Backup '${end.id}' ${live.message}`);
        // Then the next start finds it running in the journal, and takes it for cut off.
        if (stopping) return;
        await clock.sleep(JOURNAL_RETRY_MS);
      }
    }
  }

  async function noteProcess(live: Live, pid: number): Promise<void> {
    const identity = await processes.identity(pid).catch(() => undefined);
    // After its end is on the way to the journal, a line that shows it running would undo that.
    if (identity === undefined || live.over) return;
    const noted = [...live.entry.processes, { pid, identity }].slice(-MAX_PROCESSES);
    live.entry = { ...live.entry, processes: noted };
    try {
      await journal.record(live.entry);
    } catch (error) {
      odd(
        live,
        "warning",
        `Cannot note process ${pid} of backup '${live.entry.id}': ${(error as Error).message}`,
      );
    }
  }

  /** Only processes that still are those that were started: a pid may have been given anew. */
  async function killAll(live: Live): Promise<void> {
    for (const { pid, identity } of live.entry.processes) {
      if (await processes.identity(pid) === identity) processes.killGroup(pid, "SIGKILL");
    }
  }

  async function cancel(id: string, body: Json | undefined): Promise<DeleteAnswer> {
    const live = running.get(id)!;
    if (!live.over) {
      live.cancelled ??= { body };
      live.message = "being cancelled";
      live.stop.abort(new Error("it was cancelled"));
    }
    try {
      await within(clock, CANCEL_WAIT_MS, live.ended, "it is still ending");
    } catch (error) {
      if (error instanceof SlowError && live.cancelled !== null) return "accepted";
      throw new ProviderError("unknown", `Cannot cancel backup '${id}': ${live.message}`, { status: 503 });
    }
    const entry = journal.entries.get(id);
    if (entry?.state === "deleted") return "deleted";
    if (live.cancelled === null) {
      const message = `Cannot cancel backup '${id}': it ended just before (${entry?.state}): it is kept; ` +
        "a DELETE sent now would delete it";
      throw new ProviderError("unsent", message, { status: 409 });
    }
    const message = `Backup '${id}' was ended but not removed: ${
      entry?.message ?? "its end is not in the journal"
    }`;
    throw new ProviderError("unknown", message, { status: 500 });
  }

  function odd(live: Live, level: "warning" | "error", message: string): void {
    const { id, job, runId } = live.entry;
    options.sink?.emit({
      type: "provider.odd",
      level,
      at: clock.now(),
      message,
      data: { provider: options.key, id },
      ...(job === null ? {} : { job }),
      ...(runId === null ? {} : { runId }),
    });
  }

  return {
    get size() {
      return running.size;
    },
    ids: () => [...running.keys()],
    look(id) {
      const live = running.get(id);
      if (live === undefined) return undefined;
      return { entry: live.entry, message: live.message, output: () => live.ring.text() };
    },
    begin(entry, slot, body) {
      const live: Live = {
        entry,
        message: "started",
        ring: createOutputRing(redact),
        stop: new AbortController(),
        cancelled: null,
        over: false,
        ended: Promise.resolve(),
      };
      running.set(entry.id, live);
      live.ended = run(live, slot, body).finally(() => running.delete(entry.id));
    },
    cancel,
    async stop() {
      stopping = true;
      const lives = [...running.values()];
      for (const live of lives) live.stop.abort(new Error("this program is stopping"));
      const all = Promise.all(lives.map((live) => live.ended));
      await within(clock, STOP_WAIT_MS, all, "").catch(() => Promise.all(lives.map(killAll)));
      await within(clock, KILLED_WAIT_MS, all, "").catch(() => {});
    },
  };
}
