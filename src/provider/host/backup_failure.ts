// The errors a Backuper rejects with when it foresaw the failure and knows more about it than a sentence.

/** The storage refuses to delete a backup until a date (UTC ms; null: it names none): nothing happened. */
export class LockedUntil extends Error {
  readonly code = "backup_locked";
  constructor(message: string, readonly until: number | null = null) {
    super(message);
    this.name = "LockedUntil";
  }
}

/**
 * A backup or a deletion failed in a way its maker foresaw.
 * The host carries `reason` to the run (`failed(incomplete)`); `locked` on a deletion means that nothing
 * happened and it is worth asking again later.
 */
export class BackupFailure extends Error {
  readonly code = "backup_failed";
  constructor(
    /** Machine word: `incomplete`, `locked`, `exit_code` … */
    readonly reason: string,
    message: string,
    /** What lies in the storage nevertheless, so that an operator can find and delete it. */
    readonly left: { dataId?: string; sizeMb?: number } = {},
  ) {
    super(message);
    this.name = "BackupFailure";
  }
}
