// The one connection to a state file: how it is made and let go of, by the rules that the traps of the SQL library demand.

import { type Client, createClient } from "@libsql/client/sqlite3";
import { assert } from "../../domain/errors.ts";
import type { Files } from "../../ports/host.ts";
import { fileFailure } from "./database_errors.ts";
import { readRoom } from "./room.ts";
import { StateFileWatch } from "./state_file.ts";
import { removeUnfinished } from "./unfinished.ts";
import { keepStatements } from "./statement_cache.ts";

/** Of files that are no longer ours. Once collected, a connection writes what its log holds into such a file. */
const abandoned: Client[] = [];

interface Connected {
  client: Client;
  watched: StateFileWatch;
}

/** A connection to the file that is there, which is locked then. Rejects with `StoreError`. */
export async function connectToFile(path: string, files: Files, waitMs: number): Promise<Connected> {
  keepStatements();
  const before = files.infoSync(path);
  const isMoved = () => {
    const now = files.infoSync(path);
    return now !== undefined && (now.ino !== before?.ino || now.dev !== before?.dev);
  };
  let client: Client | undefined;
  let watched: StateFileWatch | undefined;
  let failed: { error: unknown } | undefined;
  try {
    client = createClient({ url: fileUrl(path), intMode: "bigint", concurrency: 1, timeout: waitMs });
    await waitForFile(client);
    // Its log is known by its name alone: in a file that is there no more nothing is to be set, nor written.
    if (!isMoved()) watched = await takeUp(client, path, files, before?.size === 0);
  } catch (error) {
    failed = { error };
  }
  const isOther = isMoved();
  if (watched !== undefined && !isOther) {
    // Only who holds the lock may be at it: whoever left it is dead.
    await removeUnfinished(path, files);
    return { client: client!, watched };
  }
  if (failed !== undefined && !isOther) {
    client?.close();
    throw fileFailure(path, "open", failed.error);
  }
  // While this waited for whoever held it a compacted one took its place: what is written to the former is lost.
  if (client !== undefined) abandoned.push(client);
  return await connectToFile(path, files, waitMs);
}

/** Makes the connection, which holds the file, what the store needs. */
async function takeUp(client: Client, path: string, files: Files, isNew: boolean): Promise<StateFileWatch> {
  await setPragmas(client, isNew);
  await files.setMode(`${path}-wal`, 0o600).catch(() => {});
  const watched = new StateFileWatch(path, files);
  await noteEnd(client, watched);
  return watched;
}

/**
 * Waits for whoever holds the file and looks into it, which under this mode keeps everybody else from it: none can put
 * another one in its place from then on.
 */
async function waitForFile(client: Client): Promise<void> {
  await client.execute("PRAGMA locking_mode=EXCLUSIVE");
  await client.execute("SELECT count(*) FROM sqlite_schema");
}

// EXCLUSIVE comes before WAL, so that no second process can come between and no shared-memory file is needed.
const PRAGMAS: [name: string, set: string, read: string | bigint][] = [
  ["locking_mode", "EXCLUSIVE", "exclusive"],
  ["journal_mode", "WAL", "wal"],
  ["synchronous", "FULL", 2n],
  ["foreign_keys", "ON", 1n],
  ["recursive_triggers", "OFF", 0n],
];

/** Sets what each connection to the file needs; `isNew`: it is empty. */
export async function setPragmas(client: Client, isNew = false): Promise<void> {
  for (const [name, set] of PRAGMAS) {
    await client.execute(`PRAGMA ${name}=${set}`);
    // Only an empty file can be made so that it gives back room while it is in use; to ask is to write, in others too.
    if (isNew && name === "locking_mode") await client.execute("PRAGMA auto_vacuum=INCREMENTAL");
  }
  // The first look at the file under these modes takes its lock.
  await client.execute("SELECT count(*) FROM sqlite_schema");
  for (const [name, set, expected] of PRAGMAS) {
    const row = (await client.execute(`PRAGMA ${name}`)).rows[0];
    assert(row?.[0] === expected, `PRAGMA ${name} reads ${row?.[0]} after it was set to ${set}`);
  }
}

/** What is given back is cut off only as the log is written back, which a former process may have left to us. */
async function noteEnd(client: Client, watched: StateFileWatch, pagesLess = 0): Promise<void> {
  const { bytes, pageBytes } = await readRoom({ read: async (it) => (await client.execute(it)).rows });
  watched.mayEndAt(bytes - pagesLess * pageBytes);
}

/** See `Database.giveBack`. */
export async function giveBack(client: Client, watched: StateFileWatch, pages: number): Promise<void> {
  // Beside each page one or two that only say where pages are may go.
  await noteEnd(client, watched, 3 * pages);
  // Any other way of the library ends after the first page, and leaves the statement under way.
  await client.executeMultiple(`PRAGMA incremental_vacuum(${pages})`);
}

/** Lets go of the file, unless it is no longer ours. */
export async function closeFile(client: Client, watched: StateFileWatch): Promise<void> {
  // Leaving WAL mode deletes the log by its name: beside another file that log is not ours.
  if (watched.fate() !== "ours" || watched.logFate() === "replaced") {
    abandoned.push(client);
    return;
  }
  try {
    // The handle lives on until it is collected, and the lock with it: leaving WAL mode is what lets go.
    await client.execute("PRAGMA journal_mode=DELETE");
    await client.execute("PRAGMA locking_mode=NORMAL");
    await client.execute("SELECT count(*) FROM sqlite_schema");
  } catch {
    // A file that failed or vanished under us needs no tidy end: the log is replayed at the next start.
  }
  client.close();
}

/** How the library names a file. */
export function fileUrl(path: string): string {
  return `file:${path.split("/").map(encodeURIComponent).join("/")}`;
}
