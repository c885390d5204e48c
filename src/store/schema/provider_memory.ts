// What built-in providers keep in the state: their journals, notes and outputs. Released: never changed.

/** The migration for what built-ins keep. A provider is told by its key; a backup has one row there. */
export const PROVIDER_MEMORY_MIGRATION: readonly string[] = [
  // Ordered by when each backup was first written down. What is in an entry is for the provider's host to judge.
  `CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, provider_key TEXT NOT NULL, id TEXT NOT NULL, run_id TEXT,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)), entry TEXT NOT NULL,
    UNIQUE (provider_key, id)
  ) STRICT`,
  "CREATE INDEX journal_id ON journal (id)",
  "CREATE INDEX journal_run ON journal (run_id) WHERE run_id IS NOT NULL",
  `CREATE TABLE provider_notes (
    seq INTEGER PRIMARY KEY, provider_key TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
    UNIQUE (provider_key, name)
  ) STRICT`,
  `CREATE TABLE outputs (
    seq INTEGER PRIMARY KEY, provider_key TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL,
    UNIQUE (provider_key, id)
  ) STRICT`,
];
