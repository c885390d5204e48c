// The SQL of what built-ins keep. Each write takes one JSON array of rows, as those of `change_sql.ts` do.

import { MOST_OUTPUTS } from "../../ports/backup_memory.ts";

const cell = (at: number) => `e.value ->> ${at}`;
const rows = "FROM json_each(?1) AS e";

/** Over all providers, so that a state with many of them stays small. */
const MOST_OUTPUTS_IN_ALL = 1_000;

/** Rows: provider key, id, run id, deleted, entry. */
export const KEEP: string = "INSERT INTO journal (provider_key, id, run_id, deleted, entry) " +
  `SELECT ${[0, 1, 2, 3, 4].map(cell).join(", ")} ${rows} WHERE true ORDER BY e.key ` +
  "ON CONFLICT (provider_key, id) DO UPDATE SET run_id = excluded.run_id, deleted = excluded.deleted, " +
  "entry = excluded.entry";
/** Rows: provider key, id, run id. A backup of one run has one row, under the name that its provider has now. */
export const FORGET_MOVED: string =
  `DELETE FROM journal WHERE seq IN (SELECT old.seq ${rows} JOIN journal AS old ` +
  `ON old.id = ${cell(1)} AND old.run_id = ${cell(2)} AND old.provider_key <> ${cell(0)})`;
/** Rows: provider key, id. */
export const DROP: string = `DELETE FROM journal WHERE (provider_key, id) IN (SELECT ${cell(0)}, ${
  cell(1)
} ${rows})`;
/** Rows: provider key, name, text. The newest one has the highest number. */
export const NOTE: string = "INSERT OR REPLACE INTO provider_notes (provider_key, name, text) " +
  `SELECT ${[0, 1, 2].map(cell).join(", ")} ${rows} ORDER BY e.key`;
/** Rows: provider key, id, text. */
export const OUTPUT: string = "INSERT OR REPLACE INTO outputs (provider_key, id, text) " +
  `SELECT ${[0, 1, 2].map(cell).join(", ")} ${rows} ORDER BY e.key`;
/** Rows: provider key. */
export const TRIM_OUTPUTS: string = "DELETE FROM outputs WHERE " +
  `seq <= (SELECT seq FROM outputs ORDER BY seq DESC LIMIT 1 OFFSET ${MOST_OUTPUTS_IN_ALL}) ` +
  `OR seq IN (SELECT mine.seq ${rows} JOIN outputs AS mine ON mine.provider_key = ${cell(0)} ` +
  `AND mine.seq <= (SELECT seq FROM outputs AS other WHERE other.provider_key = ${cell(0)} ` +
  `ORDER BY seq DESC LIMIT 1 OFFSET ${MOST_OUTPUTS}))`;
/** Rows: provider key, id. */
export const DROP_OUTPUT: string = `DELETE FROM outputs WHERE (provider_key, id) IN (SELECT ${cell(0)}, ${
  cell(1)
} ${rows})`;

/** Rows: provider key, id, run id, deleted, entry. What is in the state stays, unless the backup turns out deleted. */
export const TAKE_UP: string = `${KEEP} WHERE excluded.deleted = 1 AND journal.deleted = 0`;
/** Rows: provider key, name, text. */
export const TAKE_UP_NOTE: string = "INSERT OR IGNORE INTO provider_notes (provider_key, name, text) " +
  `SELECT ${[0, 1, 2].map(cell).join(", ")} ${rows} ORDER BY e.key`;
/** Rows: provider key, id, text. */
export const TAKE_UP_OUTPUT: string = "INSERT OR IGNORE INTO outputs (provider_key, id, text) " +
  `SELECT ${[0, 1, 2].map(cell).join(", ")} ${rows} ORDER BY e.key`;

/** Rows: provider key, former key. Each of these moves what is kept under the former key, and they go together. */
export const ADOPT: readonly string[] = [
  "INSERT INTO journal (provider_key, id, run_id, deleted, entry) " +
  `SELECT ${cell(0)}, old.id, old.run_id, old.deleted, old.entry ${rows} ` +
  `JOIN journal AS old ON old.provider_key = ${cell(1)} WHERE true ORDER BY old.seq ` +
  "ON CONFLICT (provider_key, id) DO UPDATE SET run_id = excluded.run_id, deleted = excluded.deleted, " +
  "entry = excluded.entry WHERE excluded.deleted = 1 AND journal.deleted = 0",
  `DELETE FROM journal WHERE provider_key IN (SELECT ${cell(1)} ${rows})`,
  "INSERT OR IGNORE INTO provider_notes (provider_key, name, text) " +
  `SELECT ${cell(0)}, old.name, old.text ${rows} JOIN provider_notes AS old ON old.provider_key = ${
    cell(1)
  } ` +
  "ORDER BY old.seq DESC",
  `DELETE FROM provider_notes WHERE provider_key IN (SELECT ${cell(1)} ${rows})`,
  "INSERT OR IGNORE INTO outputs (provider_key, id, text) " +
  `SELECT ${cell(0)}, old.id, old.text ${rows} JOIN outputs AS old ON old.provider_key = ${cell(1)} ` +
  "ORDER BY old.seq",
  `DELETE FROM outputs WHERE provider_key IN (SELECT ${cell(1)} ${rows})`,
];

/** Parameters: provider key. One text: an array of [id, entry]. */
export const ENTRIES: string = "SELECT json_group_array(json_array(id, entry)) FROM " +
  "(SELECT id, entry FROM journal WHERE provider_key = ?1 ORDER BY seq)";
/** Parameters: provider key, id. */
export const ENTRY: string = "SELECT entry FROM journal WHERE provider_key = ?1 AND id = ?2";
/**
 * Parameters: id, keys as JSON. An entry under another key counts only where it was made for a run of these keys: ids of a
 * storage's own, such as `monday`, may stand under several.
 */
export const MOVED_BY_ID: string = "SELECT journal.id, journal.entry FROM journal JOIN runs " +
  "ON runs.run_id = journal.run_id AND runs.id = journal.id WHERE journal.id = ?1 " +
  "AND runs.provider_key IN (SELECT value FROM json_each(?2)) ORDER BY journal.deleted DESC LIMIT 1";
/** Parameters: run id, keys as JSON. */
export const MOVED_BY_RUN: string = "SELECT journal.id, journal.entry FROM journal JOIN runs " +
  "ON runs.run_id = journal.run_id WHERE journal.run_id = ?1 " +
  "AND runs.provider_key IN (SELECT value FROM json_each(?2)) ORDER BY journal.deleted DESC LIMIT 1";
/** Parameters: provider key, name. */
export const READ_NOTE: string = "SELECT text FROM provider_notes WHERE provider_key = ?1 AND name = ?2";
/** Parameters: provider key, id. */
export const READ_OUTPUT: string = "SELECT text FROM outputs WHERE provider_key = ?1 AND id = ?2";
/** Parameters: provider key. One text: an array of ids. */
export const OUTPUT_IDS: string =
  "SELECT json_group_array(id) FROM (SELECT id FROM outputs WHERE provider_key = ?1 ORDER BY seq)";
