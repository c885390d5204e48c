// The outputs of backups that have ended, a file each beside the journal.

import { DAY } from "../../domain/duration.ts";
import type { Clock, Files } from "../../ports/host.ts";
import type { Journal } from "./journal.ts";

export interface BackupOutputs {
  /** Rejects when it cannot be written. */
  save(id: string, text: string): Promise<void>;
  /** Undefined when there is none. */
  read(id: string): Promise<string | undefined>;
}

/** Outputs of deleted backups are kept for so long. */
const OUTPUT_KEPT_MS = 30 * DAY;

/** Those in a host's folder, which must be there. */
export function createBackupOutputs(files: Files, journalFolder: string): BackupOutputs {
  const pathOf = (id: string) => `${outputFolder(journalFolder)}/${id}.txt`;
  return {
    save: (id, text) => files.writeText(pathOf(id), text, 0o600),
    read: (id) => files.readText(pathOf(id)).catch(() => undefined),
  };
}

/** The folder of outputs beside a journal. */
export function outputFolder(journalFolder: string): string {
  return `${journalFolder}/output`;
}

/** Removes outputs of backups that were deleted long ago, or that the journal does not know. */
export async function dropOldOutputs(
  { files, clock }: { files: Files; clock: Clock },
  journalFolder: string,
  journal: Journal,
): Promise<void> {
  const folder = outputFolder(journalFolder);
  for (const name of await files.list(folder)) {
    const entry = journal.entries.get(name.replace(/\.txt$/, ""));
    const old = entry?.state === "deleted" && (entry.endedAt ?? 0) < clock.now() - OUTPUT_KEPT_MS;
    if (entry === undefined || old) await files.remove(`${folder}/${name}`).catch(() => {});
  }
}
