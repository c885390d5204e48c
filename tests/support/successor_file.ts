// A file as the successor of the original keeps it, by its published schema.

import { createClient } from "@libsql/client";

const SPECS =
  "CREATE TABLE IF NOT EXISTS backup_spec (name TEXT, enabled INTEGER NOT NULL, worker_config TEXT, " +
  "timeout_seconds INTEGER, running_create_workflow TEXT, from_date TIMESTAMP, to_date TIMESTAMP, last_update TIMESTAMP " +
  "NOT NULL DEFAULT CURRENT_TIMESTAMP, backup_cron_string TEXT NOT NULL, retention_minutely VARCHAR NOT NULL DEFAULT " +
  "'0@L', retention_hourly VARCHAR NOT NULL DEFAULT '0@L', retention_daily VARCHAR NOT NULL DEFAULT '4@L', " +
  "retention_weekly VARCHAR NOT NULL DEFAULT '4@L', retention_monthly VARCHAR NOT NULL DEFAULT '3@L', retention_yearly " +
  "VARCHAR NOT NULL DEFAULT '2@L', PRIMARY KEY(`name`))";
const BACKUPS =
  "CREATE TABLE IF NOT EXISTS materialized_backup (id TEXT NOT NULL, backup_name TEXT NOT NULL, data_id TEXT " +
  "NOT NULL, status TEXT NOT NULL, running_delete_workflow TEXT, start_time TIMESTAMP NOT NULL, end_time TIMESTAMP NOT " +
  "NULL, size REAL NOT NULL, minutely INTEGER NOT NULL DEFAULT 0, hourly INTEGER NOT NULL DEFAULT 0, daily INTEGER NOT " +
  "NULL DEFAULT 0, weekly INTEGER NOT NULL DEFAULT 0, monthly INTEGER NOT NULL DEFAULT 0, yearly INTEGER NOT NULL " +
  "DEFAULT 0, reference INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(`id`))";

type Row = Record<string, string | number | null>;

/** With these rows; a column that is not named has its default. */
export async function successorFile(
  path: string,
  specs: readonly Row[],
  backups: readonly Row[],
): Promise<void> {
  const client = createClient({ url: `file:${path}` });
  const insert = (table: string) => (row: Row) => ({
    sql: `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${
      Object.keys(row).map(() => "?").join(", ")
    })`,
    args: Object.values(row),
  });
  await client.batch([
    SPECS,
    BACKUPS,
    ...specs.map(insert("backup_spec")),
    ...backups.map(insert("materialized_backup")),
  ], "write");
  client.close();
}
