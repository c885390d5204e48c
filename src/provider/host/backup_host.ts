// Turns a Backuper into a Provider: ids, one start for each run, a limit at once, cancel, and a journal that is
// written before anything is said, so that a crash leaves neither a ghost nor a backup that runs for ever.

import type { Json } from "../../domain/job.ts";
import type { EventSink } from "../../ports/events.ts";
import type { BackupMemory } from "../../ports/backup_memory.ts";
import type { FileTree } from "../../ports/file_tree.ts";
import type { Clock, Files, Ids, Machine, Processes } from "../../ports/host.ts";
import type {
  Backuper,
  BackupInfo,
  Capabilities,
  DeleteAnswer,
  GetAnswer,
  Provider,
} from "../../ports/provider.ts";
import { createDeletions } from "./backup_deletions.ts";
import {
  type BackupSources,
  getBackup,
  listBackups,
  lookupBackup,
  outputOf,
  standsWhole,
} from "./backup_reads.ts";
import { createStarts, type StartCall } from "./backup_starts.ts";
import { settleCutOff } from "./cut_off.ts";
import { runDuePosts } from "./due_posts.ts";
import { createEndHooks } from "./end_hooks.ts";
import { type Fences, openFences } from "./fences.ts";
import { createFreshBackups } from "./fresh_backups.ts";
import type { Hooks } from "./hooks.ts";
import { checkHost } from "./host_check.ts";
import { createHostStorage } from "./host_storage.ts";
import { createHostTexts, type HostTexts } from "./host_texts.ts";
import { digestOf } from "../protocol/body_digest.ts";
import { countEnd, type EndTotals, type HostTotals } from "./host_totals.ts";
import { type Journal, type JournalEntry, openJournal } from "./journal.ts";
import { settleTasks } from "./cut_off_tasks.ts";
import { createHostTasks, type HostTasks } from "./host_tasks.ts";
import { createTellOdd } from "./live_backup.ts";
import { createLiveTasks, type LiveTasks } from "./live_tasks.ts";
import { dropOldOutputs } from "./old_outputs.ts";
import { createRunningBackups } from "./running_backups.ts";
import { openTaskBook, type TaskBook, type TaskEntry } from "./task_book.ts";

export interface BackupHostOptions extends Hooks {
  /** Provider key. */
  key: string;
  backuper: Backuper;
  clock: Clock;
  ids: Ids;
  files: Files;
  tree: FileTree;
  processes: Processes;
  /** The one this process runs on; absent: not known. */
  machine?: () => Machine;
  /** Of this process; absent: not known. */
  pid?: number;
  sink?: EventSink;
  /** Belongs to this host, which gives it back at its end, and when it cannot be made. */
  memory: BackupMemory;
  /** False keeps fences in memory only, for a provider inside Schelly itself. Default true. */
  keepFences?: boolean;
  maxConcurrent: number;
  /** Most time for one backup; null: no limit. */
  createLimitMs?: number | null;
  /** Most time for one look into the storage. Default 30 s. */
  getLimitMs?: number;
  /** Most time for one deletion. Default 10 min. */
  deleteLimitMs?: number;
  /** Folders into which may be restored, or what answers those of now; null: any. Default none. */
  restoreRoots?: readonly string[] | null | (() => readonly string[]);
  /** In which backups are restored to be verified. Default: where temporary files are. */
  scratchFolder?: string;
  /** Used where a call has no body of its own. */
  createBody?: Json;
  deleteBody?: Json;
  /** Texts that are blotted out of messages and output. */
  secrets?: readonly string[];
}

export interface BackupHost extends Provider, Pick<HostTasks, "verifyAsked">, AsyncDisposable {
  /** As `create`, for callers that may lack a run; `isNew` is false when the run had its backup already. */
  start(call: StartCall): Promise<{ backup: BackupInfo; isNew: boolean }>;
  /** As `delete`, with the fence optional. */
  remove(id: string, body: Json | undefined, fence: number | null): Promise<DeleteAnswer>;
  totals(): HostTotals;
  /** True while it makes or restores a backup: whoever ends it now loses that work. */
  isAtWork(): boolean;
}

/**
 * Opens the journal, settles what a crash cut off, and serves.
 * Rejects with `ProviderError` when what is kept is damaged or cannot be read.
 */
export async function createBackupHost(options: BackupHostOptions): Promise<BackupHost> {
  const { memory, clock } = options;
  try {
    const journal = await openJournal(memory);
    const found = await settleCutOff(options, journal);
    await dropOldOutputs(memory.outputs, clock, journal);
    const tell = tellTask(options);
    const book = await openTaskBook(memory.notes, (message) => tell(null, message));
    const texts = createHostTexts(options.secrets ?? []);
    await settleTasks({ ...options, texts, book, tell }, options.machine);
    const fences = await openFences(options.keepFences === false ? null : memory.notes);
    return serve(options, { journal, fences, found, book, texts, origin: await originOf(options) });
  } catch (error) {
    await memory[Symbol.asyncDispose]();
    throw error;
  }
}

/** A storage may have to read much to list one folder. */
const BROWSE_LIMIT_MS = 50_000;

/** How long hooks may take at the end of this program, at most and at least. */
const STOP_WAIT_MS = 15_000;
const STOP_LEFT_MS = 1_000;

/** What a host knows before it serves. */
interface Known {
  journal: Journal;
  fences: Fences;
  /** Ids of the backups that were found running. */
  found: ReadonlySet<string>;
  book: TaskBook;
  texts: HostTexts;
  origin: Pick<JournalEntry, "machine" | "maker">;
}

/** Puts the parts of a host together. */
function serve(options: BackupHostOptions, known: Known): BackupHost {
  const { journal, fences, texts, origin } = known;
  const { backuper, clock, memory } = options;
  const { outputs } = memory;
  const { textOf } = texts;
  const limits = { getMs: options.getLimitMs ?? 30_000, deleteMs: options.deleteLimitMs ?? 600_000 };
  const storage = createHostStorage(clock, backuper, limits, textOf);
  const fresh = createFreshBackups(clock);
  const ended: EndTotals = { available: 0, failed: 0, cancelled: 0, deleted: 0 };
  const tellOdd = createTellOdd(options);
  const endHooks = createEndHooks({ ...options, texts, tellOdd });
  const parts = { ...options, journal, storage, texts, outputs, tellOdd, endHooks };
  const running = createRunningBackups({
    ...parts,
    onEnd(entry, cancelled) {
      countEnd(ended, entry, cancelled);
      if (entry.state === "available") fresh.confirm(entry.id);
    },
  });
  const { createBody, post } = options;
  const duePosts = runDuePosts({
    ...parts,
    // The journal keeps no bodies, which may hold secrets.
    bodyOf: async (digest) =>
      createBody !== undefined && await digestOf(createBody) === digest ? createBody : undefined,
    onOver: endHooks.begin,
  }, known.found);
  const hasPost = post !== undefined && post !== null;
  const sources: BackupSources = { journal, storage, running, fresh };
  const { live, tasks } = tasksOf(options, known, {
    get: (id) => getBackup(sources, id),
    room: () => options.maxConcurrent - running.size - starts.pending,
    admit: fences.admit,
  });
  const { makeWay, told, ...offered } = tasks;
  const ways = { origin, journal, fences, running, duePosts, hasPost, textOf, makeWay };
  const starts = createStarts({ ...options, ...ways });
  const remove = createDeletions({
    clock,
    sources,
    fences,
    textOf,
    deleteBody: options.deleteBody,
    workOn: (id) => live.workOn(id),
    onDeleted(id) {
      fresh.forget(id);
      ended.deleted++;
    },
  });
  let stopping = false;

  return {
    key: options.key,
    start: starts.start,
    remove,
    create: async (call) => (await starts.start(call)).backup,
    get: async (id, options) => toldOf(await getBackup(sources, id, options), told),
    delete: remove,
    lookup: (runId) => starts.underWay(runId) ?? lookupBackup(sources, runId),
    list: async () => (await listBackups(sources)).map(told),
    standsWhole: (id) => standsWhole(sources, id),
    ...offered,
    capabilities: () => capabilitiesOf(backuper, offered),
    check: (asked) => checkHost(options, texts, asked),
    ...storage.lockKeeper,
    output: (id) => outputOf(sources, outputs.read, id),
    totals: () => ({ running: running.size + duePosts.size, started: starts.count, ...ended }),
    isAtWork: () => running.size + duePosts.size + live.of("restore").length > 0,
    async [Symbol.asyncDispose]() {
      if (stopping) return;
      stopping = true;
      const began = clock.monotonic();
      await starts.stop();
      await Promise.all([running.stop(), duePosts.stop(STOP_WAIT_MS), live.stop()]);
      // Together they take no longer than the backups alone may.
      await endHooks.stop(Math.max(STOP_LEFT_MS, STOP_WAIT_MS - (clock.monotonic() - began)));
      await memory[Symbol.asyncDispose]();
    },
  };
}

/** Verifications and restores, none at work yet. */
function tasksOf(
  options: BackupHostOptions,
  { texts, book, origin }: Known,
  asks: Pick<Parameters<typeof createHostTasks>[0], "get" | "room" | "admit">,
): { live: LiveTasks; tasks: HostTasks } {
  const parts = { ...options, texts, book, origin, tell: tellTask(options) };
  const live = createLiveTasks(parts);
  const tasks = createHostTasks({
    ...parts,
    ...asks,
    live,
    createBody: options.createBody,
    restoreRoots: options.restoreRoots === undefined ? [] : options.restoreRoots,
    scratchFolder: options.scratchFolder ?? options.files.tempFolder(),
    browseLimitMs: Math.max(options.getLimitMs ?? 0, BROWSE_LIMIT_MS),
  });
  return { live, tasks };
}

/** What tells a later start whether the program that makes a backup can still be at work. */
async function originOf(
  { machine, pid, processes }: BackupHostOptions,
): Promise<Pick<JournalEntry, "machine" | "maker">> {
  const identity = pid === undefined ? undefined : await processes.identity(pid).catch(() => undefined);
  return {
    machine: machine?.() ?? null,
    maker: pid === undefined || identity === undefined ? null : { pid, identity },
  };
}

async function capabilitiesOf(
  backuper: Backuper,
  { verify, restore, browse }: Partial<HostTasks>,
): Promise<Capabilities> {
  const [host, immutable] = [await backuper.host?.(), await backuper.immutable?.().catch(() => undefined)];
  const all: Capabilities = {
    ...{ idempotency: true, list: true, lookup: true, fence: true },
    ...(verify === undefined ? {} : { verify: true }),
    ...(restore === undefined ? {} : { restore: true }),
    ...(browse === undefined ? {} : { browse: true }),
    ...(immutable === true ? { immutable } : {}),
  };
  return host === undefined ? all : { ...all, host };
}

function toldOf(answer: GetAnswer, told: HostTasks["told"]): GetAnswer {
  return answer.found === "yes" ? { found: "yes", backup: told(answer.backup) } : answer;
}

/** Tells of a verification or restore as an event of this provider. */
function tellTask(
  { key, clock, sink }: BackupHostOptions,
): (entry: TaskEntry | null, message: string) => void {
  return (entry, message) => {
    const about = entry === null ? "" : `The ${entry.kind} of backup '${entry.id}': `;
    sink?.emit({
      type: "provider.odd",
      level: "warning",
      at: clock.now(),
      message: `${about}${message}`,
      data: { provider: key, ...(entry === null ? {} : { id: entry.id }) },
    });
  };
}
