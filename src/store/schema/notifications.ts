// What channels were told, and what waits to be sent to them. Released: never changed.

/** The migration for notifications. */
export const NOTIFICATIONS_MIGRATION: readonly string[] = [
  // What is in a track is for the domain to read; there is one only for jobs that are or were not well.
  `CREATE TABLE notify_tracks (
    channel TEXT NOT NULL, job TEXT NOT NULL, track TEXT NOT NULL, PRIMARY KEY (channel, job)
  ) STRICT, WITHOUT ROWID`,
  // A row stays until its message was taken or given up. Times in UTC ms.
  `CREATE TABLE outbox (
    id TEXT PRIMARY KEY, channel TEXT NOT NULL, created_at INTEGER NOT NULL, message TEXT NOT NULL,
    attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, error TEXT
  ) STRICT`,
  "CREATE INDEX outbox_order ON outbox (channel, created_at, id)",
  "CREATE TABLE notify_digests (channel TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT",
];
