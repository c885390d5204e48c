// What old events lie in: many in one row, in little room.

/**
 * The migration that makes room for packs. A row holds the events `first` to `last` by their sequence numbers, either all
 * of the trail or none: `link` is the first one's number in the chain, `before` the digest that it follows, `digest` that of
 * the last one. `newest_at`: when the newest of them was, those apart that were dated ahead. Released: never changed.
 */
export const EVENT_PACKS_MIGRATION: readonly string[] = [
  `CREATE TABLE event_packs (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, count INTEGER NOT NULL, newest_at INTEGER NOT NULL,
    link INTEGER, before TEXT, digest TEXT, keys BLOB NOT NULL, ids BLOB NOT NULL, body BLOB NOT NULL
  ) STRICT`,
  "CREATE INDEX event_packs_last ON event_packs (last)",
  "CREATE UNIQUE INDEX event_packs_link ON event_packs (link) WHERE link IS NOT NULL",
];
