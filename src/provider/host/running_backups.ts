// The backups being made now: each to its end, and its end on disk before it is said aloud.

import type { Json } from "../../domain/job.ts";
import type { KeptOutputs } from "../../ports/backup_memory.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import type { Backuper, DeleteAnswer } from "../../ports/provider.ts";
import { cancelBackup } from "./backup_cancel.ts";
import { endBackup, endCancelled, type EndOptions } from "./backup_end.ts";
import { killProcesses, noteProcess } from "./backup_processes.ts";
import { makeBackup } from "./backup_work.ts";
import type { EndHooks } from "./end_hooks.ts";
import type { Hooks } from "./hooks.ts";
import type { HostStorage } from "./host_storage.ts";
import type { HostTexts } from "./host_texts.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { type LiveBackup, newLiveBackup, type TellOdd } from "./live_backup.ts";
import { within } from "../time_limit.ts";

interface RunningOptions extends Hooks {
  key: string;
  backuper: Backuper;
  clock: Clock;
  processes: Processes;
  tellOdd: TellOdd;
  endHooks: EndHooks;
  createLimitMs?: number | null;
  journal: Journal;
  storage: HostStorage;
  texts: HostTexts;
  outputs: KeptOutputs;
  /** Called when an end is on disk. */
  onEnd(entry: JournalEntry, cancelled: boolean): void;
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

const STOP_WAIT_MS = 15_000;
const KILLED_WAIT_MS = 1_000;

/** No backup yet. */
export function createRunningBackups(options: RunningOptions): RunningBackups {
  const { clock, processes, texts } = options;
  const running = new Map<string, LiveBackup>();
  let stopping = false;
  const ends: EndOptions = { ...options, isStopping: () => stopping };

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
      const live = newLiveBackup(entry, texts.redact);
      running.set(entry.id, live);
      live.ended = run(options, ends, live, slot, body).finally(() => running.delete(entry.id));
    },
    cancel: (id, body) => cancelBackup(options, running.get(id)!, body),
    async stop() {
      stopping = true;
      const lives = [...running.values()];
      for (const live of lives) live.stop.abort(new Error("this program is stopping"));
      const all = Promise.all(lives.map((live) => live.ended));
      const killAll = () => {
        for (const live of lives) live.givenUp = true;
        return Promise.all(lives.map((live) => killProcesses(processes, live)));
      };
      await within(clock, STOP_WAIT_MS, all, "").catch(killAll);
      await within(clock, KILLED_WAIT_MS, all, "").catch(() => {});
    },
  };
}

/** From its first command to its end on disk. */
async function run(
  options: RunningOptions,
  ends: EndOptions,
  live: LiveBackup,
  slot: number | null,
  body: Json | undefined,
): Promise<void> {
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
        if (live.cancelled === null) live.message = options.texts.clean(message);
      },
      output: (line) => live.ring.add(line),
      started: (pid) => void noteProcess(options, live, pid, ends.tellOdd),
    },
    killAll: () => void killProcesses(options.processes, live),
    isCancelled: () => live.cancelled !== null,
    isGivenUp: () => live.givenUp,
    async worked({ state, reason, dataId, sizeMb, message }) {
      const came = { dataId, sizeMb, message: options.texts.clean(message) };
      live.entry = state === "available"
        ? { ...live.entry, made: came }
        : { ...live.entry, failed: { ...came, reason } };
      await options.journal.record(live.entry).catch(() => {});
    },
    async postEnded() {
      live.entry = { ...live.entry, postDue: false };
      // Its end, which is on its way to the journal, says it too.
      await options.journal.record(live.entry).catch(() => {});
    },
    clean: options.texts.clean,
  });
  await options.outputs.save(id, live.ring.text()).catch(() => {});
  live.over = live.cancelled === null;
  if (live.cancelled !== null) await endCancelled(ends, live, outcome, live.cancelled.body);
  else await endBackup(ends, live, outcome);
  const end = options.journal.entries.get(id);
  // One whose end is not on disk is found running by the next start, which also runs a `post` that did not end.
  if (end !== undefined && end.state !== "running" && !end.postDue) options.endHooks.begin(end, body);
}
