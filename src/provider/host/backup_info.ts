// How what the journal or the storage knows of a backup is told to the world.

import type { BackupInfo, StoredBackup } from "../../ports/provider.ts";
import type { JournalEntry } from "./journal.ts";

/** A backup as the journal knows it; `message` is the progress of a running one. */
export function infoOfEntry(entry: JournalEntry, message = entry.message): BackupInfo {
  const state = entry.state === "deleted" ? "failed" : entry.state;
  const info: BackupInfo = { id: entry.id, dataId: entry.dataId ?? entry.id, state, status: state };
  if (message !== null && message !== "") info.message = message;
  if (entry.reason !== null) info.reason = entry.reason;
  if (entry.sizeMb !== null) info.sizeMb = entry.sizeMb;
  if (entry.runId !== null) info.runId = entry.runId;
  if (entry.job !== null) info.job = entry.job;
  info.startTime = entry.startedAt;
  // The wall clock may have gone back meanwhile.
  if (entry.endedAt !== null) info.endTime = Math.max(entry.endedAt, entry.startedAt);
  return info;
}

/** A backup that only the storage knows, or that it says is not whole. */
export function infoOfStored(stored: StoredBackup): BackupInfo {
  const state = stored.incomplete ? "failed" : "available";
  const info: BackupInfo = {
    id: stored.id,
    dataId: stored.dataId ?? stored.id,
    state,
    status: state,
    message: stored.incomplete
      ? "incomplete: its storage has it, and says that it is not whole"
      : "found in the storage; this provider's journal does not know it",
  };
  if (stored.incomplete) info.reason = "incomplete";
  if (stored.sizeMb !== undefined) info.sizeMb = stored.sizeMb;
  if (stored.runId !== undefined) info.runId = stored.runId;
  Object.assign(info, ownerOfStored(stored));
  if (stored.startTime !== undefined) info.startTime = stored.startTime;
  if (stored.endTime !== undefined) info.endTime = stored.endTime;
  return { ...info, ...lockOfStored(stored) };
}

/** What the storage says of its lock. */
export function lockOfStored({ lockedUntil }: StoredBackup): Pick<BackupInfo, "lockedUntil"> {
  return lockedUntil === undefined ? {} : { lockedUntil };
}

/** What the storage says of whose it is. */
export function ownerOfStored(
  { job, host, paths }: StoredBackup,
): Pick<BackupInfo, "job" | "host" | "paths"> {
  return {
    ...(job === undefined ? {} : { job }),
    ...(host === undefined ? {} : { host }),
    ...(paths === undefined ? {} : { paths }),
  };
}

/** The journal's entry for a backup that is about to begin; `now` is UTC ms. */
export function entryOfStart(
  id: string,
  { runId, job, slot }: Pick<JournalEntry, "runId" | "job" | "slot">,
  bodyDigest: string,
  now: number,
  { machine, maker, postDue }: Pick<JournalEntry, "machine" | "maker" | "postDue">,
): JournalEntry {
  return {
    id,
    state: "running",
    runId,
    job,
    bodyDigest,
    startedAt: now,
    endedAt: null,
    dataId: null,
    sizeMb: null,
    message: null,
    reason: null,
    processes: [],
    machine,
    maker,
    slot,
    postDue,
    made: null,
    failed: null,
  };
}

/** The journal's entry for a backup that only the storage knew. */
export function entryOfStored(stored: StoredBackup): JournalEntry {
  return {
    id: stored.id,
    state: stored.incomplete ? "failed" : "available",
    runId: stored.runId ?? null,
    // Not `stored.job`: fences are counted by job, and this one's calls were never seen.
    job: null,
    bodyDigest: "",
    startedAt: stored.startTime ?? 0,
    endedAt: stored.endTime ?? null,
    dataId: stored.dataId ?? null,
    sizeMb: stored.sizeMb ?? null,
    message: null,
    reason: null,
    processes: [],
    machine: null,
    maker: null,
    slot: null,
    postDue: false,
    made: null,
    failed: null,
  };
}

/** What stays of a deleted backup, so that its id and its run are never used again. */
export function tombstoneOf(entry: JournalEntry, now: number): JournalEntry {
  return {
    ...entry,
    state: "deleted",
    endedAt: now,
    sizeMb: null,
    message: null,
    reason: null,
    processes: [],
  };
}
