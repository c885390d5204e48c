// What channels were told of deletions to come. Released: never changed.

/** The migration for them. */
export const NOTIFY_PLANNED_MIGRATION: readonly string[] = [
  // What is in `told` is for the domain to read.
  `CREATE TABLE notify_planned (
    channel TEXT NOT NULL, job TEXT NOT NULL, told TEXT NOT NULL, PRIMARY KEY (channel, job)
  ) STRICT, WITHOUT ROWID`,
];
