// A copy of the state file: what it holds, how it is told from the original, and how one is made of an idle file.

import { StoreError } from "../../domain/errors.ts";
import type { Clock, Files, Http } from "../../ports/host.ts";
import { type Database, openDatabase, type Statement } from "../database/database.ts";
import { MIGRATIONS, quickCheck, schemaVersion } from "../schema/migrations.ts";
import { stateLocation } from "../database/state_location.ts";

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
