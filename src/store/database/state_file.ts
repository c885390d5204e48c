// The state file as a file: made ready before it is opened, and known again while it is in use.

import { StoreError } from "../../domain/errors.ts";
import type { FileInfo, Files } from "../../ports/host.ts";

/** What became of a file that was opened: writes to one that is gone would succeed and be lost. */
export type Fate = "ours" | "removed" | "replaced" | "cut short";

/** Looks whether a state file in use, and its log, are still those that were opened. */
export class StateFileWatch {
  readonly #opened: FileInfo | undefined;
  #log: FileInfo | undefined;
  /** Bytes: a shorter one was cut. */
  #least: number;

  /** Once it is open. */
  constructor(private readonly path: string, private readonly files: Pick<Files, "infoSync">) {
    this.#opened = files.infoSync(path);
    this.#log = files.infoSync(`${path}-wal`);
    this.#least = this.size;
  }

  /** The database in it ends here, or will: the file may become as short as that. */
  mayEndAt(bytes: number): void {
    this.#least = Math.min(this.#least, bytes);
  }

  /** Bytes when it was opened. */
  get size(): number {
    return this.#opened?.size ?? 0;
  }

  /** What became of the file. */
  fate(): Fate {
    const now = this.files.infoSync(this.path);
    if (now === undefined) return "removed";
    if (isOther(this.#opened, now)) return "replaced";
    // A database of ours grows but where it gives back; what it has in memory would go on for a while as if nothing were
    // missing.
    return now.size < this.#least ? "cut short" : "ours";
  }

  /** What became of its log, which a process without it would not find again. */
  logFate(): Fate {
    const now = this.files.infoSync(`${this.path}-wal`);
    if (this.#log === undefined) {
      this.#log = now;
      return "ours";
    }
    if (now === undefined) return "removed";
    return isOther(this.#log, now) ? "replaced" : "ours";
  }
}

function isOther(opened: FileInfo | undefined, now: FileInfo): boolean {
  return now.ino !== opened?.ino || now.dev !== opened?.dev;
}

/** Makes an empty file where there is none, readable by its owner only. Rejects with `StoreError`. */
export async function prepareFile(path: string, files: Files): Promise<void> {
  try {
    const info = await files.info(path);
    // Created by us so that it never exists with a wider mode; SQLite gives its log the same mode.
    if (info === undefined) await files.writeText(path, "", 0o600);
    else if (!info.isFile) throw new Error("it is not a file");
    else if (info.mode !== null && (info.mode & 0o777) !== 0o600) await files.setMode(path, 0o600);
    // A log that a process left behind has to be written to before anything can be read. Not the file itself: closing
    // it would give back the locks that this process has on it.
    if (await files.info(`${path}-wal`) !== undefined) await files.appendText(`${path}-wal`, "");
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
