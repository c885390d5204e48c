// A copy of the state file: what it holds, how it is told from the original, and how one is made of an idle file.

import { StoreError } from "../../domain/errors.ts";
import type { Clock, Files, Http } from "../../ports/host.ts";
import { type Database, readIdleFile, type SqlRow, type Statement } from "../database/database.ts";
import { openDatabase } from "../database/open_database.ts";
import { MIGRATIONS, quickCheck, schemaVersion } from "../schema/migrations.ts";
import { stateLocation } from "../database/state_location.ts";

/** What is in a state. */
export interface StateHoldings {
  storeId: string;
  /** When it was copied (UTC ms); null: it is no copy. */
  copiedAt: number | null;
  jobs: number;
  runs: number;
  /** Backups that can be restored. */
  available: number;
  /** UTC ms; null when there are no runs. */
  newestRunAt: number | null;
}

/** What a copy holds. */
export interface Snapshot {
  path: string;
  /** UTC ms. */
  takenAt: number;
  bytes: number;
  storeId: string;
  jobs: number;
  runs: number;
  /** Backups that can be restored. */
  available: number;
  /** UTC ms; null when there are no runs. */
  newestRunAt: number | null;
}

/** Runs alone, between batches. */
type Alone = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Copies an open database to a new path, mode 0600: all that is saved as it begins, while others go on saving. The copy
 * carries a stamp: whoever starts on it finds that it was restored, also where no mark tells so. Rejects with
 * `StoreError`.
 */
export async function takeSnapshot(
  database: Database,
  files: Files,
  path: string,
  now: number,
  alone: Alone,
  sql: string = HOLDS,
): Promise<Snapshot> {
  const { row, write } = await alone(async () => {
    const [row] = await database.read({ sql, args: [] });
    return { row, write: await database.beginCopy(path) };
  });
  await write([stamp(now)]);
  const [storeId, jobs, runs, available, newest] = Array.from(row!);
  return {
    path,
    takenAt: now,
    bytes: (await files.info(path))?.size ?? 0,
    storeId: String(storeId),
    jobs: Number(jobs),
    runs: Number(runs),
    available: Number(available),
    newestRunAt: newest === null ? null : Number(newest),
  };
}

const holds = (runs: string) =>
  `SELECT (SELECT value FROM meta WHERE key = 'store_id'), (SELECT count(*) FROM jobs), (${runs}),
    (SELECT coalesce(sum(available_count), 0) FROM jobs), (SELECT max(created_at) FROM runs)`;
// What the store has counted: a walk over a great many rows would stop everything else for long.
const HOLDS = holds("SELECT coalesce(sum(rows), 0) FROM tallies");
/** Of a state of before it counted them. */
const HELD = holds("SELECT count(*) FROM runs");

function stamp(now: number): Statement {
  return {
    sql: "INSERT INTO meta VALUES ('snapshot_at', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
    args: [String(now)],
  };
}

/** Of a state of any version. */
export async function holdingsOf({ read }: Pick<Database, "read">): Promise<StateHoldings> {
  const [version] = Array.from((await read({ sql: "PRAGMA user_version", args: [] }))[0]!, Number);
  const sql = version! < MIGRATIONS.length ? HELD : HOLDS;
  const [storeId, jobs, runs, available, newest] = Array.from((await read({ sql, args: [] }))[0]!);
  const at = "SELECT (SELECT value FROM meta WHERE key = 'snapshot_at')";
  const [copiedAt] = Array.from((await read({ sql: at, args: [] }))[0]!);
  const timeOf = (cell: unknown) => cell === null ? null : Number(cell);
  return {
    storeId: String(storeId),
    copiedAt: timeOf(copiedAt),
    jobs: Number(jobs),
    runs: Number(runs),
    available: Number(available),
    newestRunAt: timeOf(newest),
  };
}

/**
 * Opens a copy and looks whether it is whole and has what the state had as it was taken, letting other work run in between.
 * Rejects with `StoreError`.
 */
export async function verifySnapshot(snapshot: Snapshot, clock: Pick<Clock, "yield">): Promise<void> {
  const { path } = snapshot;
  const trouble = await readIdleFile(path, async (read) => {
    const damage = await damageOf(read, clock, MOST_CHECKED);
    if (damage !== null) return `it is damaged (${damage})`;
    const [row] = await read(HOLDS);
    const held = Array.from(row!, (cell) => cell === null ? null : String(cell));
    const { storeId, jobs, runs, available, newestRunAt } = snapshot;
    const expected = [storeId, jobs, runs, available, newestRunAt].map((one) =>
      one === null ? null : String(one)
    );
    return held.join() === expected.join()
      ? null
      : `it has ${held.join(", ")}: expected ${expected.join(", ")}`;
  }).catch((error) => `it cannot be opened: ${(error as Error).message}`);
  if (trouble === null) return;
  throw new StoreError(
    "corrupt",
    `The copy '${path}' of the state is no good: ${trouble}: look whether disk and memory are sound`,
  );
}

/** A check takes about a microsecond a row, in which nothing else is done: of a larger table its rows are counted alone. */
const MOST_CHECKED = 50_000;

/** What is wrong with a file, looked at table by table, of at most so many rows each; null for nothing. */
export async function damageOf(
  read: (sql: string) => Promise<SqlRow[]>,
  clock: Pick<Clock, "yield">,
  mostRows = Infinity,
): Promise<string | null> {
  const tables = await read(
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' " +
      "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  for (const [name] of tables.map((row) => Array.from(row, String))) {
    const [count] = Array.from((await read(`SELECT count(*) FROM "${name}"`))[0]!, Number);
    await clock.yield();
    if (count! > mostRows) continue;
    const found = (await read(`PRAGMA quick_check("${name}")`)).map((row) => String(row[0]));
    if (found.length !== 1 || found[0] !== "ok") return found.slice(0, 3).join("; ");
    await clock.yield();
  }
  return tables.length === 0 ? "it has no tables" : null;
}

/**
 * Copies a state file that no server holds, changing nothing in it. Rejects with `StoreError`: `in_use` where one does,
 * `failed` where there is no state.
 */
export async function snapshotFile(
  url: string,
  path: string,
  ports: { files: Files; clock: Clock; http: Http },
): Promise<Snapshot> {
  const location = stateLocation(url);
  if (location.kind !== "file") {
    throw new StoreError(
      "failed",
      `Cannot copy the state at '${location.shown}': a server makes its own copies`,
    );
  }
  const info = await ports.files.info(location.path);
  if (info === undefined) {
    throw new StoreError(
      "failed",
      `Cannot copy the state: there is none at '${location.path}': expected the state.url of a server`,
    );
  }
  const database = await openDatabase(location, ports, { token: null, waitMs: 0, requestTimeoutMs: 0 });
  try {
    const version = await schemaVersion(database, location.path);
    if (version === 0) {
      throw new StoreError("failed", `Cannot copy the state at '${location.path}': it is empty`);
    }
    await quickCheck(database, location.path);
    const sql = version < MIGRATIONS.length ? HELD : HOLDS;
    return await takeSnapshot(database, ports.files, path, ports.clock.now(), (task) => task(), sql);
  } finally {
    await database.close();
  }
}
