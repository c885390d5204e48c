// Who holds the lease, for others who wait for it.

/**
 * The migration that names the holder beside the epoch, and counts its renewals. A holder of before has no renewals: it never
 * renews. Released: never changed.
 */
export const LEASE_HOLDER_MIGRATION: readonly string[] = [
  "ALTER TABLE lease ADD COLUMN renewals INTEGER",
  "ALTER TABLE lease ADD COLUMN released INTEGER NOT NULL DEFAULT 0",
  "ALTER TABLE lease ADD COLUMN node TEXT",
  "ALTER TABLE lease ADD COLUMN address TEXT",
  "ALTER TABLE lease ADD COLUMN place TEXT",
  "ALTER TABLE lease ADD COLUMN ttl INTEGER",
];
