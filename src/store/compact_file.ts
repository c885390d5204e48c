// Compacts a state file that nobody uses: what is in it is written anew beside it, compared with it, and put in its place.
// Whoever dies on the way leaves the old file or the new one, whole.

import { StoreError } from "../domain/errors.ts";
import { bytesText } from "../domain/size_text.ts";
import type { FileTree } from "../ports/file_tree.ts";
import type { Clock, Files, Http } from "../ports/host.ts";
import { type Database, readIdleFile, type SqlRow } from "./database/database.ts";
import { openDatabase } from "./database/open_database.ts";
import { stateLocation } from "./database/state_location.ts";
import { unfinishedPath } from "./database/unfinished.ts";
import { schemaVersion } from "./schema/migrations.ts";

/** What compacting came to, or would. */
interface Compacted {
  bytesBefore: number;
  /** In a dry run as far as it can be told: at most so many. */
  bytesAfter: number;
  /** In pages that held nothing. */
  freeBytes: number;
}

interface CompactPorts {
  files: Files;
  tree: FileTree;
  clock: Clock;
  http: Http;
}

/** For what the new file has besides. */
const MARGIN_BYTES = 1024 * 1024;

/**
 * Compacts the file, or with `dryRun` only looks. Rejects with `StoreError`: `in_use` where a server holds it, `corrupt`
 * where it is damaged, `not_writable` where there is no room for the copy; the file is as it was then.
 */
export async function compactFile(url: string, dryRun: boolean, ports: CompactPorts): Promise<Compacted> {
  const location = stateLocation(url);
  if (location.kind !== "file") {
    throw new StoreError(
      "failed",
      `Cannot compact the state at '${location.shown}': its room is the business of the libSQL server that keeps it`,
    );
  }
  const { path } = location;
  if (await ports.files.info(path) === undefined) {
    throw new StoreError(
      "failed",
      `Cannot compact the state: there is none at '${path}': expected the state.url of a server`,
    );
  }
  const database = await openDatabase(location, ports, { token: null, waitMs: 0, requestTimeoutMs: 0 });
  try {
    if (await schemaVersion(database, path) === 0) {
      throw new StoreError("failed", `Cannot compact the state at '${path}': it is empty`);
    }
    const { bytes, freeBytes } = (await database.room())!;
    const bytesAfter = dryRun ? bytes - freeBytes : await replace(database, path, bytes - freeBytes, ports);
    return { bytesBefore: bytes, bytesAfter, freeBytes };
  } finally {
    await database.close();
  }
}

/** Answers how long the new file is. */
async function replace(database: Database, shown: string, needed: number, ports: CompactPorts) {
  const { files, tree } = ports;
  const read = (sql: string) => database.read({ sql, args: [] });
  const problems = await troubles(read);
  if (problems !== null) {
    throw new StoreError(
      "corrupt",
      `Cannot compact the state '${shown}': it is damaged (${problems}) and was left as it is: restore a snapshot`,
    );
  }
  // A link stays: what it leads to is replaced.
  const path = await tree.realPath(shown) ?? shown;
  const target = unfinishedPath(path);
  const free = await tree.freeBytes(path.slice(0, path.lastIndexOf("/") + 1));
  if (free < needed + MARGIN_BYTES) {
    throw new StoreError(
      "not_writable",
      `Cannot compact the state '${shown}': its copy needs ${
        bytesText(needed + MARGIN_BYTES)
      } beside it, and ` +
        `${bytesText(free)} are free there: nothing was changed; free some space`,
    );
  }
  const held = await contents(read);
  try {
    await makeFor(path, target, ports);
    await database.writeCompact(target);
    // Nothing is appended: on disk, all of it, before it has the name.
    await files.appendText(target, "");
    await compare(shown, target, held);
    const size = (await files.info(target))!.size;
    if (await files.info(`${path}-wal`) !== undefined) throw new Error("somebody made a log beside it");
    // Open in this process, for what it may do yet, and empty: the one that takes the place of the file has none.
    if (await files.info(`${path}-journal`) !== undefined) await files.remove(`${path}-journal`);
    await files.rename(target, path);
    return size;
  } catch (error) {
    await files.remove(target).catch(() => {});
    if (error instanceof StoreError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      "failed",
      `Cannot compact the state '${shown}': ${reason}: the state was left as it is`,
      error,
    );
  }
}

/** An empty file for whose the state is, and for nobody else. */
async function makeFor(path: string, target: string, { files, tree }: CompactPorts): Promise<void> {
  await files.remove(target).catch(() => {});
  (await files.create(target, 0o600)).close();
  const [old, made] = [await tree.look(path), await tree.look(target)];
  if (old!.uid !== made!.uid || old!.gid !== made!.gid) await tree.giveTo(target, old!.uid, old!.gid);
  await files.setMode(target, old!.mode);
}

type Read = (sql: string) => Promise<SqlRow[]>;

/** What is wrong with a file, looked at whole; null for nothing. */
async function troubles(read: Read): Promise<string | null> {
  const found = (await read("PRAGMA integrity_check(3)")).map((row) => String(row[0]));
  return found.length === 1 && found[0] === "ok" ? null : found.join("; ");
}

/** Rejects with `StoreError` unless the copy is whole, and has what the state has. */
async function compare(shown: string, target: string, held: ReadonlyMap<string, string>): Promise<void> {
  const [problems, copied] = await readIdleFile(
    target,
    async (read) => [await troubles(read), await contents(read)] as const,
  );
  const other = [...new Set([...held.keys(), ...copied.keys()])].find((what) =>
    held.get(what) !== copied.get(what)
  );
  if (problems === null && other === undefined) return;
  throw new StoreError(
    "failed",
    `Cannot compact the state '${shown}': the copy ${
      problems === null ? `has other ${other}` : `is damaged (${problems})`
    }: the state was left as it is; look whether disk and memory are sound`,
  );
}

/** Small tables in which each word counts: whose the state is, how far it came, and where its audit trail ends. */
const WORD_BY_WORD: ReadonlySet<string> = new Set(["meta", "lease", "audit_head", "jobs"]);

/** What a file has, by what it is called. */
async function contents(read: Read): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const note = async (what: string, sql: string) => {
    const rows = (await read(sql)).map((row) => Array.from(row, String));
    found.set(what, JSON.stringify(rows));
  };
  await note("version", "PRAGMA user_version");
  await note("schema", "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name");
  const tables = await read(
    "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' " +
      "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  for (const [name, withoutRowid] of tables.map((row) => Array.from(row, String))) {
    const rowids = withoutRowid === "1" ? "0" : "total(rowid)";
    await note(`rows of ${name}`, `SELECT count(*), ${rowids} FROM "${name}"`);
    if (WORD_BY_WORD.has(name!)) await note(`words of ${name}`, `SELECT * FROM "${name}"`);
  }
  return found;
}
