// Which outputs are kept no longer.

import { DAY } from "../../domain/duration.ts";
import type { KeptOutputs } from "../../ports/backup_memory.ts";
import type { Clock } from "../../ports/host.ts";
import type { Journal } from "./journal.ts";

/** Outputs of deleted backups are kept for so long. */
const OUTPUT_KEPT_MS = 30 * DAY;

/** Removes outputs of backups that were deleted long ago, or that the journal does not know. */
export async function dropOldOutputs(outputs: KeptOutputs, clock: Clock, journal: Journal): Promise<void> {
  const old = (await outputs.ids()).filter((id) => {
    const entry = journal.entries.get(id);
    const isOld = entry?.state === "deleted" && (entry.endedAt ?? 0) < clock.now() - OUTPUT_KEPT_MS;
    return entry === undefined || isOld;
  });
  if (old.length > 0) await outputs.drop(old);
}
