// Why a provider begins nothing until somebody fixes something. What cannot be reached may come back by itself; these do not.

/**
 * The words for it, on the wire and as the `reason` of the run that waits.
 *
 * wrong_password     it does not open the storage
 * not_let_in         the storage does not know who asks, or does not let them (401, 403)
 * no_repository      there is none, or no longer
 * other_repository   it is another one than the one used before
 * no_database        what knows the backups is not there
 */
const UNUSABLE_REASONS = [
  "wrong_password",
  "not_let_in",
  "no_repository",
  "other_repository",
  "no_database",
] as const;
export type UnusableReason = (typeof UNUSABLE_REASONS)[number];

/** The word, if it is one of them. */
export function unusableReason(word: unknown): UnusableReason | undefined {
  return UNUSABLE_REASONS.find((reason) => reason === word);
}

/** True for a start that waits for somebody rather than for its provider. */
export function isUntilMended({ reason }: { reason: string | null }): boolean {
  return unusableReason(reason) !== undefined;
}
