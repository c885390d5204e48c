// Opens the state store: boots it, then offers its reads and its one way to write.

import type { AuditTrail, EventsKept } from "../ports/audit_trail.ts";
import { DAY } from "../domain/duration.ts";
import type { EventSink } from "../ports/events.ts";
import type { ClockWatch } from "../ports/clock_watch.ts";
import type { Clock, Files, Http, Ids } from "../ports/host.ts";
import type { StoredFacts } from "../ports/job_facts.ts";
import type { TidyReport } from "../ports/tidy_report.ts";
import type { HeldLease } from "../ports/lease.ts";
import type { Outbox } from "../ports/outbox.ts";
import type { Change, CommitResult, RunStore, Write } from "../ports/store.ts";
import { auditTrail } from "./audit/verify.ts";
import type { Database } from "./database/database.ts";
import { openPlace } from "./database/open_database.ts";
import { partsOf } from "./write/change_parts.ts";
import { readPastClock, saveClock } from "./write/clock_memory.ts";
import { createGroupCommit, type GroupCommit } from "./write/group_commit.ts";
import { createLeaseWriter, type Lease, type LeaseWriter } from "./write/lease_writer.ts";
import { heldLease, readLease } from "./write/held_lease.ts";
import { type Boot, type LeaseClaim, readPastBoots, takeLease } from "./write/lease.ts";
import { createMarkKeeper, type MarkKeeper, markName, readMark, restoredBecause } from "./mark.ts";
import { migrate, quickCheck, schemaVersion } from "./schema/migrations.ts";
import { readStanding } from "./schema/change_seq.ts";
import { turnSentences } from "./schema/reasons_as_data.ts";
import { createFactsBook, type FactsBook } from "./read/facts_book.ts";
import { knownKeys } from "./read/known_keys.ts";
import { knownLocks } from "./read/known_locks.ts";
import { createPageMemo } from "./read/page_memo.ts";
import { createReads, timesBy } from "./read/reads.ts";
import { readJobNames, readStoredFacts } from "./read/stored_facts.ts";
import { createOutbox } from "./outbox/state_outbox.ts";
import { createStateMemories, type StateMemories } from "./memory/state_memory.ts";
import { adoptionOf, type StateAdoption } from "./write/adoption.ts";
import { type Snapshot, takeSnapshot } from "./read/snapshot.ts";
import type { Durability } from "./database/server_checks.ts";
import { shownPlace, type StateLocation, stateLocation } from "./database/state_location.ts";
import type { Room } from "./database/room.ts";
import { giveBackAll, giveBackByNeed, type GiveBackParts, type RoomRule } from "./write/give_back.ts";
import { makeOldInSteps } from "./write/make_old.ts";
import { headEvent, PRUNED_NOTHING, pruneInSteps } from "./write/prune_events.ts";
import { pruneDays } from "./write/prune_days.ts";
import { PACKING, type Packing, packInSteps } from "./write/pack_events.ts";
import { tidy } from "./write/tidy.ts";

export interface StoreOptions {
  /** `file:/path`, or `http(s)://`, `libsql://`. A relative path is relative to the working folder. */
  url: string;
  /** For a server. */
  token: string | null;
  /** How messages name a server; absent: by its URL. */
  shownUrl?: string;
  /** How durable the commits of a server must be. Default: strong. */
  durability?: Durability;
  files: Files;
  clock: Clock;
  /** Is told what a former process knew of the clock, and asked with each batch. */
  watch: ClockWatch;
  ids: Ids;
  sink: EventSink;
  http: Http;
  /**
   * For a server: where this machine keeps the mark that tells when the state goes back in time; made when missing.
   * Absent: nowhere.
   */
  markFolder?: string;
  /** How this instance shows itself to others that wait for the state, and what it takes. Absent: it takes whatever is there. */
  claim?: LeaseClaim;
  /** Of this boot; default: a new one. */
  holder?: string;
  /** How long events stay, as of now. Absent: for ever. */
  eventsKept?: () => EventsKept;
  /** When old events are packed; null for never. Default: `PACKING`. */
  packing?: Packing | null;
  /** When tidying gives room in the state file back. Default: `ROOM_RULE`. */
  roomRule?: RoomRule;
  /** How long after its backup was deleted a run is put where it takes little room; null for never. Default 3 days. */
  runsOldAfterMs?: number | null;
  /** How long to wait for another process to let go of the file. Default 10 s. */
  waitMs?: number;
  /** How long one request to a server may take. Default 5 s. */
  requestTimeoutMs?: number;
}

const RUNS_OLD_AFTER_MS = 3 * DAY;

/** The open store. Disposing answers what waits, writes the log back into the file and lets go of it. */
export interface OpenStore extends RunStore, StateAdoption, AsyncDisposable {
  /** Made once with the store. */
  readonly storeId: string;
  /** The store was empty when it was opened. */
  readonly created: boolean;
  /**
   * Why the store is not the one that ran last at this place (restored, swapped, emptied); null when it is.
   * The guard `restored_store` is then latched on every job stored in it.
   */
  readonly restored: string | null;
  /** Why a server may lose what was saved, as of the last look; null where it does not, or where there is a file. */
  readonly weakness: string | null;
  /** Looks at a server again. Rejects with `StoreError`. */
  look(): Promise<void>;
  /** Writes a consistent copy of the state file to a new path, mode 0600. Rejects with `StoreError`. */
  snapshot(path: string): Promise<Snapshot>;
  /** Of the state file; null for a server, which sees to its own. Rejects with `StoreError`. */
  room(): Promise<Room | null>;
  /** Gives all free pages of a file that was made for it back to the disk, while others go on; answers what is left then. */
  giveBack(): Promise<Room | null>;
  /** What built-in providers keep. */
  readonly memories: StateMemories;
  readonly trail: AuditTrail;
  readonly outbox: Outbox;
  /** To be renewed where there was a claim; see `LeaseClaim`. */
  readonly lease: HeldLease;
}

/** Opens, checks and migrates the store, and takes it over. Rejects with `StoreError`. */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { clock, files, watch } = options;
  const location = stateLocation(options.url);
  const shown = shownPlace(location, options.shownUrl);
  const { database, server } = await openPlace(location, shown, options);
  const mark = markOf(location, options);
  try {
    const version = await schemaVersion(database, shown);
    if (location.kind === "file" && version > 0) await quickCheck(database, shown);
    const former = await readLease(database, version);
    await migrate(database, version);
    watch.recall(await readPastClock(database));
    const { boot, restored } = await takeOver(database, mark, options);
    await turnSentences(database);
    const group = createGroupCommit(clock, leaseWriterOf(database, boot.lease, mark, options));
    const trail = auditTrail(database, clock);
    const times = timesBy(watch);
    const standing = () => readStanding(database, boot.lease.name);
    const isOurs = async () => (await standing())[0] === boot.lease.epoch;
    const book = bookOf(database, times, isOurs);
    const standingText = async () => (await standing()).join();
    const pages = createPageMemo(standingText);
    const reads = createReads(database, clock, times);
    const [keys, locks] = [knownKeys(() => reads.providerKeys()), await knownLocks(database)];
    return {
      ...reads,
      ...await adoptionOf(database, group),
      showBackups: (query, show) => pages.shown(query, show, (counted) => reads.showBackups(query, counted)),
      showRuns: (query, show) => pages.shown(query, show, (counted) => reads.showRuns(query, counted)),
      standing: standingText,
      providerKeys: () => keys.all(),
      commit: (change) => {
        keys.saw(change);
        locks.saw(change);
        return commit(group, options.sink, book, change);
      },
      async tidy(now) {
        const rows = await tidyRows(database, group, now, book);
        const { report, trouble } = await makeRoom({ database, group, clock }, now, options, rows);
        await renewMark(database, mark);
        if (!report.more) options.sink.emit(headEvent(now, await trail.head(), trouble));
        return report;
      },
      storedFacts: (jobs) => jobs === undefined ? book.all() : factsOf(database, times.latest(), jobs),
      get hasLocks() {
        return locks.any;
      },
      fence: boot.lease.epoch,
      bootSeq: boot.bootSeq,
      storeId: boot.storeId,
      created: version === 0,
      restored,
      get weakness() {
        return server?.weakness ?? null;
      },
      look: async () => await server?.look(),
      snapshot: oneByOne((path) => takeSnapshot(database, files, path, clock.now(), group.alone)),
      room: () => database.room(),
      giveBack: () => giveBackAll({ database, group, clock }),
      memories: createStateMemories(database, group, `the state '${shown}'`),
      trail,
      outbox: createOutbox(database, group, options.sink),
      lease: heldLease(database, boot.lease, { ttlMs: options.claim?.ttlMs ?? 0, former }),
      async [Symbol.asyncDispose]() {
        await group.close();
        await mark?.keeper.letGo();
        mark?.keeper.close();
        await database.close();
      },
    };
  } catch (error) {
    mark?.keeper.close();
    await database.close();
    throw error;
  }
}

/** What is kept of every job, while nobody else changes the state. */
export function bookOf(
  database: Database,
  times: ReturnType<typeof timesBy>,
  isOurs: () => Promise<boolean>,
): FactsBook {
  return createFactsBook({
    names: () => readJobNames(database),
    read: (jobs) => readStoredFacts(database, times.latest(), jobs),
    latest: times.latest,
    isOurs,
  });
}

/** Days go before the rows that they were added up from. */
async function tidyRows(
  database: Database,
  group: GroupCommit,
  now: number,
  book: FactsBook,
): Promise<TidyReport> {
  const isMoreOfDays = await pruneDays(database, group, now);
  const report = await tidy(database, group, now, (jobs) => book.touch(jobs));
  return { ...report, more: report.more || isMoreOfDays };
}

/** Removes events whose time is over, puts old ones away, and gives back what is free then. */
async function makeRoom(parts: GiveBackParts, now: number, options: StoreOptions, rows: TidyReport) {
  const { database, group } = parts;
  const kept = options.eventsKept?.();
  const pruned = kept === undefined ? PRUNED_NOTHING : await pruneInSteps(database, group, now, kept);
  const isMoreToPutAway = await putAway(database, group, now, options);
  const given = await giveBackByNeed(parts, options.roomRule);
  const more = rows.more || pruned.more || isMoreToPutAway || given.more;
  return { report: { ...rows, more }, trouble: pruned.trouble };
}

/** Puts old events and runs where they take little room; true where there is more to do. */
async function putAway(
  database: Database,
  group: GroupCommit,
  now: number,
  { packing = PACKING, runsOldAfterMs = RUNS_OLD_AFTER_MS }: StoreOptions,
): Promise<boolean> {
  const packed = packing !== null && (await packInSteps(database, group, now, packing)).more;
  const aged = runsOldAfterMs !== null && (await makeOldInSteps(database, group, now - runsOldAfterMs)).more;
  return packed || aged;
}

/** Each begins once the one before it has ended. */
function oneByOne<T>(work: (path: string) => Promise<T>): (path: string) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (path) => {
    const mine = last.then(() => work(path));
    last = mine.catch(() => {});
    return mine;
  };
}

/** Where the mark of a state is, and what keeps it. */
interface MarkPlace {
  path: string;
  keeper: MarkKeeper;
}

/** Beside a file; for a server's state in `markFolder`, by its address. Null for nowhere. */
function markOf(location: StateLocation, { files, markFolder }: StoreOptions): MarkPlace | null {
  if (location.kind === "remote" && !markFolder) return null;
  const path = location.kind === "file"
    ? `${location.path}.mark`
    : `${markFolder}/${markName(location.shown)}`;
  return { path, keeper: createMarkKeeper(files, path, location.kind === "file") };
}

async function takeOver(
  database: Database,
  mark: MarkPlace | null,
  { clock, watch, files, ids, claim, holder }: StoreOptions,
): Promise<{ boot: Boot; restored: string | null }> {
  const past = await readPastBoots(database);
  const marked = mark === null ? null : await readMark(files, mark.path);
  const restored = restoredBecause(marked, past);
  const known = marked === null || marked === "unreadable" ? undefined : marked;
  const boot = await takeLease(database, past, {
    holder: holder ?? ids.uuidv7(),
    ...(claim === undefined ? {} : { claim }),
    newStoreId: ids.uuidv7(),
    now: clock.now(),
    bootsKnown: known?.boot_seq ?? 0,
    changesKnown: known?.change_seq ?? 0,
    restored,
    // Also a process that does nothing leaves behind when the clock was right.
  }, [saveClock(watch.read().memory)]);
  // Only after the latch is durable may the mark stop saying so.
  await renewMark(database, mark);
  return { boot, restored };
}

async function renewMark(database: Database, mark: MarkPlace | null): Promise<void> {
  if (mark === null) return;
  const { storeId, bootSeq, newestRunId, changeSeq } = await readPastBoots(database);
  await mark.keeper.renew({
    store_id: storeId!,
    boot_seq: bootSeq,
    newest_run_id: newestRunId,
    change_seq: changeSeq,
  });
}

function leaseWriterOf(
  database: Database,
  lease: Lease,
  mark: MarkPlace | null,
  { clock, watch, sink }: StoreOptions,
): LeaseWriter {
  return createLeaseWriter({
    database,
    lease,
    clock,
    watch,
    note: (changeSeq) => mark?.keeper.note(changeSeq),
    report: (batch) =>
      sink.emit({
        type: batch.ok ? "store.commit" : "store.error",
        level: "debug",
        at: clock.now(),
        message: batch.ok ? "Committed a batch" : "A batch was not committed",
        data: { duration_ms: batch.durationMs, changes: batch.changes },
      }),
  });
}

async function commit(
  group: GroupCommit,
  sink: EventSink,
  book: FactsBook,
  change: Change,
): Promise<CommitResult> {
  const events = change.events ?? [];
  const result = await group.commit({ job: change.job, parts: partsOf(change), events })
    .catch((error) => {
      tell(book, change, "perhaps");
      throw error;
    });
  if (result.result !== "done") return result;
  tell(book, change, "surely");
  for (const event of events) sink.emit(event);
  return result;
}

/** Tells the book that a change was made, or may yet be. */
function tell(book: FactsBook, { job, writes }: Change, fate: "surely" | "perhaps"): void {
  const jobs = writes.length === 0 ? [] : [job, ...writes.map(jobOf).filter((name) => name !== undefined)];
  if (fate === "perhaps") book.doubt(jobs);
  else book.settle();
  book.touch(jobs);
  // The texts of guards of any job may name the one that has another name now.
  if (writes.some(({ write }) => write === "renameJob" || write === "joinJobs")) book.touchAll();
}

/** The job that a write names. */
function jobOf(write: Write): string | undefined {
  switch (write.write) {
    case "insert":
      return write.run.job;
    case "addJob":
      return write.state.job;
    case "latch":
      return write.guard.job;
    case "approval":
      return write.approval.job;
    case "joinJobs":
    case "renameJob":
      return write.to;
    default:
      return "job" in write ? write.job : undefined;
  }
}

/** As of now, of these jobs alone. */
export async function factsOf(
  database: Database,
  latest: number,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, StoredFacts>> {
  const found = await readStoredFacts(database, latest, jobs);
  return new Map(Array.from(found, ([job, { facts }]) => [job, facts]));
}
