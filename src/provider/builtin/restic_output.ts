// Reads what restic says: its JSON lines, its snapshots, and which trouble it is in, over versions 0.14 to 0.18.

import { z } from "zod";
import { counted } from "../../domain/count_text.ts";
import { bytesText } from "../../domain/size_text.ts";

const statusSchema = z.looseObject({
  message_type: z.literal("status"),
  percent_done: z.number().optional(),
  total_files: z.number().optional(),
  files_done: z.number().optional(),
  total_bytes: z.number().optional(),
});
const summarySchema = z.looseObject({
  message_type: z.literal("summary"),
  files_new: z.number().optional(),
  files_changed: z.number().optional(),
  total_files_processed: z.number().optional(),
  total_bytes_processed: z.number().optional(),
  data_added: z.number().optional(),
  snapshot_id: z.string().optional(),
});
const errorSchema = z.looseObject({
  message_type: z.literal("error"),
  // 0.14 writes the error of the operating system, later ones `{ message }`.
  error: z.looseObject({ message: z.string().optional(), Op: z.string().optional() }).nullish(),
  during: z.string().nullish(),
  item: z.string().nullish(),
});
const exitSchema = z.looseObject({ message_type: z.literal("exit_error"), message: z.string() });
const lineSchema = z.union([statusSchema, summarySchema, errorSchema, exitSchema]);

/** One line of `restic backup --json`. */
export type ResticLine =
  | { kind: "status"; text: string }
  | {
    kind: "summary";
    /** Of `files`, those that the snapshot before does not have, or has otherwise. */
    new: number | undefined;
    changed: number | undefined;
    files: number | undefined;
    bytes: number | undefined;
    added: number | undefined;
    snapshotId: string | undefined;
  }
  /** A file or folder that could not be read. */
  | { kind: "unreadable"; item: string; why: string }
  /** A path of the settings that is not there: restic before 0.18 skips it and ends with code 0. */
  | { kind: "absent"; item: string }
  | { kind: "text"; text: string };

/** Reads a line of either stream; what is not JSON of restic is text. */
export function readLine(line: string): ResticLine {
  const skipped = /^(.*) does not exist, skipping$/.exec(line.trim());
  if (skipped !== null) return { kind: "absent", item: skipped[1]! };
  const parsed = line.startsWith("{") ? lineSchema.safeParse(parseJson(line)) : undefined;
  if (!parsed?.success) return { kind: "text", text: line };
  const message = parsed.data;
  switch (message.message_type) {
    case "status":
      return { kind: "status", text: progressText(message) };
    case "summary":
      return {
        kind: "summary",
        new: message.files_new,
        changed: message.files_changed,
        files: message.total_files_processed,
        bytes: message.total_bytes_processed,
        added: message.data_added,
        snapshotId: message.snapshot_id,
      };
    case "error": {
      const why = message.error?.message ?? message.error?.Op ?? message.during ?? "error";
      return { kind: "unreadable", item: message.item || "?", why };
    }
    case "exit_error":
      return { kind: "text", text: message.message };
  }
}

function progressText(status: z.infer<typeof statusSchema>): string {
  const percent = Math.floor((status.percent_done ?? 0) * 100);
  const total = status.total_files === undefined ? "? files" : counted(status.total_files, "file");
  const files = `${status.files_done ?? 0} of ${total}`;
  const size = status.total_bytes === undefined ? "" : ` of ${bytesText(status.total_bytes)}`;
  return `${percent} %${size}, ${files}`;
}

const snapshotsSchema = z.array(z.looseObject({
  id: z.string().min(8),
  time: z.string(),
  tags: z.array(z.string()).nullish(),
  hostname: z.string().nullish(),
  paths: z.array(z.string()).nullish(),
  /** The id before `restic tag` or `rewrite` gave it a new one. */
  original: z.string().nullish(),
  tree: z.string().nullish(),
  summary: z.looseObject({ total_bytes_processed: z.number().optional() }).nullish(),
})).nullable();

/** One snapshot of the repository. */
export interface Snapshot {
  id: string;
  /** UTC ms. */
  time: number | undefined;
  tags: string[];
  host: string | undefined;
  paths: string[];
  original: string | undefined;
  /** The id of all that it holds, the same for the same content. */
  tree: string | undefined;
  bytes: number | undefined;
}

/** Reads `restic snapshots --json`; throws when it is something else. */
export function readSnapshots(text: string): Snapshot[] {
  return (snapshotsSchema.parse(JSON.parse(text)) ?? []).map((snapshot) => {
    const time = Date.parse(snapshot.time);
    return {
      id: snapshot.id,
      time: Number.isFinite(time) ? time : undefined,
      tags: snapshot.tags ?? [],
      host: snapshot.hostname || undefined,
      paths: snapshot.paths ?? [],
      original: snapshot.original ?? undefined,
      tree: snapshot.tree ?? undefined,
      bytes: snapshot.summary?.total_bytes_processed,
    };
  });
}

/** Reads the repository's own id from `restic cat config`; throws when it is something else. */
export function readRepositoryId(text: string): string {
  return z.looseObject({ id: z.string().min(8) }).parse(JSON.parse(text)).id;
}

/** True for the line in which `forget --verbose=2` says that it removed this snapshot: 0.14 writes a short id in `<>`. */
export function saysRemoved(line: string, snapshotId: string): boolean {
  const id = /^removed <?snapshot\/([0-9a-f]{8,64})>?$/.exec(line.trim())?.[1];
  return id !== undefined && snapshotId.startsWith(id);
}

type ResticTrouble = "no_repository" | "locked" | "wrong_password" | "not_let_in" | "other";

/**
 * Which trouble an exit code and the text on stderr mean. Codes 10, 11, 12 came with restic 0.17; before, all are 1.
 * A repository that merely cannot be reached must never read as `no_repository`: one could be made in its place.
 */
export function troubleOf(code: number, stderr: string): ResticTrouble {
  if (code === 10) return "no_repository";
  // That a lock cannot be written, on a full disk for one, says nothing of another restic.
  if (code === 11 || /repository is already locked/i.test(stderr)) return "locked";
  if (code === 12 || /wrong password or no key found/i.test(stderr)) return "wrong_password";
  const opening = /unable to open config file: (.*)/i.exec(stderr)?.[1];
  const absent =
    /no such file or directory|file does not exist|<config\/> does not exist|key does not exist|NoSuchKey|BlobNotFound|object (doesn't exist|not found)|HTTP response \(404\)/i;
  if (opening !== undefined && absent.test(opening)) return "no_repository";
  return NOT_LET_IN.test(lastWords(stderr)) ? "not_let_in" : "other";
}

/** What the backends of restic say where the key or password of a storage is wrong, or may not do this. */
const NOT_LET_IN =
  /\((?:401|403)\)|\b401 Unauthorized\b|\b403 Forbidden\b|Access ?Denied|InvalidAccessKeyId|SignatureDoesNotMatch|AuthenticationFailed|Permission denied \(publickey/i;

/** The line of restic's output that says best what went wrong. */
export function lastWords(stderr: string): string {
  const lines = withoutTraces(stderr.split("\n"))
    .map((line) => readLine(line.trim()))
    .map((line) => line.kind === "text" ? line.text : "")
    .filter((line) => line !== "");
  const said = lines.findLast((line) => /^(Fatal|Error|panic)\b/.test(line)) ?? lastLine(lines);
  return wayThere(said ?? "", lines) ?? said ?? "it gave no reason";
}

/** With why, where that stands in the line before. */
function lastLine(lines: readonly string[]): string | undefined {
  const [before, last] = [lines.at(-2), lines.at(-1)];
  return last === "unable to create lock in backend" && before !== undefined ? `${before} (${last})` : last;
}

/** What ssh or rclone said, where restic itself only knows that it lost them. */
function wayThere(said: string, lines: readonly string[]): string | undefined {
  if (!/unable to start the sftp session|error talking HTTP to rclone|rclone.*exited/i.test(said)) {
    return undefined;
  }
  const words = lines.flatMap((line) => /^subprocess \S+: (.*\w.*)$/.exec(line)?.[1] ?? []);
  const last = words.findLast((line) => !/^@+$/.test(line));
  if (last === undefined) return undefined;
  const isChanged = words.some((line) => /REMOTE HOST IDENTIFICATION HAS CHANGED/.test(line));
  return isChanged ? `the host's key has changed: ${last}` : last;
}

/** Without where in its own source restic was, as it adds to some errors: a function, and its place below. */
function withoutTraces(lines: string[]): string[] {
  const isSourceLine = (line: string | undefined) => /^\s*\S+\.(go|s):\d+$/.test(line ?? "");
  return lines.filter((line, at) => !isSourceLine(line) && !isSourceLine(lines[at + 1]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
