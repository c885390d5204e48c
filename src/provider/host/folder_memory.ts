// The memory of a provider that is served alone: a folder with an append-only file of JSON lines, synced before anything
// is said aloud, and small files beside it. The last line about a backup holds.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import type { BackupMemory, FoundEntry } from "../../ports/backup_memory.ts";
import type { Files, Processes } from "../../ports/host.ts";
import { folderNotes } from "./folder_notes.ts";
import { folderOutputs, outputFolder } from "./folder_outputs.ts";
import { ownJournal } from "./journal_owner.ts";

const FILE = "backups.jsonl";
const HEADER = JSON.stringify({ schelly_backup_journal: 1 });
const REPAIR = "repair or remove that line; removing the whole file makes every backup in it unknown here";

/** Where the backups are written down in a folder. */
export function journalFile(folder: string): string {
  return `${folder}/${FILE}`;
}

/**
 * Takes the folder for this process, and makes a missing one.
 * Rejects with `ProviderError` when it cannot be used or belongs to a living process.
 */
export async function openFolderMemory(
  ports: { files: Files; processes: Processes; pid: number },
  folder: string,
): Promise<BackupMemory> {
  const { files } = ports;
  try {
    await files.makeFolder(outputFolder(folder), 0o700);
  } catch (error) {
    const message =
      `Cannot make the folder '${folder}' for the journal of backups: ${(error as Error).message}: ` +
      "it must be writable by this user";
    throw new ProviderError("unsent", message, { status: 503, cause: error });
  }
  const giveBack = await ownJournal(ports, folder);
  let givenBack: Promise<void> | undefined;
  const lines = createLines(files, journalFile(folder));
  return {
    place: `'${journalFile(folder)}'`,
    repair: REPAIR,
    notes: folderNotes(files, folder),
    outputs: folderOutputs(files, folder),
    entries: lines.read,
    keep: (entry) => lines.append(entry.text),
    drop: lines.drop,
    findMoved: () => Promise.resolve(undefined),
    async check() {
      await files.writeText(`${folder}/check`, "", 0o600);
      await files.remove(`${folder}/check`);
      return `'${folder}' can be written`;
    },
    async [Symbol.asyncDispose]() {
      // Once: the folder may be another's by then.
      givenBack ??= lines.close().then(giveBack);
      await givenBack;
    },
  };
}

interface Lines {
  read(): Promise<FoundEntry[]>;
  append(line: string): Promise<void>;
  drop(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** The lines of one file, changed one after the other. */
function createLines(files: Files, path: string): Lines {
  /** Lines that are surely there, the header included; those after them are half ones, or were never acknowledged. */
  let good = 0;
  /** The file is to be written anew before anything is added to it. */
  let torn = true;
  /** How many it had when it was last written anew. */
  let fresh = 0;
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  async function goodLines(): Promise<string[]> {
    const text = await files.info(path) === undefined ? "" : await files.readText(path);
    const complete = text.slice(0, text.lastIndexOf("\n") + 1).split("\n").slice(0, -1);
    return good === 0 ? complete : complete.slice(0, good);
  }

  async function rewrite(without: ReadonlySet<string> = new Set()): Promise<void> {
    const newest = new Map<string, string>();
    for (const line of (await goodLines()).slice(1)) newest.set(idOf(line) ?? line, line);
    for (const id of without) newest.delete(id);
    const lines = [HEADER, ...newest.values()];
    await files.writeText(path, lines.join("\n") + "\n", 0o600);
    good = fresh = lines.length;
    torn = false;
  }

  function next(work: () => Promise<void>): Promise<void> {
    const done = last.then(() => {
      if (isClosed) throw new Error("it was given back");
      return work();
    });
    last = done.catch(() => {});
    return done;
  }

  return {
    async read() {
      const lines = await goodLines();
      if (lines.length > 0 && lines[0] !== HEADER) {
        throw new ProviderError(
          "unsent",
          `Cannot read the journal of backups '${path}': line 1 is damaged (the first line is ` +
            `'${lines[0]!.slice(0, 80)}', expected '${HEADER}'): ${REPAIR}`,
          { status: 503 },
        );
      }
      good = lines.length;
      return lines.slice(1).map((text, index) => ({ where: `line ${index + 2}`, text }));
    },
    append: (line) =>
      next(async () => {
        if (torn) await rewrite();
        // After a failed append the file may end in half a line: then it is written anew, never appended to.
        torn = true;
        await files.appendText(path, line + "\n");
        torn = false;
        good++;
        // Everything is on disk already; a failure to shorten the file is not a failure to write it down.
        if (good > 200 + 2 * fresh) await rewrite().catch(() => {});
      }),
    drop: (ids) => next(() => rewrite(new Set(ids))),
    async close() {
      await last;
      isClosed = true;
    },
  };
}

/** Undefined for a line that is none of ours. */
function idOf(line: string): string | undefined {
  try {
    return z.object({ id: z.string() }).parse(JSON.parse(line)).id;
  } catch {
    return undefined;
  }
}
