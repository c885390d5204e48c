// Turns what the SQL library throws into what the store says: a broken constraint, or a StoreError with advice.

import { StoreError } from "../../domain/errors.ts";

/** A constraint refused the batch, which changed nothing; `message` is SQLite's and names the columns. */
export class ConstraintFailed extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = "ConstraintFailed";
  }
}

/** What was being done when it failed. Only a `write` can leave it unknown whether it took place. */
export type Doing = "open" | "read" | "write";

/** Translates a failure at the file `path`. */
export function fileFailure(path: string, doing: Doing, error: unknown): Error {
  const { code, message } = codeOf(error);
  if (code === "SQLITE_CONSTRAINT") return new ConstraintFailed(message, error);
  const verb = { open: "open", read: "read", write: "write to" }[doing];
  const say = (kind: StoreError["kind"], advice: string) =>
    new StoreError(kind, `Cannot ${verb} the state file '${path}': ${message}: ${advice}`, error);
  switch (code) {
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
      return say(
        "in_use",
        "another process holds it; stop that one first, or give this one a state file of its own",
      );
    case "SQLITE_CORRUPT":
    case "SQLITE_NOTADB":
      return say(
        "corrupt",
        "it is damaged or not a Schelly state file and was left as it is; restore a snapshot, or move it away to begin anew",
      );
    case "SQLITE_READONLY":
    case "SQLITE_PERM":
    case "SQLITE_AUTH":
      return say("not_writable", "expected a file and a folder that this user may write to");
    case "SQLITE_FULL":
      return say("not_writable", "the disk is full; nothing was saved; free some space");
    case "SQLITE_CANTOPEN":
      return say("not_writable", "expected an existing folder in which this user may create files");
    case "SQLITE_IOERR":
      // A commit record may have reached the log before the disk failed, and would be found at the next start.
      return say(doing === "write" ? "unknown" : "failed", "the disk failed; look at the system's log");
    default:
      return say("failed", "nothing was saved");
  }
}

/** What the library calls it, and says of it without what would show a password. */
export function codeOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // The library repeats its code in front of the message, once or twice; some runtimes repeat the whole URL in it.
  const message = error.message.replace(/^(?:[A-Z]+_[A-Z_0-9]+: )+/, "").replace(/ for url \([^)]*\)/g, "")
    .replace(/:\/\/[^\s/@]*@/g, "://");
  return { code, message };
}
