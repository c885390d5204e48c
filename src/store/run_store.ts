// Opens the state store: boots it, then offers its reads and its one way to write.

import type { EventSink } from "../ports/events.ts";
import type { ClockWatch } from "../ports/clock_watch.ts";
import type { Clock, Files, Http, Ids } from "../ports/host.ts";
import type { Change, CommitResult, RunStore } from "../ports/store.ts";
import { type Database, openDatabase } from "./database/database.ts";
import { partsOf } from "./write/change_parts.ts";
import { readPastClock, saveClock } from "./write/clock_memory.ts";
import { createGroupCommit, type GroupCommit } from "./write/group_commit.ts";
import { type Boot, readPastBoots, takeLease } from "./write/lease.ts";
import { readMark, restoredBecause, writeMark } from "./mark.ts";
import { migrate, quickCheck, schemaVersion } from "./schema/migrations.ts";
import { turnSentences } from "./schema/reasons_as_data.ts";
import { createReads, timesBy } from "./read/reads.ts";
import { type Snapshot, takeSnapshot } from "./read/snapshot.ts";
import { type StateLocation, stateLocation } from "./database/state_location.ts";
import { tidy } from "./write/tidy.ts";
import { withTurns } from "./database/turns.ts";

export interface StoreOptions {
  /** `file:/path`, or `http(s)://`, `libsql://`. A relative path is relative to the working folder. */
  url: string;
  /** For a server. */
  token: string | null;
  files: Files;
  clock: Clock;
  /** Is told what a former process knew of the clock, and asked with each batch. */
  watch: ClockWatch;
  ids: Ids;
  sink: EventSink;
  http: Http;
  /** How long to wait for another process to let go of the file. Default 10 s. */
  waitMs?: number;
  /** How long one request to a server may take. Default 5 s. */
  requestTimeoutMs?: number;
}

/** The open store. Disposing answers what waits, writes the log back into the file and lets go of it. */
export interface OpenStore extends RunStore, AsyncDisposable {
  /** Made once with the store. */
  readonly storeId: string;
  /** The store was empty when it was opened. */
  readonly created: boolean;
  /**
   * Why the store is not the one that ran last at this place (restored, swapped, emptied); null when it is.
   * The guard `restored_store` is then latched on every job stored in it.
   */
  readonly restored: string | null;
  /** Writes a consistent copy of the state file to a new path, mode 0600. Rejects with `StoreError`. */
  snapshot(path: string): Promise<Snapshot>;
}

/** Opens, checks and migrates the store, and takes it over. Rejects with `StoreError`. */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { clock, files, watch } = options;
  const location = stateLocation(options.url);
  const shown = location.kind === "file" ? location.path : location.shown;
  const opened = await openDatabase(location, options, {
    token: options.token,
    waitMs: options.waitMs ?? 10_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 5_000,
  });
  const database = location.kind === "file" ? withTurns(opened, clock) : opened;
  try {
    const version = await schemaVersion(database, shown);
    if (location.kind === "file" && version > 0) await quickCheck(database, shown);
    await migrate(database, version);
    watch.recall(await readPastClock(database));
    const { boot, restored } = await takeOver(database, location, options);
    await turnSentences(database);
    const group = createGroupCommit(database, boot.lease, clock, watch, (batch) => {
      options.sink.emit({
        type: batch.ok ? "store.commit" : "store.error",
        level: "debug",
        at: clock.now(),
        message: batch.ok ? "Committed a batch" : "A batch was not committed",
        data: { duration_ms: batch.durationMs, changes: batch.changes },
      });
    });
    return {
      ...createReads(database, clock, timesBy(watch)),
      commit: (change) => commit(group, options.sink, change),
      async tidy(now) {
        const report = await tidy(database, group, now);
        if (location.kind === "file") await renewMark(database, files, location.path);
        return report;
      },
      fence: boot.lease.epoch,
      bootSeq: boot.bootSeq,
      storeId: boot.storeId,
      created: version === 0,
      restored,
      snapshot: (path) => group.alone(() => takeSnapshot(database, files, path, clock.now())),
      async [Symbol.asyncDispose]() {
        await group.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function takeOver(
  database: Database,
  location: StateLocation,
  { clock, watch, files, ids }: StoreOptions,
): Promise<{ boot: Boot; restored: string | null }> {
  const past = await readPastBoots(database);
  const mark = location.kind === "file" ? await readMark(files, location.path) : null;
  const restored = restoredBecause(mark, past);
  const boot = await takeLease(database, past, {
    holder: ids.uuidv7(),
    newStoreId: ids.uuidv7(),
    now: clock.now(),
    bootsKnown: mark === null || mark === "unreadable" ? 0 : mark.boot_seq,
    restored,
    // Also a process that does nothing leaves behind when the clock was right.
  }, [saveClock(watch.read().memory)]);
  // Only after the latch is durable may the mark stop saying so.
  if (location.kind === "file") await renewMark(database, files, location.path);
  return { boot, restored };
}

async function renewMark(database: Database, files: Files, path: string): Promise<void> {
  const { storeId, bootSeq, newestRunId } = await readPastBoots(database);
  await writeMark(files, path, { store_id: storeId!, boot_seq: bootSeq, newest_run_id: newestRunId });
}

async function commit(group: GroupCommit, sink: EventSink, change: Change): Promise<CommitResult> {
  const events = change.events ?? [];
  const result = await group.commit({ job: change.job, parts: partsOf(change), events });
  if (result.result !== "done") return result;
  for (const event of events) sink.emit(event);
  return result;
}
