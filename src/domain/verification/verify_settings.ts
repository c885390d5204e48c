// How the backups of a job are proved: when, which of them, and by what.

/** How a verification proves a backup; see `VerificationMethod` of the provider's port. */
export const VERIFY_METHODS = ["check", "restore"] as const;
export type VerifyMethod = (typeof VERIFY_METHODS)[number];

/**
 * Which backup is proved next.
 * - `newest`: the one that people would restore.
 * - `oldest_due`: the one that nobody has looked at for longest, if that is for `every` or more.
 * - `random`: any.
 * - `each_level`: each level that keeps something has its turn; in it the one that nobody has looked at for longest, at the
 *   finest level the newest.
 */
export const VERIFY_SELECTS = ["newest", "oldest_due", "random", "each_level"] as const;
type VerifySelect = (typeof VERIFY_SELECTS)[number];

/** The settings `verify` of a job. */
export interface VerifySettings {
  /** Normalised cron pattern, in the job's zone. */
  schedule: string;
  select: VerifySelect;
  method: VerifyMethod;
  /** One that takes longer is ended, and found out nothing. */
  timeoutMs: number;
  /** The job is `unproved` when nothing of it was proved for longer. */
  everyMs: number;
  /**
   * How many backups and verifications its provider is taken to have room for, which is what `max_concurrent` says: over
   * HTTP that limits calls, and a provider that has more room is only verified at another time.
   */
  maxConcurrent: number;
}
