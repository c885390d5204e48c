// Turns a Backuper into a Provider: ids, one start for each run, a limit at once, cancel, and a journal that is
// written before anything is said, so that a crash leaves neither a ghost nor a backup that runs for ever.

import { DAY } from "../../domain/duration.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { HookSpec } from "../../domain/provider_spec.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock, Files, Ids, Processes } from "../../ports/host.ts";
import type {
  Backuper,
  BackupInfo,
  Capabilities,
  CheckOptions,
  CheckResult,
  CreateCall,
  DeleteAnswer,
  GetAnswer,
  Provider,
} from "../../ports/provider.ts";
import { entryOfStored, infoOfEntry, infoOfStored, ownerOfStored, tombstoneOf } from "./backup_info.ts";
import { createStarts, type StartCall } from "./backup_starts.ts";
import { settleCutOff } from "./cut_off.ts";
import { type Fences, openFences } from "./fences.ts";
import { createHostStorage } from "./host_storage.ts";
import { type Journal, type JournalEntry, openJournal } from "./journal.ts";
import { ownJournal } from "./journal_owner.ts";
import { createRedact } from "../output_ring.ts";
import { createRunningBackups } from "./running_backups.ts";
import { lookForUnknown } from "./unknown_backup.ts";

export interface BackupHostOptions {
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
  pre?: HookSpec | null;
  post?: HookSpec | null;
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

/** Since the host was made; `running` is now. */
export interface HostTotals {
  running: number;
  started: number;
  available: number;
  failed: number;
  cancelled: number;
  deleted: number;
}

export interface BackupHost extends Provider, AsyncDisposable {
  /** As `create`, for callers that may lack a run; `isNew` is false when the run had its backup already. */
  start(call: StartCall): Promise<{ backup: BackupInfo; isNew: boolean }>;
  /** As `delete`, with the fence optional. */
  remove(id: string, body: Json | undefined, fence: number | null): Promise<DeleteAnswer>;
  totals(): HostTotals;
}

/** A backup just made and checked by its maker is not looked up in the storage again for so long. */
const FRESH_MS = 60_000;
/** Outputs of deleted backups are kept for so long. */
const OUTPUT_KEPT_MS = 30 * DAY;
const MAX_MESSAGE = 4_000;

/**
 * Opens the journal, settles what a crash cut off, and serves.
 * Rejects with `ProviderError` when the folder cannot be used or belongs to a living process.
 */
export async function createBackupHost(options: BackupHostOptions): Promise<BackupHost> {
  const { files, journalFolder: folder } = options;
  try {
    await files.makeFolder(`${folder}/output`, 0o700);
  } catch (error) {
    const message =
      `Cannot make the folder '${folder}' for the journal of backups: ${(error as Error).message}: ` +
      "it must be writable by this user";
    throw new ProviderError("unsent", message, { status: 503, cause: error });
  }
  const giveBack = await ownJournal(options, folder);
  try {
    const journal = await openJournal(files, folder);
    await settleCutOff(options, journal);
    await dropOldOutputs(options, journal);
    const fences = await openFences(files, options.keepFences === false ? null : `${folder}/fences.json`);
    return serve(options, journal, fences, giveBack);
  } catch (error) {
    await giveBack();
    throw error;
  }
}

function serve(
  options: BackupHostOptions,
  journal: Journal,
  fences: Fences,
  giveBack: () => Promise<void>,
): BackupHost {
  const { backuper, clock, files, journalFolder: folder } = options;
  const redact = createRedact(options.secrets ?? []);
  const clean = (text: string) => redact(text).slice(0, MAX_MESSAGE);
  const textOf = (error: unknown) =>
    clean(error instanceof Error && error.message !== "" ? error.message : String(error));
  const outputPath = (id: string) => `${folder}/output/${id}.txt`;

  const limits = { getMs: options.getLimitMs ?? 30_000, deleteMs: options.deleteLimitMs ?? 600_000 };
  const storage = createHostStorage(clock, backuper, limits, textOf);
  /** When the storage last confirmed a backup, by the monotonic clock. */
  const confirmedAt = new Map<string, number>();
  const totals = { available: 0, failed: 0, cancelled: 0, deleted: 0 };
  const running = createRunningBackups({
    ...options,
    journal,
    storage,
    redact,
    outputPath,
    onEnd(entry, cancelled) {
      if (cancelled) totals.cancelled++;
      else if (entry.state === "available") totals.available++;
      else totals.failed++;
      if (entry.state === "available") confirmedAt.set(entry.id, clock.monotonic());
    },
  });
  const starts = createStarts({ ...options, journal, fences, running, infoOf, textOf });
  const deleting = new Map<string, Promise<DeleteAnswer>>();
  let stopping = false;

  function infoOf(entry: JournalEntry): BackupInfo {
    const live = running.look(entry.id);
    return live === undefined ? infoOfEntry(entry) : infoOfEntry(live.entry, live.message);
  }

  async function get(id: string): Promise<GetAnswer> {
    const entry = running.look(id)?.entry ?? journal.entries.get(id);
    if (entry === undefined) {
      const seen = await lookForUnknown(id, storage, journal.entries.values());
      if (seen.is === "there") return { found: "yes", backup: infoOfStored(seen.stored) };
      if (seen.is === "absent") return { found: "no" };
      throw new ProviderError("unknown", `Cannot tell how ${untold(id, seen.why)}`, { status: 503 });
    }
    if (entry.state === "deleted") return { found: "gone" };
    if (entry.state !== "available" || !storage.canGet || isFresh(id)) {
      return { found: "yes", backup: infoOf(entry) };
    }
    const stored = await storage.get(id, entry.dataId ?? id);
    // It may have been deleted while the storage was asked.
    if (journal.entries.get(id)?.state === "deleted") return { found: "gone" };
    if (stored === undefined) return { found: "no" };
    const info = stored.incomplete ? infoOfStored({ ...stored, id }) : infoOf(entry);
    return { found: "yes", backup: { ...info, dataId: stored.dataId ?? entry.dataId ?? id } };
  }

  /** Follows "Cannot … ". */
  function untold(id: string, why: string): string {
    return `backup '${id}' is: the journal of this provider in '${folder}' does not know it, so it may be new or ` +
      `another's, and ${why}: put the journal back that knows it, or let the storage tell`;
  }

  function isFresh(id: string): boolean {
    const at = confirmedAt.get(id);
    if (at === undefined) return false;
    if (clock.monotonic() - at < FRESH_MS) return true;
    confirmedAt.delete(id);
    return false;
  }

  async function list(): Promise<BackupInfo[]> {
    const stored = storage.canList ? await storage.list() : undefined;
    const known = [...journal.entries.values()].filter((entry) => entry.state !== "deleted");
    if (stored === undefined) return known.map(infoOf);
    const byName = new Map(stored.flatMap((one) => [[one.id, one], [one.dataId ?? one.id, one]]));
    const there = known.flatMap((entry) => {
      const found = byName.get(entry.dataId ?? entry.id) ?? byName.get(entry.id);
      if (found !== undefined) return [{ ...ownerOfStored(found), ...infoOf(entry) }];
      return entry.state !== "available" || isFresh(entry.id) ? [infoOf(entry)] : [];
    });
    const others = stored.filter((one) => one.id !== "" && !journal.entries.has(one.id));
    return [...there, ...others.map(infoOfStored)];
  }

  async function capabilities(): Promise<Capabilities> {
    const host = await backuper.host?.();
    const all = { idempotency: true, list: true, lookup: true, fence: true };
    return host === undefined ? all : { ...all, host };
  }

  async function lookup(runId: string): Promise<BackupInfo | undefined> {
    const underWay = starts.underWay(runId);
    if (underWay !== undefined) return await underWay;
    const entry = journal.byRunId(runId);
    if (entry !== undefined) {
      const answer = await get(entry.id);
      return answer.found === "yes" ? answer.backup : undefined;
    }
    if (!storage.canList) return undefined;
    const found = (await storage.list()).find((one) =>
      one.runId === runId && one.id !== "" && !journal.entries.has(one.id)
    );
    return found === undefined ? undefined : infoOfStored(found);
  }

  async function remove(id: string, body: Json | undefined, fence: number | null): Promise<DeleteAnswer> {
    const job = journal.entries.get(id)?.job ?? null;
    if (job !== null) await fences.admit(job, fence);
    const under = deleting.get(id);
    if (under !== undefined) return await under;
    const done = removeNow(id, body ?? options.deleteBody).finally(() => deleting.delete(id));
    deleting.set(id, done);
    return await done;
  }

  async function removeNow(id: string, body: Json | undefined): Promise<DeleteAnswer> {
    if (running.look(id) !== undefined) return await running.cancel(id, body);
    const known = journal.entries.get(id);
    if (known?.state === "deleted") return "gone";
    const entry = known ?? await unknownEntry(id);
    if (entry === undefined) return "absent";
    const wasThere = await storage.delete(id, entry.dataId ?? id, body).catch((error) => {
      throw storage.deletionError(id, error);
    });
    try {
      await journal.record(tombstoneOf(entry, clock.now()));
    } catch (error) {
      const message = `Backup '${id}' was deleted, but the journal in '${folder}' cannot be written: ${
        textOf(error)
      }`;
      throw new ProviderError("unknown", message, { status: 500, cause: error });
    }
    confirmedAt.delete(id);
    totals.deleted++;
    // A failed one may never have had anything in the storage.
    return wasThere || entry.state === "failed" ? "deleted" : "absent";
  }

  /** Undefined when the storage says that it has no such backup; rejects where that cannot be told. */
  async function unknownEntry(id: string): Promise<JournalEntry | undefined> {
    const seen = await lookForUnknown(id, storage, journal.entries.values());
    if (seen.is === "absent") return undefined;
    if (seen.is === "there") return entryOfStored(seen.stored);
    const message = `Cannot delete backup '${id}', nor tell how ${untold(id, seen.why)}`;
    throw new ProviderError("refused", message, { status: 422 });
  }

  async function check(options?: CheckOptions): Promise<CheckResult[]> {
    const results: CheckResult[] = [];
    const name = "journal writable";
    try {
      await files.writeText(`${folder}/check`, "", 0o600);
      await files.remove(`${folder}/check`);
      results.push({ name, ok: true, message: `'${folder}' can be written` });
    } catch (error) {
      results.push({ name, ok: false, message: `Cannot write in '${folder}': ${textOf(error)}` });
    }
    try {
      results.push(...(await backuper.check?.(options) ?? []));
    } catch (error) {
      results.push({ name: "storage", ok: false, message: textOf(error) });
    }
    return results.map((result) => ({ ...result, message: clean(result.message) }));
  }

  async function output(id: string): Promise<string | undefined> {
    const live = running.look(id);
    if (live !== undefined) return live.output();
    if (!journal.entries.has(id)) return undefined;
    return await files.readText(outputPath(id)).catch(() => undefined);
  }

  async function dispose(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await starts.stop();
    await running.stop();
    await giveBack();
  }

  return {
    key: options.key,
    start: starts.start,
    remove,
    create: async (call: CreateCall) => (await starts.start(call)).backup,
    get,
    delete: remove,
    lookup,
    list,
    capabilities,
    check,
    output,
    totals: () => ({ running: running.size, started: starts.count, ...totals }),
    [Symbol.asyncDispose]: dispose,
  };
}

async function dropOldOutputs(options: BackupHostOptions, journal: Journal): Promise<void> {
  const { files, clock, journalFolder } = options;
  const folder = `${journalFolder}/output`;
  for (const name of await files.list(folder)) {
    const entry = journal.entries.get(name.replace(/\.txt$/, ""));
    const old = entry?.state === "deleted" && (entry.endedAt ?? 0) < clock.now() - OUTPUT_KEPT_MS;
    if (entry === undefined || old) await files.remove(`${folder}/${name}`).catch(() => {});
  }
}
