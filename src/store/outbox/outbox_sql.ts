// The SQL of the outbox. Each write takes one JSON array of rows, as those of `change_sql.ts` do.

const cell = (at: number) => `e.value ->> ${at}`;
const cells = (count: number) => Array.from({ length: count }, (_, at) => cell(at)).join(", ");
const rows = "FROM json_each(?1) AS e";

/** What is of channels. */
const TABLES = ["outbox", "notify_tracks", "notify_digests", "notify_planned"];

/** Rows: channel, job, track. */
export const TRACK: string = "INSERT INTO notify_tracks (channel, job, track) " +
  `SELECT ${cells(3)} ${rows} WHERE true ON CONFLICT (channel, job) DO UPDATE SET track = excluded.track`;
/** Rows: channel, job. */
export const UNTRACK: string = `DELETE FROM notify_tracks WHERE (channel, job) IN (SELECT ${
  cells(2)
} ${rows})`;
/** Rows: id, channel, created at, message, attempts, next at. */
export const ADD: string = "INSERT INTO outbox (id, channel, created_at, message, attempts, next_at) " +
  `SELECT ${cells(6)} ${rows} WHERE true ON CONFLICT (id) DO NOTHING`;
/** Rows: id, attempts, next at, error. */
export const TRIED: string = "UPDATE outbox SET attempts = e.value ->> 1, next_at = e.value ->> 2, " +
  `error = coalesce(e.value ->> 3, error) ${rows} WHERE outbox.id = ${cell(0)}`;
/** Rows: id. */
export const REMOVE: string = `DELETE FROM outbox WHERE id IN (SELECT ${cell(0)} ${rows})`;
/** Rows: channel, until. */
export const DIGEST: string =
  `INSERT INTO notify_digests (channel, until) SELECT ${cells(2)} ${rows} WHERE true ` +
  "ON CONFLICT (channel) DO UPDATE SET until = excluded.until";
/** Rows: channel, job, told. */
export const PLAN: string = "INSERT INTO notify_planned (channel, job, told) " +
  `SELECT ${cells(3)} ${rows} WHERE true ON CONFLICT (channel, job) DO UPDATE SET told = excluded.told`;
/** Parameters: channel. One text: an array of what was told. */
export const PLANNED: string = "SELECT json_group_array(json(told)) FROM notify_planned WHERE channel = ?1";
/** Rows: channel. */
export const FORGET: readonly string[] = TABLES.map((table) =>
  `DELETE FROM ${table} WHERE channel IN (SELECT ${cell(0)} ${rows})`
);

/** Parameters: channel. One text: an array of tracks. */
export const TRACKS: string = "SELECT json_group_array(json(track)) FROM notify_tracks WHERE channel = ?1";
/** Parameters: channel, most. One text: an array of rows. */
export const WAITING: string =
  "SELECT json_group_array(json_array(id, created_at, json(message), attempts, next_at, error)) FROM " +
  "(SELECT * FROM outbox WHERE channel = ?1 ORDER BY created_at, id LIMIT ?2)";
/** One text: an array of rows: channel, count, oldest, error of the one with the most tries. */
export const BACKLOG: string = "SELECT json_group_array(json_array(channel, count, oldest, error)) FROM " +
  "(SELECT channel, count(*) AS count, min(created_at) AS oldest, max(attempts), error FROM outbox GROUP BY channel)";
/** One text: an array of rows: channel, jobs. */
export const HELD: string = "SELECT json_group_array(json_array(channel, jobs)) FROM " +
  "(SELECT channel, count(*) AS jobs FROM notify_tracks WHERE track ->> '$.held' = 1 " +
  "AND track ->> '$.news' IS NOT NULL GROUP BY channel)";
/** Parameters: channel. */
export const DIGEST_UNTIL: string = "SELECT until FROM notify_digests WHERE channel = ?1";
/** Parameters: since. Reads the newest events alone: they are in the order of their times but for a few. */
export const HAPPENED: string = "SELECT json_array(count(*) FILTER (WHERE type = 'run.available'), " +
  "count(*) FILTER (WHERE type IN ('run.failed', 'run.lost') AND data ->> '$.retry_at' IS NULL), " +
  "count(*) FILTER (WHERE type = 'delete.done')) FROM events " +
  "WHERE seq > coalesce((SELECT seq FROM events WHERE at < ?1 ORDER BY seq DESC LIMIT 1), 0)";
/** Parameters: channels as JSON. One text: an array of the others. */
export const OTHERS: string = "SELECT json_group_array(channel) FROM (" +
  TABLES.map((table) => `SELECT channel FROM ${table}`).join(
    " UNION ",
  ) +
  ") WHERE channel NOT IN (SELECT value FROM json_each(?1))";
