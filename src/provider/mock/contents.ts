// What lies in each backup of the mock: a few small files, made up when somebody asks for them.

import type { BackupEntry, BackupPage } from "../../ports/restore.ts";

interface MockFile {
  path: string;
  text: string;
}

/** Of a damaged backup this one cannot be read. */
export const DAMAGED_FILE = "data/part-05.txt";

/** The files of a backup, in the order of their paths. */
export function filesOf(id: string): MockFile[] {
  const parts = Array.from({ length: 9 }, (_, i) => `data/part-0${i + 1}.txt`);
  return [...parts, "readme.txt"].map((path) => ({ path, text: `${path} of the mock's backup ${id}\n` }));
}

/** Those that are `include` or lie in it; empty: all. Undefined for a path that none has. */
export function chosenFiles(id: string, include: readonly string[]): MockFile[] | { unknown: string } {
  const all = filesOf(id);
  if (include.length === 0) return all;
  const lies = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
  const unknown = include.find((wanted) => !all.some(({ path }) => lies(path, wanted)));
  if (unknown !== undefined) return { unknown };
  return all.filter(({ path }) => include.some((wanted) => lies(path, wanted)));
}

/** What lies directly in a folder, by name; undefined where there is none such. `after`: a path. */
export function pageOf(
  id: string,
  folder: string,
  after: string | undefined,
  limit: number,
): BackupPage | undefined {
  const start = folder === "" ? "" : `${folder}/`;
  const inside = filesOf(id).filter(({ path }) => path.startsWith(start));
  if (inside.length === 0) return undefined;
  const entries = new Map<string, BackupEntry>();
  for (const { path, text } of inside) {
    const slash = path.indexOf("/", start.length);
    const entry: BackupEntry = slash < 0
      ? { path, type: "file", size: text.length }
      : { path: path.slice(0, slash), type: "folder" };
    entries.set(entry.path, entry);
  }
  const rest = [...entries.values()].filter(({ path }) => after === undefined || path > after);
  const page = rest.slice(0, limit);
  return { entries: page, ...(rest.length > limit ? { next: page.at(-1)!.path } : {}) };
}
