// Reads `restic ls --json` line by line: what lies in a snapshot, however much that is.

import { z } from "zod";
import type { BackupEntry } from "../../ports/restore.ts";

const nodeSchema = z.looseObject({
  type: z.string(),
  path: z.string(),
  size: z.number().nonnegative().optional().catch(undefined),
  uid: z.number().optional().catch(undefined),
  gid: z.number().optional().catch(undefined),
  mtime: z.string().optional().catch(undefined),
});

/** One file or folder of a snapshot, and who owns it. */
interface TreeNode extends BackupEntry {
  uid: number;
  gid: number;
}

const TYPES: Record<string, BackupEntry["type"]> = { file: "file", dir: "folder", symlink: "link" };

/** Undefined for a line that names none. */
export function readTreeLine(line: string): TreeNode | undefined {
  if (!line.startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = nodeSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { type, path, size, uid = 0, gid = 0, mtime } = parsed.data;
  const modifiedAt = mtime === undefined ? NaN : Date.parse(mtime);
  const known = TYPES[type] ?? "other";
  return {
    path: path.split("/").filter((name) => name !== "").join("/"),
    type: known,
    ...(known === "file" && size !== undefined ? { size } : {}),
    ...(Number.isFinite(modifiedAt) ? { modifiedAt } : {}),
    ...{ uid, gid },
  };
}

/**
 * As a pattern of `--include` that means this path and nothing else. Of a name that is not UTF-8 restic lists U+FFFD in the
 * place of each byte that is none, for which only "any one" stands.
 */
export function includePattern(path: string): string {
  return `/${path.replaceAll(/[\\*?[\]]/g, "\\$&").replaceAll("\ufffd", "?")}`;
}
