// Deleting a backup: a running one is cancelled, one that has ended is deleted from the storage, once at a time, and
// stays in the journal as deleted.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { Clock } from "../../ports/host.ts";
import type { BackupOutcome, DeleteAnswer } from "../../ports/provider.ts";
import { entryOfStored, tombstoneOf } from "./backup_info.ts";
import type { BackupSources } from "./backup_reads.ts";
import type { Fences } from "./fences.ts";
import type { JournalEntry } from "./journal.ts";
import { lookForUnknown, untold } from "./unknown_backup.ts";

interface DeletionsOptions {
  clock: Clock;
  sources: BackupSources;
  fences: Fences;
  /** Used where a call has no body of its own. */
  deleteBody?: Json;
  /** What is at work on a backup, such as "restored"; undefined for nothing. */
  workOn(id: string): string | undefined;
  /** Renders an error without secrets. */
  textOf(error: unknown): string;
  /** Called when a deletion is on disk. */
  onDeleted(id: string): void;
}

/** Deletes by id; the fence is null when the caller shows none. */
type RemoveBackup = (
  id: string,
  body: Json | undefined,
  fence: number | null,
) => Promise<DeleteAnswer>;

/** Makes what deletes; calls for a backup that is just being deleted share its answer. */
export function createDeletions(options: DeletionsOptions): RemoveBackup {
  const { sources: { journal }, fences } = options;
  const deleting = new Map<string, Promise<DeleteAnswer>>();
  return async (id, body, fence) => {
    await journal.learn({ id });
    const job = journal.entries.get(id)?.job ?? null;
    if (job !== null) await fences.admit(job, fence);
    const under = deleting.get(id);
    if (under !== undefined) return await under;
    const done = removeNow(options, id, body ?? options.deleteBody).finally(() => deleting.delete(id));
    deleting.set(id, done);
    return await done;
  };
}

async function removeNow(
  options: DeletionsOptions,
  id: string,
  body: Json | undefined,
): Promise<DeleteAnswer> {
  const { clock, textOf, sources: { journal, running, storage } } = options;
  if (running.look(id) !== undefined) return await running.cancel(id, body);
  const known = journal.entries.get(id);
  if (known?.state === "deleted") return "gone";
  if (known?.postDue) {
    const message = `Cannot delete backup '${id}' yet: its post command is still running`;
    throw new ProviderError("unsent", message, { status: 503 });
  }
  const work = options.workOn(id);
  if (work !== undefined) {
    const message = `Cannot delete backup '${id}' yet: it is being ${work}`;
    throw new ProviderError("unsent", message, { status: 503 });
  }
  const entry = known ?? await unknownEntry(options.sources, id);
  if (entry === undefined) return "absent";
  const wasThere = await storage.delete(id, entry.dataId ?? id, body, outcomeOf(entry), entry).catch(
    (error) => {
      throw storage.deletionError(id, error);
    },
  );
  try {
    await journal.record(tombstoneOf(entry, clock.now()));
  } catch (error) {
    const message = `Backup '${id}' was deleted, but the journal in ${journal.place} cannot be written: ${
      textOf(error)
    }`;
    throw new ProviderError("unknown", message, { status: 500, cause: error });
  }
  options.onDeleted(id);
  // A failed one may never have had anything in the storage.
  return wasThere || entry.state === "failed" ? "deleted" : "absent";
}

function outcomeOf({ state, reason }: JournalEntry): BackupOutcome {
  return state === "available" ? "available" : reason === "cancelled" ? "cancelled" : "failed";
}

/** Undefined when the storage says that it has no such backup; rejects where that cannot be told. */
async function unknownEntry(
  { journal, storage }: BackupSources,
  id: string,
): Promise<JournalEntry | undefined> {
  const seen = await lookForUnknown(id, storage, journal.entries.values());
  if (seen.is === "absent") return undefined;
  if (seen.is === "there") return entryOfStored(seen.stored);
  const message = `Cannot delete backup '${id}', nor tell how ${untold(journal.place, id, seen.why)}`;
  throw new ProviderError("refused", message, { status: 422 });
}
