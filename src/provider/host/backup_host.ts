// Turns a Backuper into a Provider: ids, one start for each run, a limit at once, cancel, and a journal that is
// written before anything is said, so that a crash leaves neither a ghost nor a backup that runs for ever.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock, Files, Ids, Processes } from "../../ports/host.ts";
import type { Backuper, BackupInfo, Capabilities, DeleteAnswer, Provider } from "../../ports/provider.ts";
import { createDeletions } from "./backup_deletions.ts";
import { createBackupOutputs, dropOldOutputs, outputFolder } from "./backup_outputs.ts";
import { type BackupSources, getBackup, listBackups, lookupBackup, outputOf } from "./backup_reads.ts";
import { createStarts, type StartCall } from "./backup_starts.ts";
import { settleCutOff } from "./cut_off.ts";
import { runDuePosts } from "./due_posts.ts";
import { createEndHooks } from "./end_hooks.ts";
import { type Fences, openFences } from "./fences.ts";
import { createFreshBackups } from "./fresh_backups.ts";
import type { Hooks } from "./hooks.ts";
import { checkHost } from "./host_check.ts";
import { createHostStorage } from "./host_storage.ts";
import { createHostTexts } from "./host_texts.ts";
import { digestOf } from "../protocol/body_digest.ts";
import { countEnd, type EndTotals, type HostTotals } from "./host_totals.ts";
import { type Journal, openJournal } from "./journal.ts";
import { ownJournal } from "./journal_owner.ts";
import { createTellOdd } from "./live_backup.ts";
import { createRunningBackups } from "./running_backups.ts";

export interface BackupHostOptions extends Hooks {
  /** Provider key. */
  key: string;
  backuper: Backuper;
  clock: Clock;
  ids: Ids;
  files: Files;
  processes: Processes;
  /** Of this process. */
  pid: number;
  sink?: EventSink;
  /** Made when missing; belongs to one living host at a time. */
  journalFolder: string;
  /** False keeps fences in memory only, for a provider inside Schelly itself. Default true. */
  keepFences?: boolean;
  maxConcurrent: number;
  /** Most time for one backup; null: no limit. */
  createLimitMs?: number | null;
  /** Most time for one look into the storage. Default 30 s. */
  getLimitMs?: number;
  /** Most time for one deletion. Default 10 min. */
  deleteLimitMs?: number;
  /** Used where a call has no body of its own. */
  createBody?: Json;
  deleteBody?: Json;
  /** Texts that are blotted out of messages and output. */
  secrets?: readonly string[];
}

export interface BackupHost extends Provider, AsyncDisposable {
  /** As `create`, for callers that may lack a run; `isNew` is false when the run had its backup already. */
  start(call: StartCall): Promise<{ backup: BackupInfo; isNew: boolean }>;
  /** As `delete`, with the fence optional. */
  remove(id: string, body: Json | undefined, fence: number | null): Promise<DeleteAnswer>;
  totals(): HostTotals;
}

/**
 * Opens the journal, settles what a crash cut off, and serves.
 * Rejects with `ProviderError` when the folder cannot be used or belongs to a living process.
 */
export async function createBackupHost(options: BackupHostOptions): Promise<BackupHost> {
  const { files, journalFolder: folder } = options;
  try {
    await files.makeFolder(outputFolder(folder), 0o700);
  } catch (error) {
    const message =
      `Cannot make the folder '${folder}' for the journal of backups: ${(error as Error).message}: ` +
      "it must be writable by this user";
    throw new ProviderError("unsent", message, { status: 503, cause: error });
  }
  const giveBack = await ownJournal(options, folder);
  try {
    const journal = await openJournal(files, folder);
    const cutOff = await settleCutOff(options, journal);
    await dropOldOutputs(options, folder, journal);
    const fences = await openFences(files, options.keepFences === false ? null : `${folder}/fences.json`);
    return serve(options, { journal, fences, cutOff, giveBack });
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/** How long hooks may take at the end of this program, at most and at least. */
const STOP_WAIT_MS = 15_000;
const STOP_LEFT_MS = 1_000;

/** Puts the parts of a host together. */
function serve(
  options: BackupHostOptions,
  { journal, fences, cutOff, giveBack }: {
    journal: Journal;
    fences: Fences;
    /** Ids of the backups that were found running. */
    cutOff: ReadonlySet<string>;
    giveBack: () => Promise<void>;
  },
): BackupHost {
  const { backuper, clock, files, journalFolder } = options;
  const texts = createHostTexts(options.secrets ?? []);
  const { textOf } = texts;
  const limits = { getMs: options.getLimitMs ?? 30_000, deleteMs: options.deleteLimitMs ?? 600_000 };
  const storage = createHostStorage(clock, backuper, limits, textOf);
  const outputs = createBackupOutputs(files, journalFolder);
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
    onCutOff: endHooks.begin,
  }, cutOff);
  const hasPost = post !== undefined && post !== null;
  const starts = createStarts({ ...options, journal, fences, running, duePosts, hasPost, textOf });
  const sources: BackupSources = { journalFolder, journal, storage, running, fresh };
  const remove = createDeletions({
    clock,
    sources,
    fences,
    textOf,
    deleteBody: options.deleteBody,
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
    get: (id) => getBackup(sources, id),
    delete: remove,
    lookup: (runId) => starts.underWay(runId) ?? lookupBackup(sources, runId),
    list: () => listBackups(sources),
    capabilities: () => capabilitiesOf(backuper),
    check: (asked) => checkHost(options, texts, asked),
    output: (id) => outputOf(sources, outputs.read, id),
    totals: () => ({ running: running.size + duePosts.size, started: starts.count, ...ended }),
    async [Symbol.asyncDispose]() {
      if (stopping) return;
      stopping = true;
      const began = clock.monotonic();
      await starts.stop();
      await Promise.all([running.stop(), duePosts.stop(STOP_WAIT_MS)]);
      // Together they take no longer than the backups alone may.
      await endHooks.stop(Math.max(STOP_LEFT_MS, STOP_WAIT_MS - (clock.monotonic() - began)));
      await giveBack();
    },
  };
}

async function capabilitiesOf(backuper: Backuper): Promise<Capabilities> {
  const host = await backuper.host?.();
  const all = { idempotency: true, list: true, lookup: true, fence: true };
  return host === undefined ? all : { ...all, host };
}
