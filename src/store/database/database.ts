// Opens a file by the rules that the traps of the SQL library demand, reads rows, and writes whole batches. Nothing else may
// write.

import { type Client, createClient } from "@libsql/client/sqlite3";
import { assert, StoreError } from "../../domain/errors.ts";
import type { Clock, Files, Http } from "../../ports/host.ts";
import { type Doing, fileFailure } from "./database_errors.ts";
import { readRoom, type Room } from "./room.ts";
import { type Fate, prepareFile } from "./state_file.ts";
import { closeFile, connectToFile, fileUrl, giveBack, setPragmas } from "./file_connection.ts";
import { FileCopies } from "./file_copy.ts";

/** What a statement binds. Integers are bigint: a JS number would be bound as REAL. */
export type SqlValue = string | bigint | number | Uint8Array | null;

export interface Statement {
  sql: string;
  args: SqlValue[];
}

export type SqlRow = ArrayLike<unknown>;

/** An open database. */
export interface Database {
  /** Reading it all through is quick or called for: it is small, or its last user did not close it. */
  readonly checkWhole: boolean;
  /** Rows of one statement. Rejects with `StoreError`. */
  read(statement: Statement): Promise<SqlRow[]>;
  /** The same, and what `make` makes of them before anything else is read. */
  readAs<Made>(statement: Statement, make: (rows: SqlRow[]) => Made): Promise<Made>;
  /**
   * Commits all statements or none, durably; answers the rows of each. Those that depend on the time are made by a
   * function, which is called in the turn in which they are handed over.
   * Rejects with `ConstraintFailed` (nothing changed) or `StoreError`.
   */
  write(statements: Statement[] | (() => Statement[])): Promise<SqlRow[][]>;
  /**
   * Begins a copy of the whole, as of now; nothing else may be under way. What it resolves to writes the copy to a path
   * where nothing is yet, carries out `stamp` in it, and resolves once it is on disk: other work goes on meanwhile.
   */
  beginCopy(path: string): Promise<(stamp: Statement[]) => Promise<void>>;
  /**
   * Writes all that is in the file into an empty one, without what is free, such that it can take the place of this one:
   * the log is written back before, and gone. Nothing but `close` may follow.
   */
  writeCompact(path: string): Promise<void>;
  /** Of the file; null for a server, which sees to its own. */
  room(): Promise<Room | null>;
  /** Gives so many free pages of a file that was made for it back to the disk, at most; other files stay as they are. */
  giveBack(pages: number): Promise<void>;
  /** Cuts off the file what was given back, unless a copy is under way: that does it as it ends, or a later batch. */
  shorten(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabasePorts {
  files: Files;
  clock: Clock;
  http: Http;
}

export interface DatabaseOptions {
  token: string | null;
  /** How messages name a server; absent: by its URL. */
  shownUrl?: string;
  /** How long to wait for another process to let go of the file (ms). */
  waitMs: number;
  /** How long one request to a server may take (ms). */
  requestTimeoutMs: number;
}

/** A larger file that was closed well is not read through at each start. */
const SMALL_FILE_BYTES = 64 * 1024 * 1024;

/** A look at the file holds so long for reads (ms); each write looks for itself. */
const LOOK_HOLDS_MS = 10;

/** Opens a file, which comes back locked for this process alone. Rejects with `StoreError`. */
export async function openFile(path: string, ports: DatabasePorts, waitMs: number): Promise<Database> {
  const { files, clock } = ports;
  await prepareFile(path, files);
  // Closing removes the log, so one that is there was left by a process that died.
  const diedInUse = (await files.info(`${path}-wal`).catch(() => undefined)) !== undefined;
  const failure = (doing: Doing) => (error: unknown) => {
    throw fileFailure(path, doing, error);
  };
  const { client, watched } = await connectToFile(path, files, waitMs);
  const copies = new FileCopies(async (sql) => (await client.execute(sql)).rows, path, files);
  // Set after a failure other than a constraint: the library may have replaced the connection by a plain one.
  let doubtful = false;
  let lookedAt = -Infinity;

  /** Rejects when the file or its log was taken away: what is saved then would be lost, and nobody would know. */
  async function requireOurs(doing: Doing): Promise<void> {
    const became = watched.fate();
    if (became !== "ours") {
      throw takenAway(doing, `state file '${path}'`, became, "put the right file in place");
    }
    const log = watched.logFate();
    if (log === "ours") return;
    copies.disturb();
    const saved = await client.execute("PRAGMA wal_checkpoint(TRUNCATE)").then(() => true, () => false);
    const advice = saved
      ? "all that was saved stands in the state file itself; remove nothing beside it"
      : "what was saved last may be lost; put a snapshot in place, or go on with what is there";
    throw takenAway(doing, `log '${path}-wal' of the state`, log, advice);
  }

  async function read(statement: Statement): Promise<SqlRow[]> {
    const now = clock.monotonic();
    if (now - lookedAt >= LOOK_HOLDS_MS) {
      await requireOurs("read");
      lookedAt = now;
    }
    return (await client.execute(statement).catch(failure("read"))).rows;
  }

  /** Does what changes the file, on a connection that can be trusted. */
  async function writing<T>(work: () => Promise<T>): Promise<T> {
    lookedAt = -Infinity;
    await requireOurs("write");
    try {
      if (doubtful) {
        await setPragmas(client);
        await copies.prepare();
      }
      doubtful = false;
      return await work();
    } catch (error) {
      const failed = fileFailure(path, "write", error);
      if (failed instanceof StoreError) {
        doubtful = true;
        copies.disturb();
      }
      throw failed;
    }
  }

  return {
    checkWhole: diedInUse || watched.size <= SMALL_FILE_BYTES,
    read,
    readAs: async (statement, make) => make(await read(statement)),
    write: (statements) => writing(() => writeBatch(client, statements)),
    beginCopy: (target) => beginCopy(copies, files, path, target),
    writeCompact: (target) => writeCompact(client, path, target),
    room: () => readRoom({ read }),
    giveBack: (pages) => writing(() => giveBack(client, watched, pages)),
    async shorten() {
      await requireOurs("write");
      if (!copies.isUnderWay) await client.execute("PRAGMA wal_checkpoint(PASSIVE)").catch(failure("write"));
    },
    async close() {
      copies.disturb();
      await closeFile(client, watched);
      copies.close();
    },
  };
}

/** See `Database.writeCompact`. */
async function writeCompact(client: Client, path: string, target: string): Promise<void> {
  try {
    await client.execute("PRAGMA auto_vacuum=INCREMENTAL");
    const [mode] = (await client.execute("PRAGMA journal_mode=DELETE")).rows;
    // Beside the file that takes its place the log would be taken for that one's.
    assert(mode?.[0] === "delete", `the log of '${path}' is gone before it is compacted, not ${mode?.[0]}`);
    await client.execute({ sql: "VACUUM INTO ?1", args: [target] });
  } catch (error) {
    throw copyFailure(path, target, error);
  }
}

async function writeBatch(
  client: Client,
  statements: Statement[] | (() => Statement[]),
): Promise<SqlRow[][]> {
  return (await client.batch(madeStatements(statements), "write")).map((result) => result.rows);
}

function takenAway(doing: Doing, what: string, became: Fate, advice: string): StoreError {
  const verb = doing === "write" ? "write to" : doing;
  return new StoreError(
    "replaced",
    `Cannot ${verb} the ${what}: it was ${became} while in use: stop Schelly, ${advice}, and start it again`,
  );
}

/** See `Database.beginCopy`. */
async function beginCopy(copies: FileCopies, files: Files, path: string, target: string) {
  const failed = (error: unknown) => {
    throw copyFailure(path, target, error);
  };
  if (await files.info(target).catch(failed) !== undefined) failed(new Error("something is there already"));
  const write = await copies.begin().catch(failed);
  return async (stamp: Statement[]) => {
    // Beside it first: what is there under its name is whole.
    const beside = `${target}.part`;
    try {
      await write(beside);
      await stampCopy(beside, stamp);
      await files.rename(beside, target);
    } catch (error) {
      await files.remove(beside).catch(() => {});
      failed(error);
    }
  };
}

/** Opens the copy, which proves that it can be, and writes the stamp into it. */
export async function stampCopy(path: string, stamp: Statement[]): Promise<void> {
  const copy = createClient({ url: fileUrl(path), intMode: "bigint", concurrency: 1 });
  try {
    await copy.execute("PRAGMA synchronous=FULL");
    await copy.batch(stamp, "write");
  } finally {
    copy.close();
  }
}

/** Reads of a file that is left as it is. Rejects with what the library says. */
export async function readIdleFile<Made>(
  path: string,
  work: (read: (sql: string) => Promise<SqlRow[]>) => Promise<Made>,
): Promise<Made> {
  const client = createClient({ url: fileUrl(path), concurrency: 1, timeout: 0, intMode: "bigint" });
  try {
    await client.execute("PRAGMA query_only=ON");
    return await work(async (sql) => (await client.execute(sql)).rows);
  } finally {
    client.close();
  }
}

/** The rows of one question to a file of another program's, which is left as it is. Rejects with what the library says. */
export async function readForeignFile(path: string, sql: string): Promise<SqlRow[]> {
  const client = createClient({ url: fileUrl(path), concurrency: 1, timeout: 0 });
  try {
    await client.execute("PRAGMA query_only=ON");
    return (await client.execute(sql)).rows;
  } finally {
    client.close();
  }
}

/** The state could not be copied to `target`. */
export function copyFailure(path: string, target: string, error: unknown): StoreError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreError(
    "not_writable",
    `Cannot copy the state '${path}' to '${target}': ${reason}: expected a new path in a folder with enough room`,
    error,
  );
}

/** Those that depend on the time are made now. */
export function madeStatements(statements: Statement[] | (() => Statement[])): Statement[] {
  return typeof statements === "function" ? statements() : statements;
}
