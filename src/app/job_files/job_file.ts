// The file of one job on the disk: read, replaced and put back without a moment in which it is half there.

import type { FileTree } from "../../ports/file_tree.ts";
import type { Files } from "../../ports/host.ts";

/** What is there under the name of the file. */
export type FoundFile =
  | { kind: "none" }
  | { kind: "file"; text: string }
  /** Nothing that may be replaced, and why. */
  | { kind: "other"; message: string };

/** A change that was made and can be taken back. */
export interface MadeChange {
  /** What was there before is not needed any more. */
  settle(): Promise<void>;
  /** Puts back what was there. Rejects with what the system says. */
  undo(): Promise<void>;
}

/** Nobody mistakes one for a text of the configuration, and it survives a crash in between. */
function besideOf(path: string): string {
  const at = path.lastIndexOf("/");
  return `${path.slice(0, at)}/.${path.slice(at + 1)}.before`;
}

/** Looks at it without following links. */
export async function findFile(
  { files, tree }: { files: Files; tree: Pick<FileTree, "look"> },
  path: string,
): Promise<FoundFile> {
  const entry = await tree.look(path);
  if (entry === undefined) return { kind: "none" };
  if (entry.type === "file") return { kind: "file", text: await files.readText(path) };
  const what = entry.type === "link" ? "a link, which may lead anywhere" : "no file";
  return { kind: "other", message: `'${path}' is ${what}: change it by hand` };
}

/**
 * Puts `text` in its place, or with null nothing. What was there lies beside it until `settle`, so that it can be put back
 * also where the disk is full. Rejects with what the system says; then nothing was changed.
 */
export async function replaceFile(
  files: Files,
  path: string,
  before: string | null,
  text: string | null,
): Promise<MadeChange> {
  const beside = besideOf(path);
  if (text === null) {
    await files.rename(path, beside);
    return { settle: () => files.remove(beside), undo: () => files.rename(beside, path) };
  }
  const mode = (await files.info(path))?.mode ?? 0o600;
  if (before === null) {
    await files.writeText(path, text, mode);
    return { settle: () => Promise.resolve(), undo: () => files.remove(path) };
  }
  await files.writeText(beside, before, mode);
  try {
    await files.writeText(path, text, mode);
  } catch (error) {
    await files.remove(beside).catch(() => {});
    throw error;
  }
  return { settle: () => files.remove(beside), undo: () => files.rename(beside, path) };
}
