// Which row lives on the data of another: in SQL, for the condition of a deletion, and as a read that names it.

import type { Run } from "../../domain/backup.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { type Cell, RUN_JSON, runFrom } from "./columns.ts";

/**
 * SQL over the row `other`: it is, or may become, a backup that somebody counts on. What failed was none, unless it is
 * held or nobody saw its end; what a DELETE was sent for is given up.
 */
function isLivingSql(ends: string): string {
  const held = `(other.hold_at IS NOT NULL AND (other.hold_until IS NULL OR other.hold_until > ${ends}))`;
  return "other.status NOT IN ('deleted', 'skipped', 'expired') " +
    `AND (other.status NOT IN ('failed', 'cancelled') OR other.reason = 'unseen' OR ${held}) ` +
    "AND (other.status NOT IN ('deleting', 'delete-error') OR other.delete_sent_at IS NULL)";
}

/** The expressions that stand for the parts of a question: `dataId` is one more data id of the row, or NULL. */
type Parts = Record<"providerKeys" | "dataId" | "ends", string>;

/** SQL over `other` and the row `of`: it is living, and its `column` is an id or a data id of that row. */
function isSharerSql(of: string, column: string, { providerKeys, dataId, ends }: Parts): string {
  return `other.${column} IS NOT NULL AND other.${column} IN (${of}.id, ${of}.data_id, ${dataId}) ` +
    `AND other.run_id <> ${of}.run_id AND other.provider_key IN (SELECT value FROM json_each(${providerKeys})) ` +
    // As in the index over data ids.
    `AND other.status <> 'deleted' AND ${isLivingSql(ends)}`;
}

const WAYS = [["runs_data_id", "data_id"], ["runs_provider_id", "id"]] as const;

/** SQL over a row of `runs`: no living row at one of the providers has its id, or its data id, for either of its own. */
export function isUnsharedSql(parts: Parts): string {
  const nobody = WAYS.map(([index, column]) =>
    `NOT EXISTS (SELECT 1 FROM runs AS other INDEXED BY ${index} ` +
    `WHERE ${isSharerSql("runs", column, parts)})`
  );
  return `runs.run_id IS NOT NULL AND ${nobody.join(" AND ")}`;
}

const SHARER_PARTS: Parts = { providerKeys: "?2", ends: "?3", dataId: "?4" };

/** A living row at one of the providers that has the data of this one as well; one that is held first. */
export async function readSharer(
  database: Database,
  runId: string,
  dataId: string | null,
  providerKeys: readonly string[],
  ends: number,
): Promise<Run | undefined> {
  const sharers = WAYS.map(([index, column]) =>
    `SELECT other.rowid FROM runs AS mine CROSS JOIN runs AS other INDEXED BY ${index} ` +
    `WHERE mine.run_id = ?1 AND ${isSharerSql("mine", column, SHARER_PARTS)}`
  );
  const found = await readRows<Cell[]>(
    database,
    `SELECT ${RUN_JSON} AS row FROM runs WHERE rowid IN (${sharers.join(" UNION ")}) ` +
      "ORDER BY hold_at IS NULL, at DESC, run_id DESC LIMIT 1",
    [runId, JSON.stringify(providerKeys), BigInt(ends), dataId],
  );
  return found.map(runFrom)[0];
}

/** Every provider key that a job or a backup was ever known under. */
export async function readProviderKeys(database: Database): Promise<string[]> {
  return await readRows<string>(
    database,
    "SELECT json_quote(provider_key) AS row FROM (SELECT provider_key FROM places UNION " +
      "SELECT provider_key FROM jobs) ORDER BY provider_key",
    [],
  );
}
