// Compares the backups on record with what the provider lists. What it does not have any more, by its list and by its
// answer to a GET, is marked missing; when that would be many, or the list is empty or cannot be read, nothing is
// concluded and nothing is deleted.

import type { Run } from "../../domain/backup.ts";
import { ProviderError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import type { GuardName } from "../../domain/retention/guard.ts";
import { judgeList } from "../../domain/retention/list_judgement.ts";
import { surelyMove } from "../context/commit.ts";
import { jobEvent, runEvent } from "../context/context.ts";
import { latch } from "../context/latch.ts";
import type { RetentionContext } from "../retention/retention_context.ts";
import { followLock } from "../retention/locks.ts";
import { ask, checkBackup, markMissing } from "../retention/verify.ts";
import { guardUnknownRuns, type MadeForUs } from "./unknown_runs.ts";

/** What a provider said of itself, and when it was asked. */
export interface ListAnswer {
  /** Null when its list cannot be read: then a sample of the backups is asked for, one by one, and none is marked. */
  ids: ReadonlySet<string> | null;
  /** What it says of locks, by id; see `BackupInfo.lockedUntil`. */
  locks?: ReadonlyMap<string, number | null>;
  /** Why it cannot. */
  why?: string;
  /** Those whose run, job and machine say that they were made here. */
  made?: readonly MadeForUs[];
  /** Wall clock, UTC ms. */
  askedAt: number;
}

/** What a job remembers between two looks. */
export interface ReconcileMemory {
  /** How many were gone when a look tripped the guard; an approval since then answers for as many. */
  tripped: number | null;
  /** True from a list that could not be read to the next one that can: it is said and stops deletions once. */
  unread: boolean;
  /** Runs that the state does not know, for which the guard was tripped. */
  unknownRuns: Set<string>;
}

/** Rows of one read. */
const PAGE = 1_000;
/** Absent rows remembered and asked for in one look; the next look takes up the rest. */
const MOST_ABSENT = 200;
/** How many are asked for where all of them would be too many. */
const SAMPLE = 10;
/** What ended so short before the list was asked for, by a clock that may be wrong, need not be in it yet. */
const YOUNG_MS = 600_000;
/** What a list latches that cannot be read. */
export const UNREAD: GuardName = "unread_list";
/** Of a state that went back in time: it may have backups on record that went since. */
export const RESTORED: GuardName = "restored_store";
/** Ids shown in a message. */
const MOST_SHOWN = 5;

/**
 * One look at one job. `unreachable`: the provider could not be asked, and nothing was concluded. Never deletes; a
 * deletion that waits goes on waiting when the guard `not_found` is tripped.
 */
export async function reconcile(
  context: RetentionContext,
  list: ListAnswer,
  memory: ReconcileMemory,
): Promise<"done" | "unreachable"> {
  const { job } = context;
  if (list.ids === null) await tripUnread(context, list.why ?? "no list", memory);
  else {
    await clearUnread(context, memory);
    await guardUnknownRuns(context, list.made ?? [], memory.unknownRuns);
    await takeBackFound(context, list.ids);
  }
  const { available, absent, absentCount } = await compare(context, list);
  const judged = list.ids === null ? "many" : judgeList({
    listed: list.ids.size,
    available,
    absent: absentCount,
    maxPercent: job.guard.maxPercent,
  });
  const isLatched = await isTripped(context, "not_found");
  const wasSeen = list.ids !== null && memory.tripped !== null && !isLatched;
  const isAnswered = wasSeen && absentCount <= memory.tripped!;
  // What was many stays so until it was seen, however many backups came since.
  const isOpen = memory.tripped !== null && isLatched && absentCount > 0;
  const finding = judged === "some" && isOpen ? "many" : judged;
  const asked = finding === "some" || isAnswered ? absent : sample(context, absent);
  const gone: Run[] = [];
  for (const run of asked) {
    context.stop.throwIfAborted();
    const answer = await ask(context, run);
    if (answer instanceof ProviderError) return "unreachable";
    if (answer.found !== "yes") gone.push(run);
  }
  const there = asked.length - gone.length;
  if (list.ids !== null && there > 0) tellUnlisted(context, absentCount, there);
  if (gone.length === 0) {
    const isEmpty = list.ids?.size === 0 && absentCount > 0;
    if (!isEmpty) memory.tripped = null;
    if (!isEmpty || wasSeen) return "done";
  }
  if (finding === "many" && !isAnswered) {
    if (!isLatched) {
      await latch(context, "not_found", manyText(context, list, gone.length, absentCount, available));
    }
    // Only now: a guard that could not be saved must not pass for one that an operator has answered.
    memory.tripped = absentCount;
    return "done";
  }
  // First the guard: after a crash between the two nothing goes because something is missing.
  if (!isLatched && !isAnswered) await latch(context, "not_found", someText(context, gone));
  for (const run of gone) {
    const message = `The provider has no backup '${run.id}' of job '${job.name}' any more: ` +
      "it is neither in its list nor known by its id";
    await markMissing(context, run, ["available"], message);
  }
  return "done";
}

/** The backups on record that the list lacks; without a list, the newest page of all of them. */
async function compare(
  context: RetentionContext,
  { ids, askedAt, locks }: ListAnswer,
): Promise<{ available: number; absent: Run[]; absentCount: number }> {
  const { store, clock, job } = context;
  const absent: Run[] = [];
  // What such a state calls young may have been deleted after its copy was made.
  const youngMs = await isTripped(context, RESTORED) ? 0 : YOUNG_MS;
  let available = 0;
  let absentCount = 0;
  let cursor: string | undefined;
  do {
    const page = await store.backups({ job: job.name, status: "available", limit: PAGE, cursor });
    for (const run of page.items) {
      if (run.id === null || !job.providerKeys.includes(run.providerKey)) continue;
      available++;
      await followLock(context, run, locks?.get(run.id));
      const isYoung = run.endTime !== null && run.endTime > askedAt - youngMs;
      if (ids === null ? false : ids.has(run.id) || isYoung) continue;
      absentCount++;
      if (absent.length < (ids === null ? PAGE : MOST_ABSENT)) absent.push(run);
    }
    cursor = ids === null ? undefined : page.cursor;
    await clock.yield();
  } while (cursor !== undefined);
  return { available, absent, absentCount };
}

/** Some of the rows, drawn evenly. */
function sample({ random }: RetentionContext, rows: readonly Run[]): Run[] {
  const left = [...rows];
  const drawn: Run[] = [];
  while (left.length > 0 && drawn.length < SAMPLE) {
    drawn.push(...left.splice(Math.floor(random.next() * left.length), 1));
  }
  return drawn;
}

/** Missing backups that are listed again, and prove themselves, count again. */
async function takeBackFound(context: RetentionContext, ids: ReadonlySet<string>): Promise<void> {
  const { store, job } = context;
  for (const run of await store.runsInStatus(["missing"], job.name, MOST_ABSENT)) {
    const isOurs = run.id !== null && ids.has(run.id) && job.providerKeys.includes(run.providerKey);
    if (!isOurs || !(await checkBackup(context, run)).ok) continue;
    const message = `Backup '${run.id}' of job '${job.name}', which was missing, is at its provider again`;
    await surelyMove(context, run, {
      from: ["missing"],
      set: { status: "available", missingAt: null, message },
      events: [runEvent(context, run, "run.found", "warning", message, { id: run.id, was: "missing" })],
    });
  }
}

/** A list that is cut off must not pass for the truth, nor its gaps for losses. */
function tellUnlisted(context: RetentionContext, absent: number, there: number): void {
  const { name, providerKey } = context.job;
  const message =
    `The list of provider '${providerKey}' lacks ${absent} backups of job '${name}', of which it has ` +
    `${there} when asked for them by id: it must list all its backups for missing ones to be noticed`;
  context.sink.emit(jobEvent(context, name, "provider.odd", "warning", message, { absent, there }));
}

async function isTripped({ store, job }: RetentionContext, guard: string): Promise<boolean> {
  return (await store.latched(job.name)).some((latched) => latched.guard === guard);
}

/** Without a list nobody knows what the provider has: nothing is deleted until it is read, or an operator says so. */
async function tripUnread(context: RetentionContext, why: string, memory: ReconcileMemory): Promise<void> {
  if (memory.unread) return;
  if (!await isTripped(context, UNREAD)) {
    const { name, providerKey } = context.job;
    await latch(
      context,
      UNREAD,
      `the backups of job '${name}' cannot be compared with the list of provider '${providerKey}' (${why}): none ` +
        `is marked as missing; nothing is deleted before the list is read, which is tried again each hour, or ${
          approve(name)
        }`,
    );
  }
  memory.unread = true;
}

async function clearUnread(context: RetentionContext, memory: ReconcileMemory): Promise<void> {
  memory.unread = false;
  if (!await isTripped(context, UNREAD)) return;
  const { name, providerKey } = context.job;
  const message =
    `The list of provider '${providerKey}' is read again: it does not stop deletions of job '${name}'`;
  await context.store.commit({
    job: name,
    writes: [{ write: "unlatch", job: name, guards: [UNREAD] }],
    events: [jobEvent(context, name, "retention.guard_cleared", "info", message, { guard: UNREAD })],
  });
}

function someText({ job }: RetentionContext, gone: readonly Run[]): string {
  const shown = gone.slice(0, MOST_SHOWN).map((run) => `'${run.id}'`).join(", ");
  const more = gone.length > MOST_SHOWN ? ` and ${gone.length - MOST_SHOWN} more` : "";
  return `provider '${job.providerKey}' does not have ${shown}${more} any more: marked as missing; ` +
    `nothing is deleted before ${approve(job.name)}`;
}

function manyText(
  { job }: RetentionContext,
  { ids }: ListAnswer,
  gone: number,
  absent: number,
  available: number,
): string {
  const lacks = ids === null
    ? `it does not know ${gone} of those it was asked for`
    : ids.size === 0
    ? `its list is empty, and ${available} backups should be in it`
    : `its list lacks ${absent} of ${available} backups`;
  return `provider '${job.providerKey}' seems to look at another storage, ${lacks}: none is marked as missing; ` +
    `check its repository; nothing is deleted before ${approve(job.name)}`;
}

function approve(job: string): string {
  return `you have looked with 'schelly retention show ${job}' and said so with 'schelly retention approve ${job}'`;
}

/** Tells that a look did not come off; `forLong`: nothing is deleted any more before an operator has seen it. */
export async function tellUnreachable(
  context: RetentionContext,
  since: number,
  forLong: boolean,
): Promise<void> {
  const { sink, job } = context;
  const began = iso(since);
  const what =
    `The backups of job '${job.name}' could not be compared with what provider '${job.providerKey}' has ` +
    `since ${began}, as it does not answer`;
  if (forLong && !await isTripped(context, "failed_check")) {
    await latch(context, "failed_check", `${what}: nothing is deleted before ${approve(job.name)}`);
  } else sink.emit(jobEvent(context, job.name, "retention.error", "warning", `${what}; it is tried again`));
}
