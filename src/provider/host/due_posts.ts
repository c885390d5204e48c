// What a crash, or a stop in the middle of it, kept `post` from: it runs now, and no new backup begins before it ended.

import type { Json } from "../../domain/job.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import { killProcesses, noteProcess } from "./backup_processes.ts";
import type { KeptOutputs } from "../../ports/backup_memory.ts";
import { hookEnv, joinMessages } from "./backup_work.ts";
import { type Hooks, outcomeEnv, outcomeOf, runHook } from "./hooks.ts";
import type { HostTexts } from "./host_texts.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { type LiveBackup, newLiveBackup, type TellOdd } from "./live_backup.ts";
import { postRunningError } from "./start_refusals.ts";
import { SlowError, within } from "../time_limit.ts";

interface DuePostsOptions extends Hooks {
  clock: Clock;
  processes: Processes;
  journal: Journal;
  outputs: KeptOutputs;
  texts: HostTexts;
  tellOdd: TellOdd;
  /** The body that a backup of this digest was started with, where that is known: the journal keeps no bodies. */
  bodyOf(digest: string): Promise<Json | undefined>;
  /** Called for each backup that was found running at this start, or that owed its `post`, after that. */
  onOver(entry: JournalEntry, body: Json | undefined): void;
}

export interface DuePosts {
  /** How many have not ended. */
  readonly size: number;
  /** Resolves once all have ended; rejects with `ProviderError` (`unsent`) when that takes more than a moment. */
  ended(): Promise<void>;
  /** Gives them a while to end, then ends them: they stay due. */
  stop(waitMs: number): Promise<void>;
}

/** How long a start waits for them. */
const START_WAIT_MS = 10_000;
const KILLED_WAIT_MS = 1_000;
const JOURNAL_RETRY_MS = 5_000;

/** Begins with all that are due; `found` are the ids of the backups that this start found running. */
export function runDuePosts(options: DuePostsOptions, found: ReadonlySet<string>): DuePosts {
  const { clock, journal, processes, texts } = options;
  const running = new Map<string, LiveBackup>();
  const stopping = new AbortController();
  for (const entry of journal.entries.values()) {
    if (!entry.postDue && !found.has(entry.id)) continue;
    const live = newLiveBackup(entry, texts.redact);
    running.set(entry.id, live);
    live.ended = settle(options, live, stopping.signal).catch((error) => {
      options.tellOdd(live, "error", `After backup '${entry.id}': ${texts.textOf(error)}`);
    }).finally(() => running.delete(entry.id));
  }

  const all = () => Promise.all([...running.values()].map((live) => live.ended));
  return {
    get size() {
      return running.size;
    },
    async ended() {
      if (running.size === 0) return;
      await within(clock, START_WAIT_MS, all(), "").catch((error) => {
        if (!(error instanceof SlowError)) throw error;
        throw postRunningError([...running.keys()]);
      });
    },
    async stop(waitMs) {
      stopping.abort();
      const lives = [...running.values()];
      await within(clock, waitMs, all(), "").catch(async () => {
        for (const live of lives) live.givenUp = true;
        await Promise.all(lives.map((live) => killProcesses(processes, live)));
      });
      await within(clock, KILLED_WAIT_MS, all(), "").catch(() => {});
    },
  };
}

async function settle(
  options: DuePostsOptions,
  live: LiveBackup,
  stopping: AbortSignal,
): Promise<void> {
  const body = await options.bodyOf(live.entry.bodyDigest);
  if (live.entry.postDue) {
    if (!await runPost(options, live, body)) return;
    if (!await noteRun(options, live, stopping)) return;
  }
  options.onOver(live.entry, body);
}

/** False when it is still due: this program is stopping. */
async function runPost(options: DuePostsOptions, live: LiveBackup, body: Json | undefined): Promise<boolean> {
  const { texts, tellOdd } = options;
  const { entry } = live;
  let message = entry.message;
  if (live.givenUp) return false;
  // The configuration may have another one by now, or none.
  if (options.post) {
    const env = { ...hookEnv({ ...entry, body }), ...outcomeEnv(outcomeOf(entry), entry) };
    const said = `The post command of backup '${entry.id}', which was kept from running, ran now`;
    try {
      await runHook(options, {
        which: "post",
        spec: options.post,
        env,
        output: (line) => live.ring.add(line),
        started: (pid) => void noteProcess(options, live, pid, tellOdd),
      });
      if (live.givenUp) return false;
      tellOdd(live, "info", said);
    } catch (error) {
      if (live.givenUp) return false;
      message = texts.clean(joinMessages(entry.message, (error as Error).message));
      tellOdd(live, "warning", `${said}: ${texts.textOf(error)}`);
    }
    await options.outputs.save(entry.id, live.ring.text()).catch(() => {});
  }
  live.over = true;
  live.entry = { ...live.entry, message, postDue: false, processes: entry.processes };
  return true;
}

/** True once the journal has it; false when this program stops before. */
async function noteRun(
  { clock, journal, texts, tellOdd }: DuePostsOptions,
  live: LiveBackup,
  stopping: AbortSignal,
): Promise<boolean> {
  for (;;) {
    try {
      await journal.record(live.entry);
      return true;
    } catch (error) {
      const { id } = live.entry;
      tellOdd(live, "error", `Cannot note that post of backup '${id}' ran: ${texts.textOf(error)}`);
      await clock.sleep(JOURNAL_RETRY_MS, stopping).catch(() => {});
      if (stopping.aborted) return false;
    }
  }
}
