// Starting a backup: once for each run, never more at a time than allowed, never before it is written down.

import { assert } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { Clock, Ids } from "../../ports/host.ts";
import type { Backuper, BackupInfo } from "../../ports/provider.ts";
import { entryOfStart, infoOfEntry } from "./backup_info.ts";
import { infoNow } from "./backup_reads.ts";
import { createBackuperInit } from "./backuper_init.ts";
import { digestOf } from "../protocol/body_digest.ts";
import type { DuePosts } from "./due_posts.ts";
import type { Fences } from "./fences.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { RunningBackups } from "./running_backups.ts";
import { busyError, deletedError, requireSameBody, stoppingError, unwrittenError } from "./start_refusals.ts";
import { within } from "../time_limit.ts";

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

interface StartsOptions {
  backuper: Backuper;
  clock: Clock;
  ids: Ids;
  /** Where, and by which program. */
  origin: Pick<JournalEntry, "machine" | "maker">;
  maxConcurrent: number;
  createBody?: Json;
  journal: Journal;
  fences: Fences;
  running: RunningBackups;
  duePosts: DuePosts;
  /** True when there is a `post`. */
  hasPost: boolean;
  /** Ends what gives way to a backup, and waits a moment for that. */
  makeWay(): Promise<void>;
  /** Renders an error without secrets. */
  textOf(error: unknown): string;
}

interface Starts {
  start(call: StartCall): Promise<{ backup: BackupInfo; isNew: boolean }>;
  /** The backup of a run that is just being started. */
  underWay(runId: string): Promise<BackupInfo> | undefined;
  /** Since the host was made. */
  readonly count: number;
  /** Those under way that do not run yet. */
  readonly pending: number;
  /** Starts nothing more; resolves when no start can begin its work any more. */
  stop(): Promise<void>;
}

/** A start under way. */
interface Starting {
  runId: string | null;
  digest: string;
  backup: Promise<BackupInfo>;
}

const STOP_WAIT_MS = 2_000;

/** No start yet. */
export function createStarts(options: StartsOptions): Starts {
  const { clock, ids, journal, fences, running } = options;
  const starting = new Map<symbol, Starting>();
  const underWay = (runId: string) => [...starting.values()].find((one) => one.runId === runId);
  const becomeReady = createBackuperInit(options);
  let count = 0;
  let stopping = false;

  async function start(call: StartCall): Promise<{ backup: BackupInfo; isNew: boolean }> {
    const body = call.body ?? options.createBody;
    const digest = digestOf(body);
    await fences.admit(call.job, call.fence);
    if (call.runId !== null) await journal.learn({ runId: call.runId });
    // From here to `starting.set` nothing waits: two starts of one run cannot pass each other.
    if (call.runId !== null) {
      const other = underWay(call.runId);
      if (other !== undefined) {
        requireSameBody(call.runId, digest, other.digest);
        return { backup: await other.backup, isNew: false };
      }
      const before = journal.byRunId(call.runId);
      if (before !== undefined) {
        requireSameBody(call.runId, digest, before.bodyDigest);
        return { backup: again(running, call.runId, before), isNew: false };
      }
    }
    if (stopping) throw stoppingError();
    if (running.size + starting.size >= options.maxConcurrent) {
      throw busyError(running.ids(), options.maxConcurrent);
    }
    const entry = Symbol();
    const backup = begin(call, body, digest).finally(() => starting.delete(entry));
    starting.set(entry, { runId: call.runId, digest, backup });
    return { backup: await backup, isNew: true };
  }

  async function begin(call: StartCall, body: Json | undefined, digest: string): Promise<BackupInfo> {
    await options.duePosts.ended();
    await becomeReady();
    await options.makeWay();
    if (stopping) throw stoppingError();
    const origin = { ...options.origin, postDue: options.hasPost };
    const entry = entryOfStart(ids.uuidv7(), call, digest, clock.now(), origin);
    assert(!journal.entries.has(entry.id), "a new backup's id was never used before");
    try {
      await journal.record(entry);
    } catch (error) {
      throw unwrittenError(journal.place, options.textOf(error), error);
    }
    count++;
    running.begin(entry, call.slot, body);
    return infoOfEntry(entry, "started");
  }

  return {
    start,
    underWay: (runId) => underWay(runId)?.backup,
    get count() {
      return count;
    },
    get pending() {
      return starting.size;
    },
    async stop() {
      stopping = true;
      const all = Promise.allSettled([...starting.values()].map((one) => one.backup));
      // One that waits for `init` starts nothing any more.
      await within(clock, STOP_WAIT_MS, all, "").catch(() => {});
    },
  };
}

/** A repeated start is answered with the backup that it had. */
function again(running: RunningBackups, runId: string, before: JournalEntry): BackupInfo {
  if (before.state === "deleted") throw deletedError(runId, before);
  return infoNow(running, before);
}
