// The host's memory of its backups: an append-only file of JSON lines, synced before anything is said aloud.
// The last line about an id holds. Deleted backups stay as tombstones, so that an id is never used again.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import type { Files } from "../../ports/host.ts";

const entrySchema = z.object({
  id: z.string().min(1),
  state: z.enum(["running", "available", "failed", "deleted"]),
  runId: z.string().nullable(),
  job: z.string().nullable(),
  /** SHA-256 of the create body in canonical JSON: the body itself may hold secrets. */
  bodyDigest: z.string(),
  /** UTC ms. */
  startedAt: z.number().int(),
  endedAt: z.number().int().nullable(),
  dataId: z.string().nullable(),
  sizeMb: z.number().nullable(),
  message: z.string().nullable(),
  reason: z.string().nullable(),
  /** Process groups of a running backup, newest last. */
  processes: z.array(z.object({ pid: z.number().int(), identity: z.string() })),
  /** UTC ms; null by hand, or not known. */
  slot: z.number().int().nullable().default(null),
  /** From before `pre` is started until `post` has ended: whoever finds it set must run `post`. */
  postDue: z.boolean().default(false),
});

/** One backup as the journal knows it. */
export type JournalEntry = z.infer<typeof entrySchema>;

export interface Journal {
  /** Every backup by id; changed only after the change is on disk. */
  readonly entries: ReadonlyMap<string, JournalEntry>;
  byRunId(runId: string): JournalEntry | undefined;
  /** Resolves when the entry is safely on disk; rejects when it may not be, and then memory is unchanged. */
  record(entry: JournalEntry): Promise<void>;
}

const FILE = "backups.jsonl";
const HEADER = JSON.stringify({ schelly_backup_journal: 1 });
/** Tombstones beyond this many are dropped, oldest first, so that the file stays bounded. */
const MAX_TOMBSTONES = 100_000;

/**
 * Opens or makes the journal in `folder`; a half-written last line (a crash) is dropped.
 * Rejects with `ProviderError` when the file is damaged or the folder cannot be written.
 */
export async function openJournal(files: Files, folder: string): Promise<Journal> {
  const path = `${folder}/${FILE}`;
  const entries = new Map<string, JournalEntry>();
  const runs = new Map<string, string>();
  const put = (entry: JournalEntry) => {
    entries.set(entry.id, entry);
    if (entry.runId !== null) runs.set(entry.runId, entry.id);
  };

  let lines = 0;
  try {
    await files.makeFolder(folder, 0o700);
    if (await files.info(path) !== undefined) {
      for (const entry of parse(await files.readText(path), path)) put(entry);
    }
    await rewrite();
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError(
      "unsent",
      `Cannot open the journal of backups '${path}': ${(error as Error).message}: ` +
        "its folder must exist or be creatable and be writable by this user",
      { status: 503, cause: error },
    );
  }

  async function rewrite(): Promise<void> {
    const tombstones = [...entries.values()].filter((entry) => entry.state === "deleted");
    for (const entry of tombstones.slice(0, Math.max(0, tombstones.length - MAX_TOMBSTONES))) {
      entries.delete(entry.id);
      if (entry.runId !== null && runs.get(entry.runId) === entry.id) runs.delete(entry.runId);
    }
    const text = [HEADER, ...[...entries.values()].map((entry) => JSON.stringify(entry))].join("\n") + "\n";
    await files.writeText(path, text, 0o600);
    lines = entries.size + 1;
  }

  // After a failed append the file may end in half a line: then it is written anew, never appended to.
  let torn = false;
  let last: Promise<void> = Promise.resolve();

  async function write(entry: JournalEntry): Promise<void> {
    if (torn) {
      await rewrite();
      torn = false;
    }
    torn = true;
    await files.appendText(path, JSON.stringify(entry) + "\n");
    torn = false;
    lines++;
    put(entry);
    if (lines > 200 + 2 * entries.size) {
      // Everything is on disk already; a failure to shorten the file is not a failure to record.
      await rewrite().catch(() => {});
    }
  }

  return {
    entries,
    byRunId: (runId) => {
      const id = runs.get(runId);
      return id === undefined ? undefined : entries.get(id);
    },
    record: (entry) => {
      const done = last.then(() => write(entry));
      last = done.catch(() => {});
      return done;
    },
  };
}

function parse(text: string, path: string): JournalEntry[] {
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  const lines = complete.split("\n").slice(0, -1);
  if (lines.length === 0) return [];
  if (lines[0] !== HEADER) {
    throw damaged(path, 1, `the first line is '${lines[0]!.slice(0, 80)}', expected '${HEADER}'`);
  }
  return lines.slice(1).map((line, index) => {
    try {
      return entrySchema.parse(JSON.parse(line));
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw damaged(path, index + 2, why);
    }
  });
}

function damaged(path: string, line: number, why: string): ProviderError {
  return new ProviderError(
    "unsent",
    `Cannot read the journal of backups '${path}': line ${line} is damaged (${why}): repair or remove that line; ` +
      "removing the whole file makes every backup in it unknown here",
    { status: 503 },
  );
}
