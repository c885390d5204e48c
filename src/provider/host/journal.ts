// The host's memory of its backups: each change is durable before anything is said aloud.
// Deleted backups stay as tombstones, so that an id is never used again.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import type { BackupMemory, FoundEntry, KeptEntry } from "../../ports/backup_memory.ts";

/** Who is at work, as far as it is known. */
export const ownerSchema = z.object({
  /** Process groups of what runs, newest last. */
  processes: z.array(z.object({ pid: z.number().int(), identity: z.string() })),
  /** Where it was made; null: not known, as in entries of before. */
  machine: z.object({ id: z.string().nullable(), name: z.string(), boot: z.string().nullable() }).nullable()
    .default(null),
  /** The program that made it, as a life of its pid; null: not known, as in entries of before. */
  maker: z.object({ pid: z.number().int(), identity: z.string() }).nullable().default(null),
});

const entrySchema = ownerSchema.extend({
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
  /** UTC ms; null by hand, or not known. */
  slot: z.number().int().nullable().default(null),
  /** What the work came to, written down before `post` is started: a kill in `post` makes no failure of it. */
  made: z.object({ dataId: z.string().nullable(), sizeMb: z.number().nullable(), message: z.string() })
    .nullable()
    .default(null),
  /** The same of work that failed by itself: a kill in `post` does not take its cause away. */
  failed: z.object({
    reason: z.string().nullable(),
    message: z.string(),
    dataId: z.string().nullable(),
    sizeMb: z.number().nullable(),
  }).nullable().default(null),
  /** From before `pre` is started until `post` has ended: whoever finds it set must run `post`. */
  postDue: z.boolean().default(false),
});

/** One backup as the journal knows it. */
export type JournalEntry = z.infer<typeof entrySchema>;

export interface Journal {
  /** Where it is kept, for people: follows "in". */
  readonly place: string;
  /** Every backup by id; changed only after the change is durable. */
  readonly entries: ReadonlyMap<string, JournalEntry>;
  byRunId(runId: string): JournalEntry | undefined;
  /** Takes up what is kept of a backup of ours under a name that the provider had, where it is not known here. */
  learn(by: { id: string } | { runId: string }): Promise<void>;
  /** Resolves when the entry is safely kept; rejects when it may not be, and then nothing has changed. */
  record(entry: JournalEntry): Promise<void>;
}

/** Tombstones beyond this many are dropped, oldest first, so that the memory stays bounded. */
const MAX_TOMBSTONES = 100_000;

/** Of what is wrong with an entry. */
const MAX_WHY = 200;

/** Reads what `memory` keeps. Rejects with `ProviderError` when it is damaged or cannot be read. */
export async function openJournal(memory: BackupMemory): Promise<Journal> {
  const { place } = memory;
  const entries = new Map<string, JournalEntry>();
  const runs = new Map<string, string>();
  const put = (entry: JournalEntry) => {
    entries.set(entry.id, entry);
    if (entry.runId !== null) runs.set(entry.runId, entry.id);
  };
  for (const entry of await readJournal(memory)) put(entry);
  await dropOldTombstones(memory, entries, runs);
  const byRunId = (runId: string) => {
    const id = runs.get(runId);
    return id === undefined ? undefined : entries.get(id);
  };
  let last: Promise<void> = Promise.resolve();

  return {
    place,
    entries,
    byRunId,
    async learn(by) {
      const isKnown = () => "id" in by ? entries.has(by.id) : byRunId(by.runId) !== undefined;
      if (isKnown()) return;
      const found = await attempt(place, () => memory.findMoved(by));
      if (found !== undefined && !isKnown()) put(entryOf(memory, found));
    },
    record(entry) {
      const done = last.then(async () => {
        const before = entries.get(entry.id);
        await memory.keep(keptOf(entry), before === undefined ? null : keptOf(before));
        put(entry);
      });
      last = done.catch(() => {});
      return done;
    },
  };
}

/** All entries that are kept, in their order; of those with one id the last holds. Rejects with `ProviderError`. */
export async function readJournal(memory: BackupMemory): Promise<JournalEntry[]> {
  const found = await attempt(memory.place, () => memory.entries());
  return found.map((one) => entryOf(memory, one));
}

/** An entry as it is kept. */
export function keptOf(entry: JournalEntry): KeptEntry {
  const { id, runId, state } = entry;
  return { id, runId, isDeleted: state === "deleted", text: JSON.stringify(entry) };
}

function entryOf({ place, repair }: BackupMemory, { where, text }: FoundEntry): JournalEntry {
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch (error) {
    const all = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    const why = all.replaceAll(/\s*\n\s*/g, " ").slice(0, MAX_WHY);
    throw new ProviderError(
      "unsent",
      `Cannot read the journal of backups in ${place}: ${where} is damaged (${why}): ${repair}`,
      { status: 503 },
    );
  }
}

async function dropOldTombstones(
  memory: BackupMemory,
  entries: Map<string, JournalEntry>,
  runs: Map<string, string>,
): Promise<void> {
  const tombstones = [...entries.values()].filter((entry) => entry.state === "deleted");
  const old = tombstones.slice(0, Math.max(0, tombstones.length - MAX_TOMBSTONES));
  if (old.length === 0) return;
  await attempt(memory.place, () => memory.drop(old.map(({ id }) => id)));
  for (const { id, runId } of old) {
    entries.delete(id);
    if (runId !== null && runs.get(runId) === id) runs.delete(runId);
  }
}

async function attempt<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError(
      "unsent",
      `Cannot use the journal of backups in ${place}: ${(error as Error).message}`,
      { status: 503, cause: error },
    );
  }
}
