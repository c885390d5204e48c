// The state file as a file: made ready before it is opened, and known again while it is in use.

import { StoreError } from "../../domain/errors.ts";
import type { FileInfo, Files } from "../../ports/host.ts";

/** What became of a file that was opened: writes to one that is gone would succeed and be lost. */
export type Fate = "ours" | "removed" | "replaced" | "cut short";

/** Tells by what was there when it was opened, and what is there now. */
export function fateOf(opened: FileInfo | undefined, now: FileInfo | undefined): Fate {
  if (now === undefined) return "removed";
  if (now.ino !== opened?.ino || now.dev !== opened?.dev) return "replaced";
  // A database of ours only grows; what it has in memory would go on for a while as if nothing were missing.
  return now.size < opened.size ? "cut short" : "ours";
}

/** Makes an empty file where there is none, readable by its owner only. Rejects with `StoreError`. */
export async function prepareFile(path: string, files: Files): Promise<void> {
  try {
    const info = await files.info(path);
    // Created by us so that it never exists with a wider mode; SQLite gives its log the same mode.
    if (info === undefined) await files.writeText(path, "", 0o600);
    else if (!info.isFile) throw new Error("it is not a file");
    else if (info.mode !== null && (info.mode & 0o777) !== 0o600) await files.setMode(path, 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      "not_writable",
      `Cannot open the state file '${path}': ${reason}: ` +
        `expected an existing folder and a file that this user may write to`,
      error,
    );
  }
}
