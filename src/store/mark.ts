// The mark beside the state file: tells a store that was restored, swapped or emptied from the one that ran last.

import { z } from "zod";
import { StoreError } from "../domain/errors.ts";
import { iso } from "../domain/instant.ts";
import type { Files } from "../ports/host.ts";
import type { PastBoots } from "./write/lease.ts";

const schema = z.object({ store_id: z.string(), boot_seq: z.int(), newest_run_id: z.string() });

/** What the newest store at this place was, as of its last boot or tidying. */
type Mark = z.infer<typeof schema>;

/** Where the mark of a state file is. */
function markPath(path: string): string {
  return `${path}.mark`;
}

/** The mark; null when there is none. One that cannot be read as a mark is `unreadable`: that is a doubt, too. */
export async function readMark(files: Files, path: string): Promise<Mark | "unreadable" | null> {
  if (await files.info(markPath(path)) === undefined) return null;
  try {
    return schema.parse(JSON.parse(await files.readText(markPath(path))));
  } catch {
    return "unreadable";
  }
}

/** Writes the mark; rejects with `not_writable`. */
export async function writeMark(files: Files, path: string, mark: Mark): Promise<void> {
  try {
    await files.writeText(markPath(path), `${JSON.stringify(mark)}\n`, 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      "not_writable",
      `Cannot write '${markPath(path)}', which guards against a restored state: ${reason}: ` +
        `expected a folder that this user may write to`,
      error,
    );
  }
}

/** Why the store is not the one that ran last; null when it is. */
export function restoredBecause(mark: Mark | "unreadable" | null, past: PastBoots): string | null {
  if (past.snapshotAt !== null) {
    return `the state file is a copy made at ${iso(past.snapshotAt)}`;
  }
  if (mark === null) return null;
  if (mark === "unreadable") return "the mark beside the state file cannot be read";
  if (past.storeId === null) return "the state file is new, but another one was here before";
  if (mark.store_id !== past.storeId) return "the state file is another one than the last time";
  if (mark.boot_seq > past.bootSeq || mark.newest_run_id > past.newestRunId) {
    return "the state file is older than the one that ran last: it was restored";
  }
  return null;
}
