// A path inside a backup, as people write it and as it is meant.

/** The path from the root of the backup, or why it is none; the empty text is the root. */
export function insidePath(written: string): { ok: true; path: string } | { ok: false; problem: string } {
  if (written.includes("\0")) return { ok: false, problem: "it has a character that no file name can have" };
  const names = written.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) return { ok: false, problem: "'..' would lead out of the backup" };
  return { ok: true, path: names.join("/") };
}
