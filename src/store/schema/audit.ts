// What the audit trail is stored in: number and digest beside each chained event, the head, and what stands for events
// that went by their age.

/** The migration that begins the chain: events of before stay unchained, and are known by their numbers. Released: never changed. */
export const AUDIT_MIGRATION: readonly string[] = [
  "ALTER TABLE events ADD COLUMN link INTEGER",
  "ALTER TABLE events ADD COLUMN digest TEXT",
  "CREATE UNIQUE INDEX events_link ON events (link) WHERE link IS NOT NULL",
  `CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1), link INTEGER NOT NULL, digest TEXT NOT NULL, began_after INTEGER NOT NULL
  ) STRICT`,
  `INSERT INTO audit_head SELECT 1, 0, '${"0".repeat(64)}', coalesce((SELECT max(seq) FROM events), 0)`,
  // One row a month of events that are gone: the numbers first to last, and the digest of the last.
  `CREATE TABLE audit_checkpoints (
    month TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
    first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, digest TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,
];
