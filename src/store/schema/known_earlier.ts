// What the store does where a job turns out to be known since earlier: its clock was ahead and was set back.

/** The migration that lets its schedule hold from then on. Released: never changed. */
export const KNOWN_EARLIER_MIGRATION: readonly string[] = [
  // Without it no schedule would be known until the time of the wrong clock comes, and coverage would have no slots.
  `CREATE TRIGGER jobs_known_earlier AFTER UPDATE OF known_since ON jobs
  WHEN new.known_since < old.known_since BEGIN
    INSERT INTO schedule_versions VALUES (new.job, new.known_since, new.schedule, new.timezone)
    ON CONFLICT DO UPDATE SET schedule = excluded.schedule, timezone = excluded.timezone;
  END`,
];
