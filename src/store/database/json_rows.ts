// Rows of one statement, which come over as one JSON text.

import type { Database, SqlValue } from "./database.ts";

/**
 * SQL that begins a statement which answers the texts `row` of all rows, each of them JSON, as one array. They are joined
 * as they are: SQLite's own functions would take each apart again.
 */
const ROWS_AS_JSON = "SELECT '[' || coalesce(group_concat(row), '') || ']'";

/** SQL that answers the rows of `sql` as one text, and with it what is asked for `beside` them. */
export function rowsAsJson(sql: string, beside?: string): string {
  return `${ROWS_AS_JSON}${beside === undefined ? "" : `, ${beside}`} FROM (${sql})`;
}

/** What `SELECT … AS row` finds, each row of it a JSON array. */
export async function readRows<Cells>(
  database: Database,
  sql: string,
  args: SqlValue[] = [],
): Promise<Cells[]> {
  const [row] = await database.read({ sql: rowsAsJson(sql), args });
  return JSON.parse(String(row![0]));
}
