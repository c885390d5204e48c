// Cancelling a running backup: its work is told to stop, and what is answered is how it ended.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { Clock } from "../../ports/host.ts";
import type { DeleteAnswer } from "../../ports/provider.ts";
import type { Journal } from "./journal.ts";
import type { LiveBackup } from "./live_backup.ts";
import { SlowError, within } from "../time_limit.ts";

const CANCEL_WAIT_MS = 30_000;

/**
 * Ends the work and waits a while until what it left is removed. `accepted` while that goes on; rejects with
 * `ProviderError` when it had ended by itself (`unsent`, 409: it is kept) or something of it may be left (`unknown`).
 */
export async function cancelBackup(
  { clock, journal }: { clock: Clock; journal: Journal },
  live: LiveBackup,
  body: Json | undefined,
): Promise<DeleteAnswer> {
  const { id } = live.entry;
  if (!live.over) {
    live.cancelled ??= { body };
    live.message = "being cancelled";
    live.stop.abort(new Error("it was cancelled"));
  }
  try {
    await within(clock, CANCEL_WAIT_MS, live.ended, "it is still ending");
  } catch (error) {
    if (error instanceof SlowError && live.cancelled !== null) return "accepted";
    throw new ProviderError("unknown", `Cannot cancel backup '${id}': ${live.message}`, { status: 503 });
  }
  const entry = journal.entries.get(id);
  if (entry?.state === "deleted") return "deleted";
  if (live.cancelled === null) {
    const message = `Cannot cancel backup '${id}': it ended just before (${entry?.state}): it is kept; ` +
      "a DELETE sent now would delete it";
    throw new ProviderError("unsent", message, { status: 409 });
  }
  const message = `Backup '${id}' was ended but not removed: ${
    entry?.message ?? "its end is not in the journal"
  }`;
  throw new ProviderError("unknown", message, { status: 500 });
}
