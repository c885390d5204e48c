// What a host says of its backups when asked: from what runs now, then the journal, then the storage, which alone can
// tell whether a backup still is where it was put.

import { ProviderError } from "../../domain/errors.ts";
import type { BackupInfo, GetAnswer, GetOptions } from "../../ports/provider.ts";
import { infoOfEntry, infoOfStored, lockOfStored, ownerOfStored } from "./backup_info.ts";
import type { FreshBackups } from "./fresh_backups.ts";
import type { HostStorage } from "./host_storage.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { RunningBackups } from "./running_backups.ts";
import { lookForUnknown, untold } from "./unknown_backup.ts";

/** Where a host looks. */
export interface BackupSources {
  journal: Journal;
  storage: HostStorage;
  running: RunningBackups;
  fresh: FreshBackups;
}

/** What is said of a backup of the journal's now. */
export function infoNow(running: RunningBackups, entry: JournalEntry): BackupInfo {
  const live = running.look(entry.id);
  return live === undefined ? infoOfEntry(entry) : infoOfEntry(live.entry, live.message);
}

/** One backup; rejects with `ProviderError` when nobody can tell. */
export async function getBackup(
  sources: BackupSources,
  id: string,
  { anew = false }: GetOptions = {},
): Promise<GetAnswer> {
  const { journal, storage, running, fresh } = sources;
  await journal.learn({ id });
  const entry = running.look(id)?.entry ?? journal.entries.get(id);
  if (entry === undefined) {
    const seen = await lookForUnknown(id, storage, journal.entries.values());
    if (seen.is === "there") return { found: "yes", backup: infoOfStored(seen.stored) };
    if (seen.is === "absent") return { found: "no" };
    const problem = untold(journal.place, id, seen.why);
    throw new ProviderError("unknown", `Cannot tell how ${problem}`, { status: 503 });
  }
  if (entry.state === "deleted") return { found: "gone" };
  if (entry.state !== "available" || !storage.canGet || (fresh.has(id) && !anew)) {
    return { found: "yes", backup: infoNow(running, entry) };
  }
  const stored = await storage.get(id, entry.dataId ?? id, entry);
  // It may have been deleted while the storage was asked.
  if (journal.entries.get(id)?.state === "deleted") return { found: "gone" };
  if (stored === undefined) return { found: "no" };
  const info = stored.incomplete ? infoOfStored({ ...stored, id }) : infoNow(running, entry);
  return {
    found: "yes",
    backup: { ...info, ...lockOfStored(stored), dataId: stored.dataId ?? entry.dataId ?? id },
  };
}

/**
 * Whether the storage has the backup as a whole, whatever the journal says of its end; undefined when that cannot be told.
 * Rejects with `ProviderError` when the storage cannot be asked.
 */
export async function standsWhole(
  { journal, storage }: BackupSources,
  id: string,
): Promise<boolean | undefined> {
  const seen = await lookForUnknown(id, storage, journal.entries.values());
  if (seen.is === "there") return seen.stored.incomplete !== true;
  return seen.is === "absent" ? false : undefined;
}

/** All that are there; without a storage that lists, all that the journal knows and that were not deleted. */
export async function listBackups(
  { journal, storage, running, fresh }: BackupSources,
): Promise<BackupInfo[]> {
  const stored = storage.canList ? await storage.list() : undefined;
  const known = [...journal.entries.values()].filter((entry) => entry.state !== "deleted");
  if (stored === undefined) return known.map((entry) => infoNow(running, entry));
  const byName = new Map(stored.flatMap((one) => [[one.id, one], [one.dataId ?? one.id, one]]));
  const there = known.flatMap((entry) => {
    const found = byName.get(entry.dataId ?? entry.id) ?? byName.get(entry.id);
    if (found !== undefined) {
      return [{ ...ownerOfStored(found), ...infoNow(running, entry), ...lockOfStored(found) }];
    }
    return entry.state !== "available" || fresh.has(entry.id) ? [infoNow(running, entry)] : [];
  });
  const others = stored.filter((one) => one.id !== "" && !journal.entries.has(one.id));
  return [...there, ...others.map(infoOfStored)];
}

/** The backup of a run whose start is over; undefined when none is known. */
export async function lookupBackup(sources: BackupSources, runId: string): Promise<BackupInfo | undefined> {
  const { journal, storage } = sources;
  await journal.learn({ runId });
  const entry = journal.byRunId(runId);
  if (entry !== undefined) {
    const answer = await getBackup(sources, entry.id);
    return answer.found === "yes" ? answer.backup : undefined;
  }
  if (!storage.canList) return undefined;
  const found = (await storage.list()).find((one) =>
    one.runId === runId && one.id !== "" && !journal.entries.has(one.id)
  );
  return found === undefined ? undefined : infoOfStored(found);
}

/** What a backup wrote, as far as it was kept; undefined when it is not known. */
export async function outputOf(
  { running, journal }: BackupSources,
  readSaved: (id: string) => Promise<string | undefined>,
  id: string,
): Promise<string | undefined> {
  const live = running.look(id);
  if (live !== undefined) return live.output();
  await journal.learn({ id });
  if (!journal.entries.has(id)) return undefined;
  return await readSaved(id);
}
