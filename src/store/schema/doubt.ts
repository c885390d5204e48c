// What the store knows of rows that were written while the clock was in doubt: they have no time that counts.

/** The migration that marks them, and finds them among a million rows. Released: never changed. */
export const DOUBT_MIGRATION: readonly string[] = [
  "ALTER TABLE runs ADD COLUMN clock_off INTEGER",
  "CREATE INDEX runs_in_doubt ON runs (job) WHERE clock_off IS NOT NULL",
];

/** SQL over a row of `runs`: the time that decides its periods; null where none is known to go by. */
export const PERIOD_TIME: string = "coalesce(period_time, CASE WHEN clock_off IS NULL THEN start_time END)";
