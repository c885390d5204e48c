// Rows of one statement, which come over as one JSON text.

import type { Database, SqlValue } from "./database.ts";

/** What `SELECT … AS row` finds, each row of it a JSON array. */
export async function readRows<Cells>(
  database: Database,
  sql: string,
  args: SqlValue[] = [],
): Promise<Cells[]> {
  const [row] = await database.read({ sql: `SELECT json_group_array(json(row)) FROM (${sql})`, args });
  return JSON.parse(String(row![0]));
}
