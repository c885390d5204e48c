// The end of a backup: what became of it, on disk before it is said aloud.

import type { Json } from "../../domain/job.ts";
import type { Clock } from "../../ports/host.ts";
import { tombstoneOf } from "./backup_info.ts";
import type { Outcome } from "./backup_work.ts";
import type { HostStorage } from "./host_storage.ts";
import type { HostTexts } from "./host_texts.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { LiveBackup, TellOdd } from "./live_backup.ts";

export interface EndOptions {
  clock: Clock;
  journal: Journal;
  storage: HostStorage;
  texts: HostTexts;
  tellOdd: TellOdd;
  /** True once the program is stopping: then an end that cannot be written is given up. */
  isStopping(): boolean;
  /** Called when an end is on disk. */
  onEnd(entry: JournalEntry, cancelled: boolean): void;
}

const JOURNAL_RETRY_MS = 5_000;

/** Ends as available or failed; failed (cut_off) when the program was stopped under it. */
export async function endBackup(options: EndOptions, live: LiveBackup, outcome: Outcome): Promise<void> {
  const cutOff = outcome.state === "failed" && live.stop.signal.aborted;
  await recordEnd(options, live, {
    ...live.entry,
    ...outcome,
    reason: cutOff ? "cut_off" : outcome.reason,
    message: options.texts.clean(
      cutOff ? `cut off: this program was stopped while it was running: ${outcome.message}` : outcome.message,
    ),
    endedAt: options.clock.now(),
    processes: [],
  });
}

/** Ends as deleted, or as failed while something of it may still be in the storage. */
export async function endCancelled(
  options: EndOptions,
  live: LiveBackup,
  outcome: Outcome,
  body: Json | undefined,
): Promise<void> {
  const { entry } = live;
  const { clock, storage, texts: { clean } } = options;
  live.message = "cancelled: removing what it left";
  try {
    await storage.delete(entry.id, outcome.dataId ?? entry.id, body, "cancelled", entry);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return await recordEnd(options, live, {
      ...entry,
      state: "failed",
      reason: "cancelled",
      message: clean(`cancelled, but what it may have left could not be removed: ${why}`),
      dataId: outcome.dataId,
      endedAt: clock.now(),
      processes: [],
    });
  }
  await recordEnd(options, live, tombstoneOf(entry, clock.now()));
}

/** Tries until the end is on disk: before that nothing is said of it. */
async function recordEnd(options: EndOptions, live: LiveBackup, end: JournalEntry): Promise<void> {
  live.over = true;
  for (;;) {
    try {
      await options.journal.record(end);
      return options.onEnd(end, live.cancelled !== null);
    } catch (error) {
      const why = (error as Error).message;
      live.message = options.texts.clean(`ended, but the journal cannot be written: ${why}`);
      options.tellOdd(live, "error", `Backup '${end.id}' ${live.message}`);
      // Then the next start finds it running in the journal, and takes it for cut off.
      if (options.isStopping()) return;
      await options.clock.sleep(JOURNAL_RETRY_MS);
    }
  }
}
