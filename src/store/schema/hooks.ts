// What the store knows of the hooks of jobs: up to which event all that were to run did, and which of later ones.

import type { HookLedger } from "../../domain/hook_ledger.ts";
import type { Database } from "../database/database.ts";

/** The migration for hooks of jobs. Released: never changed. */
export const HOOKS_MIGRATION: readonly string[] = [
  `CREATE TABLE hooks (
    id INTEGER PRIMARY KEY CHECK (id = 1), seen INTEGER NOT NULL, running TEXT NOT NULL, ended TEXT NOT NULL
  ) STRICT`,
];

/** SQL of a write. Rows: seen, running and ended as JSON. */
export const SAVE_HOOKS: string = "INSERT INTO hooks (id, seen, running, ended) " +
  "SELECT 1, e.value ->> 0, e.value ->> 1, e.value ->> 2 FROM json_each(?1) AS e WHERE true " +
  "ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, running = excluded.running, ended = excluded.ended";
/** Rows: none that matter. */
export const FORGET_HOOKS: string = "DELETE FROM hooks WHERE ?1 IS NOT NULL";

/** As it was saved last. */
export async function readHooks(database: Database): Promise<HookLedger | undefined> {
  const [row] = await database.read({ sql: "SELECT seen, running, ended FROM hooks LIMIT 1", args: [] });
  if (row === undefined) return undefined;
  return {
    seen: Number(row[0]),
    running: JSON.parse(String(row[1])) as number[],
    ended: JSON.parse(String(row[2])) as number[],
  };
}
