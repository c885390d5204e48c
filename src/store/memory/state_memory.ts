// What built-in providers keep in the state store: each its own rows, written in the batches of everybody else.

import { ProviderError, StoreError } from "../../domain/errors.ts";
import type {
  BackupMemory,
  FoundEntry,
  KeptEntry,
  KeptOutputs,
  NoteName,
  ProviderNotes,
} from "../../ports/backup_memory.ts";
import type { Database, SqlRow, SqlValue } from "../database/database.ts";
import type { Cell } from "../schema/columns.ts";
import type { GroupCommit } from "../write/group_commit.ts";
import type { Part } from "../write/run_parts.ts";
import * as sql from "./memory_sql.ts";

/** What a provider kept in a folder, to be taken up by the state. */
export interface MovedMemory {
  entries: readonly KeptEntry[];
  notes: readonly { name: NoteName; text: string }[];
  /** Oldest first. */
  outputs: readonly { id: string; text: string }[];
}

type WriteParts = (parts: [text: string, rows: Cell[][]][]) => Promise<void>;
type ReadRows = (text: string, ...args: SqlValue[]) => Promise<SqlRow[]>;

/** The memories of all providers. */
export interface StateMemories {
  /**
   * The memory of one provider, once what is kept under its former keys is its own. Nobody else may use one of these keys
   * until it is disposed. Rejects with `StoreError`.
   */
  open(key: string, formerly: readonly string[]): Promise<BackupMemory>;
  /**
   * Takes up what was kept in a folder, in one batch: whole or not at all. What the state knows already stays, unless a
   * backup turns out to be deleted; so it does no harm to do it twice. Rejects with `StoreError`.
   */
  takeUp(key: string, moved: MovedMemory): Promise<void>;
}

/** Those in `database`; `place` is for people. */
export function createStateMemories(database: Database, group: GroupCommit, place: string): StateMemories {
  const write = (key: string, parts: [text: string, rows: Cell[][]][]) => writeParts(group, key, parts);
  return {
    async open(key, formerly) {
      if (formerly.length > 0) {
        const rows = formerly.map((former) => [key, former]);
        await write(key, sql.ADOPT.map((text) => [text, rows]));
      }
      return openMemory(database, group, place, [key, ...formerly]);
    },
    takeUp: (key, { entries, notes, outputs }) =>
      write(key, [
        [sql.TAKE_UP, entries.map((entry) => entryRow(key, entry))],
        [sql.TAKE_UP_NOTE, notes.map(({ name, text }) => [key, name, text])],
        [sql.TAKE_UP_OUTPUT, outputs.map(({ id, text }) => [key, id.toWellFormed(), text.toWellFormed()])],
        [sql.TRIM_OUTPUTS, [[key]]],
      ]),
  };
}

/** The memory of the provider that has the first of these keys, and had the others. */
function openMemory(database: Database, group: GroupCommit, place: string, keys: string[]): BackupMemory {
  const key = keys[0]!;
  const allKeys = JSON.stringify(keys);
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();
  /** What was kept before writes whose fate is not known. */
  const doubted = new Map<string, KeptEntry | null>();

  function write(parts: [text: string, rows: Cell[][]][]): Promise<void> {
    const done = last.then(() => {
      if (isClosed) throw new ProviderError("unsent", "its provider was just closed", { status: 503 });
      return writeParts(group, key, parts);
    });
    last = done.catch(() => {});
    return done;
  }

  async function rows(text: string, ...args: SqlValue[]): Promise<SqlRow[]> {
    return await database.read({ sql: text, args });
  }

  async function keptText(id: string): Promise<string | null> {
    const [row] = await rows(sql.ENTRY, key, id.toWellFormed());
    return row === undefined ? null : String(row[0]);
  }

  /** What puts things back that may stand although they were said not to. */
  function undo(except: string): [text: string, rows: Cell[][]][] {
    const others = [...doubted].filter(([id]) => id !== except);
    const back = others.flatMap(([, before]) => before === null ? [] : [entryRow(key, before)]);
    const gone = others.flatMap(([id, before]) => before === null ? [[key, id.toWellFormed()]] : []);
    return [[sql.DROP, gone], [sql.KEEP, back]];
  }

  async function keep(entry: KeptEntry, before: KeptEntry | null): Promise<void> {
    const settled = [...doubted.keys()];
    const row = entryRow(key, entry);
    try {
      await write([...undo(entry.id), [sql.KEEP, [row]], [sql.FORGET_MOVED, [row.slice(0, 3)]]]);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "unknown") throw error;
      // The answer was lost; the state itself knows.
      if (await keptText(entry.id).catch(() => null) === entry.text) return;
      if (!doubted.has(entry.id)) doubted.set(entry.id, before);
      throw error;
    }
    for (const id of settled) doubted.delete(id);
  }

  return {
    place,
    repair: "stop Schelly and repair or remove that row, or restore a snapshot of the state; " +
      "what is removed is unknown to its provider",
    notes: stateNotes(rows, write, key),
    outputs: stateOutputs(rows, write, key),
    async entries() {
      const [row] = await rows(sql.ENTRIES, key);
      return (JSON.parse(String(row![0])) as [string, string][]).map(([id, text]) => found(id, text, key));
    },
    keep,
    drop: (ids) => write([[sql.DROP, ids.map((id) => [key, id.toWellFormed()])]]),
    async findMoved(by) {
      const [row] = "id" in by
        ? await rows(sql.MOVED_BY_ID, by.id.toWellFormed(), allKeys)
        : await rows(sql.MOVED_BY_RUN, by.runId.toWellFormed(), allKeys);
      return row === undefined ? undefined : found(String(row[0]), String(row[1]), key);
    },
    async check() {
      // A batch that changes nothing is written all the same: it carries the fence.
      await write([[sql.DROP_OUTPUT, [[key, ""]]]]);
      return `${place} can be written`;
    },
    async [Symbol.asyncDispose]() {
      await last;
      isClosed = true;
    },
  };
}

function stateOutputs(rows: ReadRows, write: WriteParts, key: string): KeptOutputs {
  return {
    save: (id, text) =>
      write([[sql.OUTPUT, [[key, id.toWellFormed(), text.toWellFormed()]]], [sql.TRIM_OUTPUTS, [[key]]]]),
    async read(id) {
      const [row] = await rows(sql.READ_OUTPUT, key, id.toWellFormed());
      return row === undefined ? undefined : String(row[0]);
    },
    ids: async () => JSON.parse(String((await rows(sql.OUTPUT_IDS, key))[0]![0])),
    drop: (ids) => write([[sql.DROP_OUTPUT, ids.map((id) => [key, id.toWellFormed()])]]),
  };
}

function stateNotes(rows: ReadRows, write: WriteParts, key: string): ProviderNotes {
  return {
    async read(name) {
      const [row] = await rows(sql.READ_NOTE, key, name);
      return row === undefined ? undefined : String(row[0]);
    },
    write: (name, text) => write([[sql.NOTE, [[key, name, text.toWellFormed()]]]]),
    toForget: (name) => `stop Schelly and run 'schelly state forget ${shellWord(key)} ${name}'`,
  };
}

function writeParts(group: GroupCommit, key: string, parts: [text: string, rows: Cell[][]][]): Promise<void> {
  const writes: Part[] = parts.filter(([, rows]) => rows.length > 0)
    .map(([text, rows]) => ({ sql: text, rows, targets: new Set() }));
  const change = {
    // Of no job: changes of one provider keep their order.
    job: `provider ${key}`,
    parts: { conditions: [], writes, endedRuns: undefined, concernsAll: false },
    events: [],
  };
  return group.commit(change).then((result) => {
    if (result.result === "done") return;
    throw new StoreError(
      "failed",
      `Cannot save what provider '${key}' keeps: ${result.why}: nothing was saved`,
    );
  });
}

function entryRow(key: string, { id, runId, isDeleted, text }: KeptEntry): Cell[] {
  return [key, id.toWellFormed(), runId?.toWellFormed() ?? null, isDeleted ? 1 : 0, text];
}

function found(id: string, text: string, key: string): FoundEntry {
  return { where: `the row of backup '${id}' in table 'journal' (provider '${key}')`, text };
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9._:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
